"""Decisions about purchase orders: values in, decision out."""

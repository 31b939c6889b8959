"""Decisions about prices: values in, decision out."""

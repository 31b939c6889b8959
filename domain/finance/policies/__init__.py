"""Decisions about money: values in, decision out."""

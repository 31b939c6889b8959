"""Decisions about returns: values in, decision out."""

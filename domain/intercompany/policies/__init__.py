"""Decisions about trade between entities: values in, decision out."""

"""Writes of this area, by use case."""

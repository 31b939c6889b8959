"""Reads of this area, by what they are of."""

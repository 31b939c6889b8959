"""Composition root: it alone knows every other part of the house."""

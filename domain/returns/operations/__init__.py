"""Writes of returns."""

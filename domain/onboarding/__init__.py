"""Bringing a company on: imports of master data."""

"""Imports of master data on the API."""

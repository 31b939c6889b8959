"""Channels on the API."""

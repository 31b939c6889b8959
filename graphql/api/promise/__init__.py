"""Promises on the API."""

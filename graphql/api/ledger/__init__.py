"""The books on the API."""

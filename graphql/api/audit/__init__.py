"""The audit log on the API."""

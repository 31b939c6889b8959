"""Approvals on the API."""

"""Signing in, and who may do what: users, roles, API keys, outside issuers."""

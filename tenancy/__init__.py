"""Tenants, principals, permissions and the row security under every table."""

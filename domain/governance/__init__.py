"""Governance: the audit log and its chain, change requests, process owners, custom fields."""

"""Allocation on the API: policies, what was allocated, and why."""

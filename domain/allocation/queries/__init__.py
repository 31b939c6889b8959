"""Reads of allocation: policies, what was allocated, and why."""

"""Closing of periods: the checklist, and what is done about it."""

"""Telling other systems: signed webhooks."""

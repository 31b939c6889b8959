"""Reads of purchase orders and of how suppliers do."""

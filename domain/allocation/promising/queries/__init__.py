"""Reads of promises: what a channel may promise, and a date for a basket."""

"""Readers of documents that say what a channel or a payment provider has paid out."""

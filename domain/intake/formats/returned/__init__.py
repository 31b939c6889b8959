"""Readers of documents that tell of returns and refunds."""

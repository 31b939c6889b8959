"""Journals of other programs that are kept as plain text (the ledger-cli format)."""

"""Double-entry books of each legal entity: accounts, journals, posting rules."""

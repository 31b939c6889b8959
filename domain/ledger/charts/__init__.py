"""Charts of accounts by template, as data."""

"""The writes of access, by what they concern."""

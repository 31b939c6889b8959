"""Who may come in and what they may do: users, roles, API keys, outside issuers."""

"""Purchase orders on the API, for the buyer and for the supplier, and how suppliers do."""

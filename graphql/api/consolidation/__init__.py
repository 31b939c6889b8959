"""Groups of legal entities and their consolidated trial balance on the API."""

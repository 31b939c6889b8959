"""Legal entities, locations and parties on the API."""

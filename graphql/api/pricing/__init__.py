"""Price lists on the API."""

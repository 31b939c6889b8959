"""Items, their units and their codes on the API."""

"""Stock on the API."""

"""Orders on the API: seen, placed, changed."""

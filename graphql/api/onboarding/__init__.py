"""A company on the API, from its sign-up to its deletion."""

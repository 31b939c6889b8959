"""The GraphQL API: the one door to the domain."""

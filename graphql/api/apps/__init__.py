"""Client apps, their documents, what a tenant settles for its door, and its plan."""

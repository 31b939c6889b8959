"""A tenant's sandbox: a tenant of its own with the same set-up, in which things are tried out."""

"""A tour: a real order is taken through a sandbox, from its placing until it has left."""

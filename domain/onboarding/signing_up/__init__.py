"""A company brings itself on: it signs up, and becomes a tenant when its address is verified."""

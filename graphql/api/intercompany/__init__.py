"""Trade between a tenant's own entities on the API."""

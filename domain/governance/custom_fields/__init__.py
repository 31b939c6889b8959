"""Fields that a tenant gives to its objects, and their values."""

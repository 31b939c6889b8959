"""A tenant is suspended, resumed, and at last deleted with everything it has."""

"""Documents that tell stock: what lies at a location as of a moment."""

"""Returns: goods that come back, from the wish to send them to the money for them."""

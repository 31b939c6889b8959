"""Returns on the API: from the wish to send goods back to the money for them."""

"""What suppliers send: answers to purchase orders, and ship notices."""

"""What an item costs on a channel, for a customer, from a quantity, on a day."""

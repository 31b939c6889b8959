"""What is done to purchase orders, by the buyer and by the supplier."""

"""One truth about stock: balances, movements and reservations."""

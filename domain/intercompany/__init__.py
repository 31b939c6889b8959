"""Trade between the tenant's own entities: agreements, mirrored sales and purchases, balances."""

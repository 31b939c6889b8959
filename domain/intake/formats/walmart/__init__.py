"""Walmart Marketplace (US, Canada, Mexico): orders, and knowing all the rest."""

"""Shopify REST Admin API and webhooks, versions 2016 to 2025: orders, and knowing all the rest."""

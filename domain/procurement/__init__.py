"""Buying: purchase orders, what suppliers confirm and send of them, and how well they do."""

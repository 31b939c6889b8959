"""Payouts, what of them is not explained, and what is to come."""

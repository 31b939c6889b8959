"""Payouts of marketplaces and payment providers: read, matched, posted, and brought to zero."""

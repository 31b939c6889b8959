"""Payouts of marketplaces and payment providers."""

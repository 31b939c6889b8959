"""Marketplaces run by Mirakl (seller API): orders, and knowing all the rest."""

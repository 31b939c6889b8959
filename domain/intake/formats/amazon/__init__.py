"""Amazon Selling Partner API: orders v0 and 2026-01-01, vendor orders, and knowing all the rest."""

"""Closing an entity's periods: by checklist, with owners, and opened again by approval only."""

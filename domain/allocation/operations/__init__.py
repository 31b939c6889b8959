"""Writes of allocation: placing, re-allocating, amending and cancelling orders; policies."""

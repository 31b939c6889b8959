"""Promises: from when on something is available, and what the promise of an order rests on."""

"""Writes of fulfilment: release, pick, pack, ship, cancel."""

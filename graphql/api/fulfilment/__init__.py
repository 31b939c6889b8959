"""Fulfilment on the API: the work at locations, cartons, shipments."""

"""The one order lifecycle, whatever channel the order came from."""

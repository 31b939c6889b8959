"""What may be done to stock by hand."""

"""What may be done about trade between entities."""

"""What may be asked about trade between entities."""

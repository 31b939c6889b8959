"""Users are invited by mail and choose their own password."""

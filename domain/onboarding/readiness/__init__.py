"""What a company still lacks before it can ship its first order, read from its data."""

"""Items, their units of measure and their many codes."""

"""Where orders come from, and the intake rules of each source."""

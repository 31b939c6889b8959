"""Which location serves which line, by policy, and why."""

"""Approvals: what one person asks for and another must say yes to before it happens."""

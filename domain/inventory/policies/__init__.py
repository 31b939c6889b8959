"""Decisions about stock that need a module of their own."""

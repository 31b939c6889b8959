"""Promises of orders as a channel's policy serves them: asked for, kept, looked through."""

"""Watching the running product: logs, metrics, traces, slow operations."""

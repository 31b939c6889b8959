"""Imports as jobs: read, checked, written and undone by the worker, a part at a time."""

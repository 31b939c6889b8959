"""Exports as jobs: what the tenant has, as files in the formats of the imports."""

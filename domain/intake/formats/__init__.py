"""Readers of document formats: bytes in, neutral values out, and nothing else."""

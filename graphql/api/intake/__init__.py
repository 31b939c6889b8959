"""Intake on the API: raw messages, what was read out of them, and mending what waits."""

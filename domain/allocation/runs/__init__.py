"""Runs over all open demand of scarce items: planned beside order entry, compared, applied."""

"""Changes of promises and of the rules they are made by."""

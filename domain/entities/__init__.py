"""Legal entities, locations and parties: who owns, where it lies, with whom we trade."""

"""How the fields of events are described, by their names."""

_KNOWN = {
    "number": "The document number of what it happened to.",
    "status": "The status after it.",
    "code": "The code of what it happened to.",
    "name": "The name of what it happened to.",
    "reason": "Why, as it was said.",
    "changed": "The fields that changed.",
    "kind": "Of which kind it is.",
    "quantity": "How much, in the item's base unit.",
    "version": "The version it is about.",
    "sku": "The item's code.",
    "subject": "What kind of thing it is about.",
    "summary": "What it is about, in words.",
    "verdict": "What was decided.",
    "trigger": "What set it off.",
    "outcome": "What came of it.",
    "url": "The address it is about.",
    "event_types": "The event types that are asked for.",
    "deliveries": "How many deliveries.",
    "carrier": "Who carries it.",
    "tracking_number": "The carrier's number.",
    "sscc": "The serial numbers of the cartons (SSCC).",
    "note": "A word for whoever reads it.",
    "username": "The user's name at sign-in.",
}


def described(field: str) -> str:
    """A sentence about an event's own field."""
    return _KNOWN.get(field, f"The {field.replace('_', ' ')}, as it was then.")


def object_described(stem: str, *, many: bool) -> str:
    """A sentence about the object or objects that a field of ids leads to."""
    words = stem.replace("_", " ")
    if many:
        return f"Of the {plural(words)} the first 100, as they are now."
    return f"The {words} as it is now; null if it is gone or not the caller's to see."


def ids_described(stem: str, *, many: bool) -> str:
    """A sentence about a field of ids."""
    words = stem.replace("_", " ")
    return f"The ids of the {plural(words)}." if many else f"The id of the {words}."


def plural(words: str) -> str:
    """More than one of it."""
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"

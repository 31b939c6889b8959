"""Short, printable pieces of a document for messages: content is never echoed at length."""

EXCERPT_CHARACTERS = 60
_UNSTORABLE = frozenset(["\x00", *map(chr, range(0xD800, 0xE000))])


def excerpt(value: object, limit: int = EXCERPT_CHARACTERS) -> str:
    """The value as text of at most `limit` characters, unprintable characters as "?"."""
    text = value if isinstance(value, str) else str(value)
    clipped = text[: limit + 1]
    shown = "".join(c if c.isprintable() else "?" for c in clipped[:limit])
    return shown + "…" if len(clipped) > limit else shown


def is_storable(text: str) -> bool:
    """Whether the text has neither NUL nor half a surrogate pair, which no database takes."""
    return _UNSTORABLE.isdisjoint(text)

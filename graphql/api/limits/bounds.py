"""Every limit that a document meets, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The limits of one operation; counts are of the document as written, but for `objects`."""

    # Characters of the document's text.
    length: int = 64_000
    tokens: int = 4_000
    # Characters of a name.
    name: int = 128
    # How deep selections stand in each other, with fragments in place.
    depth: int = 15
    # The same for the introspection query, whose type references are deep and cheap.
    aliases: int = 100
    # Selections in one selection set, and how often one answer name may recur there.
    breadth: int = 150
    repetitions: int = 20
    # All fields, with fragments in place.
    fields: int = 5_000
    fragments: int = 60
    spreads: int = 300
    directives: int = 60
    # Points; see api.limits.pricing.
    cost: int = 20_000
    # What the variables hold together, and how long a list and how deep a value in them is.
    values: int = 25_000
    list_length: int = 5_000
    value_depth: int = 20


BOUNDS = Bounds()

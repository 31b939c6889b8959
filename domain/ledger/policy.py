"""Decisions about the books: values in, decision out."""

from collections.abc import Collection, Sequence

# The stock's own accounts follow the stock: reversing one side alone would part them.
BOUND_LEGS = frozenset({"inventory"})


def why_not_reversible(legs: Collection[str], *, is_reversed: bool) -> str | None:
    """Why a journal may not be reversed by hand; None when it may."""
    if is_reversed:
        return "It is reversed already."
    if BOUND_LEGS.intersection(legs):
        return "It follows stock; correct the stock, which posts its own journal."
    return None


def turned_around(amounts: Sequence[int]) -> list[int]:
    """The amounts (minor units) that take these back, one by one."""
    return [-amount for amount in amounts]

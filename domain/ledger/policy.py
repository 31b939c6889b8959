"""Decisions about the books: values in, decision out."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

# What stands on these accounts follows documents of other areas one by one: a hand in the books
# alone would part the two.
CONTROL_ROLES = frozenset(
    {
        "channel_clearing",
        "channel_reserve",
        "inventory",
        "goods_in_transit",
        "receivables",
        "unbilled",
        "payables",
        "intercompany_receivable",
        "intercompany_payable",
    }
)
OPEN, SOFT_CLOSED, HARD_CLOSED = "open", "soft_closed", "hard_closed"
RANKS: Mapping[str, int] = {OPEN: 0, SOFT_CLOSED: 1, HARD_CLOSED: 2}


# A period with its `starts_on` and `status`.
Stated = TypeVar("Stated", bound=Any)


def why_not_reversible(roles: Collection[str | None], *, is_reversed: bool) -> str | None:
    """Why a journal with lines on accounts of these roles may not be reversed by hand; None when
    it may."""
    if is_reversed:
        return "It is reversed already."
    if CONTROL_ROLES.intersection(role for role in roles if role is not None):
        return "It follows a document; correct that one, which posts its own journal."
    return None


def blocking_period(periods: Sequence[Stated], wanted: Stated, status: str) -> Stated | None:
    """Which other period keeps `wanted` from the status: no period is more closed than one before
    it. Of earlier ones the first, of later ones the last."""
    rank = RANKS[status]
    for period in periods:
        if period.starts_on < wanted.starts_on and RANKS[period.status] < rank:
            return period
    for period in reversed(periods):
        if period.starts_on > wanted.starts_on and RANKS[period.status] > rank:
            return period
    return None

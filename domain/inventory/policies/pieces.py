"""Decisions about pieces that were counted: values in, decision out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.inventory.policies.counting import (
    ABOVE,
    EVEN,
    OVERSOLD,
    PIECES,
    WITHIN,
    Tolerance,
    is_within,
)
from domain.inventory.policy import GONE_SERIAL_STATES, States, shortage


@dataclass(frozen=True, slots=True)
class KnownPiece:
    """A piece by the books: where it lies, or lay last, in which state, and its last movement that
    was no correction by a count."""

    code: str
    balance_id: int
    state: str
    position: int


@dataclass(frozen=True, slots=True)
class PieceDifference:
    """Between the pieces that were named and the books: those of the books that were not named,
    by number and state; those that are in stock nowhere; those that lie elsewhere."""

    missing: tuple[tuple[str, str], ...] = ()
    found: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def amount(self) -> int:
        """By how many pieces the books are wrong: one for another counts once."""
        return max(len(self.missing), len(self.found))

    @property
    def change(self) -> States:
        """What it adds to the balance."""
        states = [state for _, state in self.missing]
        return States(
            on_hand=Decimal(len(self.found) - len(self.missing)),
            quality_control=Decimal(-states.count("quality_control")),
            damaged=Decimal(-states.count("damaged")),
        )


def compare_pieces(
    named: Collection[str], known: Sequence[KnownPiece], *, balance_id: int, position: int
) -> PieceDifference:
    """Compare the pieces that were named in a balance with the books, as of a position.

    `known` are all pieces of the balance and all that were named. Whatever moved after the
    position was seen since then: it is left alone."""
    settled = {each.code: each for each in known if each.position <= position}
    moved = {each.code for each in known} - set(settled)
    missing = [
        (each.code, each.state)
        for each in settled.values()
        if each.balance_id == balance_id
        and each.state not in GONE_SERIAL_STATES
        and each.code not in named
    ]
    found, elsewhere = [], []
    for code in sorted(set(named) - moved):
        piece = settled.get(code)
        if piece is None or piece.state in GONE_SERIAL_STATES:
            found.append(code)
        elif piece.balance_id != balance_id:
            elsewhere.append(code)
    return PieceDifference(tuple(sorted(missing)), tuple(found), tuple(elsewhere))


def verdict_on_pieces(
    difference: PieceDifference,
    *,
    now: States,
    tolerance: Tolerance | None,
    expected: Decimal,
    value_minor: int,
) -> str:
    """What is to be done about pieces that differ: as about quantities; those that lie elsewhere by
    the books have to be looked for there first."""
    if difference.elsewhere:
        return PIECES
    if not difference.amount:
        return EVEN
    if shortage(now, difference.change) is not None:
        return OVERSOLD
    change = States(on_hand=Decimal(difference.amount))
    within = is_within(tolerance, change, expected=expected, value_minor=value_minor)
    return WITHIN if within else ABOVE

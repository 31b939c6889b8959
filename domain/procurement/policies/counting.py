"""What a line's quantities come to, from what of it is to come; base units."""

from collections.abc import Sequence
from decimal import Decimal

from domain.inventory.policies.purchases import ComingPart, Parts, cut_parts, open_of

ZERO = Decimal(0)


def counted_from(parts: Sequence[ComingPart], *, received: Decimal) -> dict[str, Decimal]:
    """What was shipped and what is confirmed of a line, of which so much was received."""
    sent = open_of(part for part in parts if part.notice_line_id is not None)
    promised = open_of(p for p in parts if p.notice_line_id is None and p.confirmed_on is not None)
    return {"shipped": received + sent, "confirmed": received + sent + promised}


def given_up(
    parts: Sequence[ComingPart], less: Decimal, *, ordered: Decimal, received: Decimal
) -> tuple[Parts, Decimal]:
    """So much less is to come: the parts then, and what of the ordered quantity that gives up.
    What was sent beyond the order is nobody's loss."""
    after = cut_parts(parts, less)
    owed = max(ordered - received - open_of(after), ZERO)
    return after, min(less, owed)

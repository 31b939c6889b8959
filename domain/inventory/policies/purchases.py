"""What of a purchase order's line is to come, in parts: values in, values out; base units."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from domain.inventory.policy import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingPart:
    """A quantity that is to come on a day, confirmed or not, sent with a notice or not yet.

    `supply_id` is the supply that it continues (None: a new one), `came` what of it came now."""

    quantity: Decimal
    expected_on: date
    confirmed_on: date | None = None
    notice_line_id: int | None = None
    supply_id: int | None = None
    came: Decimal = ZERO


Parts = list[ComingPart]


def open_of(parts: Iterable[ComingPart]) -> Decimal:
    """What is to come of all parts."""
    return sum((part.quantity for part in parts), ZERO)


def unsent(parts: Iterable[ComingPart]) -> Parts:
    """The parts that no notice names, the earliest first."""
    return sorted((p for p in parts if p.notice_line_id is None), key=_day)


def confirmed_parts(
    parts: Sequence[ComingPart], promised: Sequence[tuple[Decimal, date]], *, rest_on: date
) -> Parts:
    """What is not sent yet comes as promised (quantities with their days, together at most what is
    not sent); the rest of it on a day that nobody has confirmed."""
    sent, before = [p for p in parts if p.notice_line_id is not None], unsent(parts)
    rest = open_of(before) - sum((quantity for quantity, _ in promised), ZERO)
    wanted = [
        ComingPart(quantity=quantity, expected_on=day, confirmed_on=day)
        for quantity, day in sorted(promised, key=lambda each: each[1])
    ]
    if rest > ZERO:
        wanted.append(ComingPart(quantity=rest, expected_on=rest_on))
    supplies = [part.supply_id for part in before]
    continued = supplies + [None] * (len(wanted) - len(supplies))
    return sent + [
        replace(part, supply_id=supply)
        for part, supply in zip(wanted, continued[: len(wanted)], strict=True)
    ]


def sent_parts(
    parts: Sequence[ComingPart], quantity: Decimal, *, expected_on: date, notice_line_id: int
) -> Parts:
    """So much was sent with a line of a notice: of what was to come first; what is more than was
    to come at all is added."""
    sent: Parts = []
    after = [part for part in parts if part.notice_line_id is not None]
    for part in unsent(parts):
        taken = min(part.quantity, quantity)
        quantity -= taken
        if taken:
            changed = replace(part, quantity=taken, expected_on=expected_on)
            sent.append(replace(changed, confirmed_on=expected_on, notice_line_id=notice_line_id))
        if part.quantity > taken:
            left = replace(part, quantity=part.quantity - taken)
            after.append(replace(left, supply_id=None) if taken else left)
    if quantity > ZERO:
        sent.append(
            ComingPart(
                quantity=quantity,
                expected_on=expected_on,
                confirmed_on=expected_on,
                notice_line_id=notice_line_id,
            )
        )
    return sent + after


def received_parts(
    parts: Sequence[ComingPart], quantity: Decimal, *, today: date, notice_line_id: int | None
) -> Parts:
    """So much came: of the notice's line first if one is named, then of what was to come first.

    What came beyond all that was to come is with the part that came last."""
    ordered = sorted(
        parts,
        key=lambda p: (p.notice_line_id != notice_line_id, p.notice_line_id is None, *_day(p)),
    )
    after: Parts = []
    for part in ordered:
        taken = min(part.quantity, quantity)
        quantity -= taken
        after.append(replace(part, quantity=part.quantity - taken, came=part.came + taken))
    if quantity > ZERO:
        came = [n for n, part in enumerate(after) if part.came]
        if came:
            last = after[came[-1]]
            after[came[-1]] = replace(last, came=last.came + quantity)
        else:
            after.append(ComingPart(quantity=ZERO, expected_on=today, came=quantity))
    return after


def unsent_again(parts: Sequence[ComingPart], notice_line_ids: Iterable[int]) -> Parts:
    """What these notices' lines said was sent and did not come is to be sent still."""
    missing = set(notice_line_ids)
    return [
        replace(part, notice_line_id=None) if part.notice_line_id in missing else part
        for part in parts
    ]


def cut_parts(parts: Sequence[ComingPart], quantity: Decimal) -> Parts:
    """So much less is to come: first of what is not sent, the latest of it first."""
    ordered = sorted(
        parts, key=lambda p: (p.notice_line_id is not None, -p.expected_on.toordinal())
    )
    after: Parts = []
    for part in ordered:
        taken = min(part.quantity, quantity)
        quantity -= taken
        after.append(replace(part, quantity=part.quantity - taken))
    return after


def _day(part: ComingPart) -> tuple[date, int]:
    return part.expected_on, part.supply_id or 0

"""Kits without stock of their own: promised as the latest of their components is. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.promise.policies.promising import LinePromise, Option, Want
from domain.promise.policies.supply_book import Part

ZERO = Decimal(0)
Bills = Mapping[int, Mapping[int, Decimal]]
# From a day on so many: (day, quantity, whether any quantity).
FromDay = tuple[date, Decimal, bool]


def unfolded(wants: Sequence[Want], bills: Bills) -> list[Want]:
    """The wants, each kit replaced by what it is made of (base units for one kit, by item)."""
    parts: list[Want] = []
    for place, want in enumerate(wants):
        if want.item_id not in bills:
            parts.append(want)
        for item_id, quantity in bills.get(want.item_id, {}).items():
            waiting = want.waiting * quantity
            parts.append(
                replace(want, item_id=item_id, waiting=waiting, kit=place, per_kit=quantity)
            )
    return parts


def folded(option: Option, wants: Sequence[Want], bills: Bills) -> Option:
    """The option for the wants as they were before they were unfolded."""
    lines, rest = [], list(option.lines)
    for want in wants:
        bill = bills.get(want.item_id)
        own, rest = rest[: len(bill or (1,))], rest[len(bill or (1,)) :]
        lines.append(own[0] if bill is None else _kit(want, list(bill.values()), own))
    return replace(option, lines=tuple(lines))


def _kit(want: Want, needs: Sequence[Decimal], lines: Sequence[LinePromise]) -> LinePromise:
    """As many whole kits as the components make at each location, by the days of the last."""
    places = dict.fromkeys(part.location_id for line in lines for part in line.parts)
    parts = []
    for place in places:
        own = [[part for part in line.parts if part.location_id == place] for line in lines]
        parts += _made_at(own, needs)
    return LinePromise(tuple(parts), want.waiting - sum((part.quantity for part in parts), ZERO))


def _made_at(parts: Sequence[Sequence[Part]], needs: Sequence[Decimal]) -> list[Part]:
    """The kits that a location's parts of each component make, day by day."""
    made, before = [], ZERO
    for day in sorted({part.due for own in parts for part in own}):
        there = [[part for part in own if part.due <= day] for own in parts]
        whole = min(
            sum((part.quantity for part in own), ZERO) // need
            for own, need in zip(there, needs, strict=True)
        )
        if whole > before:
            made.append(_last([part for own in there for part in own], whole - before))
            before = whole
    return made


def _last(parts: Sequence[Part], kits: Decimal) -> Part:
    last = max(parts, key=lambda part: part.due)
    delivered = [part.delivers_on for part in parts if part.delivers_on is not None]
    return replace(
        last,
        quantity=kits,
        ships_on=max(part.ships_on for part in parts),
        delivers_on=max(delivered) if len(delivered) == len(parts) else None,
        # What has to be bought is a component, not the kit.
        buying=None,
        supplier_id=None,
    )


def kits_from(bill: Mapping[int, Decimal], parts: Mapping[int, Sequence[FromDay]]) -> list[FromDay]:
    """From when on how many whole kits can be made of components, which are in the order of their
    days; the scarcest decides."""
    days = sorted({day for item_id in bill for day, _, _ in parts.get(item_id, ())})
    return [_kits_on(day, bill, parts) for day in days]


def _kits_on(
    day: date, bill: Mapping[int, Decimal], parts: Mapping[int, Sequence[FromDay]]
) -> FromDay:
    there = {
        item_id: [each for each in parts.get(item_id, ()) if each[0] <= day][-1:]
        for item_id in bill
    }
    if not all(there.values()):
        return day, ZERO, False
    limited = [bill_item for bill_item, (found,) in there.items() if not found[2]]
    counted = limited or list(bill)
    return day, min(there[n][0][1] // bill[n] for n in counted), not limited


def summed(places: Sequence[Sequence[FromDay]]) -> list[FromDay]:
    """From when on how many there are at several places together."""
    days = sorted({day for place in places for day, _, _ in place})
    found = []
    for day in days:
        there = [[each for each in place if each[0] <= day][-1:] for place in places]
        known = [each for last in there for each in last]
        total = sum((quantity for _, quantity, _ in known), ZERO)
        found.append((day, total, any(unlimited for _, _, unlimited in known)))
    return found

"""A source changed an order that we have: its new document becomes an amendment, or waits."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.allocation.amending import Amendment
from domain.allocation.amending import amend as amend_order
from domain.catalog.units import fold_unit
from domain.intake.changes import Changed
from domain.intake.document import ParsedOrder, Problem
from domain.intake.mapping import map_order
from domain.kernel.work import Work
from domain.orders.capture import NewLine, NewOrder
from domain.orders.kits import kits_of
from domain.orders.locking import lines_of, lock_order
from domain.orders.wanted import WantedDays

REASON = "changed by the source"
GONE = Decimal(0)
_REMEDY = "Agree it with the source, then amend the order here by hand."


@dataclass(frozen=True, slots=True)
class Amended:
    """Whether the order follows its document now; what needs a person, or the warnings."""

    done: bool
    problems: tuple[Problem, ...]


Pair = tuple[Row[Any], NewLine | None]


async def amend(
    work: Work, channel: Row[Any], order: ParsedOrder, *, order_id: int, message_id: int
) -> Amended:
    """Bring our order to what the document says, or tell what needs a person instead.

    Quantities, further lines, lines taken out and addresses follow by themselves; another price,
    unit or currency for what was agreed does not. Raises what the amendment refuses."""
    ours = await lock_order(work, order_id)
    every_line = await lines_of(work, [order_id])
    lines = [line for line in every_line if line.kit_id is None]
    components = [line for line in every_line if line.kit_id is not None]
    kits = list(await kits_of(work, [order_id]))
    agreed = {each.item_id for each in [*lines, *kits]}
    mapped = await map_order(work, channel, order, message_id=message_id, agreed=agreed)
    if mapped.order is None:
        return Amended(False, mapped.problems)
    pairs, added = _matched([*lines, *kits], mapped.order)
    changed = order.changed or Changed(ship_to=True, bill_to=True, days=True)
    pairs, added, dated = _concerned(pairs, added, changed)
    problems = _disagreements(order, ours, mapped.order, pairs)
    if problems:
        return Amended(False, problems)
    amendment = Amendment(
        quantities=_quantities(pairs, lines),
        kits=_quantities(pairs, kits),
        added=added,
        ship_to=mapped.order.ship_to if changed.ship_to else None,
        bill_to=mapped.order.bill_to if changed.bill_to else None,
        totals=mapped.order.totals,
        source={"intake_message_id": message_id, **_stated_days(mapped.order, changed)},
        wanted=_wanted_days(dated, components),
    )
    await amend_order(work, ours, amendment, reason=REASON)
    return Amended(True, mapped.problems)


def _quantities(pairs: Sequence[Pair], among: Sequence[Row[Any]]) -> dict[int, Decimal]:
    wanted = {id(ours) for ours in among}
    return {
        ours.id: new.quantity_ordered if new else GONE for ours, new in pairs if id(ours) in wanted
    }


def _concerned(
    pairs: list[Pair], added: tuple[NewLine, ...], changed: Changed
) -> tuple[list[Pair], tuple[NewLine, ...], list[Pair]]:
    """Of pairs and added lines those that a change speaks of, and the pairs whose days it changes:
    what was agreed here of the others stays."""
    names = changed.lines
    if names is None:
        return pairs, added, pairs
    own = [pair for pair in pairs if pair[0].external_line in names]
    new = tuple(line for line in added if line.external_line in names)
    return own, new, pairs if changed.days else own


def _stated_days(order: NewOrder, changed: Changed) -> dict[str, date | None]:
    """The days of the whole order, where the document states one: what it is silent about, such as
    a day that somebody agreed here, stays."""
    days = {"wanted_on": order.wanted_on, "wanted_ship_on": order.wanted_ship_on}
    return days if changed.days and any(days.values()) else {}


def _wanted_days(
    pairs: Sequence[Pair], components: Sequence[Row[Any]]
) -> dict[int | None, WantedDays]:
    """The days that the document states, by our lines; a kit's are those of its components."""
    found: dict[int | None, WantedDays] = {}
    for ours, new in pairs:
        if new is not None and (new.wanted_on or new.wanted_ship_on):
            days = (new.wanted_on, new.wanted_ship_on)
            is_kit = not hasattr(ours, "kit_id")
            own = (
                [each.id for each in components if each.kit_id == ours.id] if is_kit else [ours.id]
            )
            found |= dict.fromkeys(own, days)
    return found


def _matched(lines: Sequence[Row[Any]], order: NewOrder) -> tuple[list[Pair], tuple[NewLine, ...]]:
    """Our lines with the document's, by the source's own line and the item; and what is new.

    A source may number two lines alike: then they are matched in their order. It may also number
    them otherwise from one kind of document to another, or not at all: then what is gone and what
    is new are one line where item, quantity and price are the same."""
    waiting: dict[tuple[str | None, int], list[NewLine]] = defaultdict(list)
    for line in order.lines:
        waiting[line.external_line, line.item_id].append(line)
    pairs: list[Pair] = []
    for ours in lines:
        if ours.cancelled < ours.quantity:
            same = waiting[ours.external_line, ours.item_id]
            pairs.append((ours, same.pop(0) if same else None))
    left = {id(line) for same in waiting.values() for line in same}
    return _renumbered(pairs, [line for line in order.lines if id(line) in left])


def _renumbered(
    pairs: Sequence[Pair], added: Sequence[NewLine]
) -> tuple[list[Pair], tuple[NewLine, ...]]:
    alike: dict[tuple[int, Decimal, Decimal], list[NewLine]] = defaultdict(list)
    for line in added:
        alike[line.item_id, line.quantity, line.unit_price].append(line)
    found: list[Pair] = []
    for ours, new in pairs:
        if new is None:
            same = alike[ours.item_id, ours.quantity - ours.cancelled, ours.unit_price]
            new = same.pop(0) if same else None
        found.append((ours, new))
    left = {id(line) for same in alike.values() for line in same}
    return found, tuple(line for line in added if id(line) in left)


def _disagreements(
    order: ParsedOrder, ours: Row[Any], new: NewOrder, pairs: Sequence[Pair]
) -> tuple[Problem, ...]:
    problems = []
    if ours.currency != new.currency:
        message = f"The order is in {ours.currency}; the document now says {new.currency}."
        problems.append(Problem("currency_changed", order.path, message, _REMEDY))
    for line, wanted in pairs:
        if wanted is not None:
            problems += _line_disagreements(order, line, wanted)
    return tuple(problems)


def _line_disagreements(order: ParsedOrder, line: Row[Any], wanted: NewLine) -> list[Problem]:
    place = f"Line {line.line_number} was agreed"
    if fold_unit(wanted.unit) != fold_unit(line.unit):
        message = f"{place} in {line.unit}; the document now says {wanted.unit}."
        return [Problem("unit_changed", order.path, message, _REMEDY)]
    if wanted.unit_price != line.unit_price:
        message = (
            f"{place} at {line.unit_price.normalize():f}; "
            f"the document now says {wanted.unit_price:f}."
        )
        return [Problem("price_changed", order.path, message, _REMEDY)]
    return []

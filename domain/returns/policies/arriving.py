"""Goods that came back, brought to the lines that announced them, or to new ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

ANNOUNCED, UNANNOUNCED, WRONG_ITEM = "announced", "unannounced", "wrong_item"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A line of which so much may come still (base units)."""

    line_id: int
    item_id: int
    order_line_id: int | None
    to_come: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """Of an order's line so much was delivered and is not asked back, though nothing announced
    it."""

    order_line_id: int
    item_id: int
    returnable: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """Goods that came: `order_line_ids` are the lines that they can be of; None: any."""

    item_id: int
    quantity: Decimal
    order_line_ids: frozenset[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A part of what came (by its place in the list), and where it belongs: to a line, to an
    order's line that nobody announced, or to nothing that is known."""

    place: int
    quantity: Decimal
    kind: str
    line_id: int | None = None
    order_line_id: int | None = None


def bring_home(
    came: Sequence[Came], expected: Sequence[Expected], delivered: Sequence[Delivered]
) -> list[Placed]:
    """Each thing that came, to what announced it first; what is more than that to what of the
    orders may come back; the rest is nobody's. No line takes more than it may."""
    to_come = {each.line_id: each.to_come for each in expected}
    returnable = {each.order_line_id: each.returnable for each in delivered}
    items = {each.item_id for each in expected} | {each.item_id for each in delivered}
    placed: list[Placed] = []
    for place, each in enumerate(came):
        left = each.quantity
        for line in expected:
            if line.item_id == each.item_id and _may_be(each, line.order_line_id):
                taken = min(left, to_come[line.line_id])
                if taken > 0:
                    to_come[line.line_id] -= taken
                    left -= taken
                    found = Placed(
                        place=place, quantity=taken, kind=ANNOUNCED, line_id=line.line_id
                    )
                    placed.append(found)
        for sold in delivered:
            if sold.item_id == each.item_id and _may_be(each, sold.order_line_id):
                taken = min(left, returnable[sold.order_line_id])
                if taken > 0:
                    returnable[sold.order_line_id] -= taken
                    left -= taken
                    found = Placed(
                        place=place,
                        quantity=taken,
                        kind=UNANNOUNCED,
                        order_line_id=sold.order_line_id,
                    )
                    placed.append(found)
        if left > 0:
            kind = UNANNOUNCED if each.item_id in items else WRONG_ITEM
            placed.append(Placed(place=place, quantity=left, kind=kind))
    return placed


def _may_be(came: Came, order_line_id: int | None) -> bool:
    if came.order_line_ids is None or order_line_id is None:
        return True
    return order_line_id in came.order_line_ids

"""Kits as they were ordered become rows, whose components are order lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.kernel.inserting import insert_ids
from domain.kernel.work import Work
from domain.orders.models import SalesOrderKit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NewKit:
    """A kit as it was ordered, at this `position` of what was; its components are lines."""

    position: int
    item_id: int
    quantity_ordered: Decimal
    unit: str
    quantity: Decimal
    unit_price: Decimal
    external_line: str | None = None
    external_code: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class KitToWrite:
    """A kit of an order; `line_number` is that of its first component."""

    kit: NewKit
    order_id: int
    party_id: int | None
    line_number: int


def first_lines_of_kits(
    of_lines: Sequence[NewKit | None], first: int = 1
) -> list[tuple[int, NewKit]]:
    """The kits among those of lines, each with the number of its first line; `first` is the first
    line's."""
    found: dict[NewKit, int] = {}
    for number, kit in enumerate(of_lines, start=first):
        if kit is not None:
            found.setdefault(kit, number)
    return [(number, kit) for kit, number in found.items()]


_OF_KIT = (
    "external_line external_code item_id description quantity_ordered unit quantity unit_price"
).split()


async def insert_kits(work: Work, kits: Sequence[KitToWrite]) -> dict[NewKit, int]:
    """Write kits of orders; the id of each. Nothing is sent when there is none."""
    rows = [
        {"order_id": each.order_id, "party_id": each.party_id, "line_number": each.line_number}
        | {name: getattr(each.kit, name) for name in _OF_KIT}
        for each in kits
    ]
    ids = await insert_ids(work, SalesOrderKit, rows)
    return {each.kit: kit_id for each, kit_id in zip(kits, ids, strict=True)}


def kit_columns(
    kit: NewKit | None, per_kit: Decimal | None, kits: Mapping[NewKit, int]
) -> dict[str, Any]:
    """What an order line's row says of its kit; nothing at all where no kit is written."""
    if not kits:
        return {}
    return {"kit_id": None if kit is None else kits[kit], "per_kit": per_kit}

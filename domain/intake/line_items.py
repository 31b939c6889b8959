"""Which item, and how much of it, each line of a document asks for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.catalog.item_lookup import FoundItem, ItemCodeQuery, find_items
from domain.catalog.models import Item
from domain.channels.assortments import is_offered
from domain.intake.document import ParsedLine, ParsedOrder, Problem
from domain.intake.drafts import draft_items
from domain.intake.policy import is_withdrawn, quantity_wanted
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True)
class WantedLine:
    """A line of a document, and how much of it is wanted in the line's own unit."""

    parsed: ParsedLine
    quantity: Decimal

    def part_of(self, amount: Decimal | None) -> Decimal | None:
        """The wanted part of an amount of the whole line."""
        whole = self.parsed.quantity
        if amount is None or whole is None or self.quantity == whole:
            return amount
        with localcontext() as context:
            context.prec = 60
            return amount * self.quantity / whole


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A wanted line and the item it names."""

    wanted: WantedLine
    item: FoundItem

    @property
    def units(self) -> list[str]:
        """The units it may be meant in: the document's, then the code's; else the item's own."""
        told = (self.wanted.parsed.unit, self.item.unit)
        return [unit for unit in told if unit is not None] or [self.item.base_unit]


def wanted_lines(order: ParsedOrder) -> list[WantedLine]:
    """The lines that ask for something. An order that was withdrawn is kept as it was placed."""
    if is_withdrawn(order):
        lines = [WantedLine(line, line.quantity or Decimal(0)) for line in order.lines]
    else:
        lines = [WantedLine(line, quantity_wanted(line)) for line in order.lines]
    return [line for line in lines if line.quantity > 0]


def skipped_lines(order: ParsedOrder) -> list[Problem]:
    """A warning for each line that asks for nothing."""
    return [
        Problem(
            "line_without_quantity",
            line.path,
            f"Line {line.line} asks for a quantity of 0 and is left out.",
            "Nothing need be done, unless a quantity was meant.",
            "warning",
        )
        for line in order.lines
        if not line.quantity
    ]


async def item_lines(
    work: Work, channel: Row[Any], party_id: int | None, wanted: Sequence[WantedLine]
) -> tuple[list[ItemLine], list[Problem]]:
    """The item of every line; a draft where the channel says so, else a problem."""
    parsed = [line.parsed for line in wanted]
    found = await find_items(
        work, codes=[_codes(line) for line in parsed], channel_id=channel.id, party_id=party_id
    )
    if channel.on_unknown_item == "create_draft":
        missing = [line for line, item in zip(parsed, found, strict=True) if item is None]
        drafts = await draft_items(work, channel, missing)
        found = [
            item or drafts.get(line.external_code or "")
            for line, item in zip(parsed, found, strict=True)
        ]
    problems = [
        problem
        for line, item in zip(parsed, found, strict=True)
        if (problem := _item_problem(line, item, channel.code)) is not None
    ]
    lines = [ItemLine(w, item) for w, item in zip(wanted, found, strict=True) if item is not None]
    return lines, problems


async def not_offered(
    work: Work,
    channel: Row[Any],
    party_id: int | None,
    lines: Sequence[ItemLine],
    *,
    agreed: Collection[int] = (),
) -> list[Problem]:
    """A problem for each line whose item the channel or the customer is not offered; what was
    `agreed` already (item ids) stays so. One statement."""
    wanted = {line.item.item_id for line in lines} - set(agreed)
    if not wanted:
        return []
    offered = set(
        await work.values(
            select(Item.id).where(
                Item.tenant_id == work.tenant_id,
                Item.id.in_(wanted),
                is_offered(work.tenant_id, Item.id, channel_id=channel.id, party_id=party_id),
            )
        )
    )
    return [
        Problem(
            "item_not_offered",
            line.wanted.parsed.path,
            f"The item {line.item.sku} is not offered to the customer or on channel "
            f"{channel.code}.",
            "Add it to the assortment (changeAssortment), then replay; or agree it with the buyer.",
        )
        for line in lines
        if line.item.item_id in wanted - offered
    ]


def _codes(line: ParsedLine) -> ItemCodeQuery:
    own = (("channel", line.external_code),) if line.external_code else ()
    return ItemCodeQuery((*own, *((code.kind, code.value) for code in line.codes)))


def _item_problem(line: ParsedLine, item: FoundItem | None, channel: str) -> Problem | None:
    if item is None:
        named = repr(line.external_code) if line.external_code else "without any code"
        return Problem(
            "unknown_item",
            line.path,
            f"No item is known here as {named} ({line.description or 'no description'}).",
            f"Give an item this code on channel {channel} (mapItemCode), then replay.",
        )
    if item.status == "discontinued":
        return Problem(
            "item_discontinued",
            line.path,
            f"The item {item.sku} is discontinued.",
            "Map the code to another item, or make this one active again, then replay.",
        )
    return None

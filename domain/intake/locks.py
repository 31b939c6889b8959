"""Locks of a message with several orders, taken in the house's order before the first is booked.

Booked one after the other, the second order would lock stock while the first one's number is
drawn: two such messages at once, or one beside a single order, would wait for each other."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.engine import Row

from domain.allocation.locking_ahead import lock_ahead as lock_stock_ahead
from domain.catalog.gtin import normalised_gtin
from domain.catalog.models import Item, ItemIdentifier
from domain.intake.document import ParsedLine, ParsedOrder
from domain.intake.drafts import lock_channel
from domain.kernel.work import Work
from domain.orders.capture import existing_orders
from domain.orders.locking import lines_of, lock_orders


async def lock_ahead(work: Work, channel: Row[Any], orders: Sequence[ParsedOrder]) -> None:
    """Lock what the orders of one message will need: first the orders that are here already,
    then all stock of the items that they had or now name. More than is needed does no harm."""
    if len(orders) < 2:
        return
    if "create_draft" in (channel.on_unknown_item, channel.on_unknown_party):
        await lock_channel(work, channel.id)
    keys = [(channel.id, order.external_id or order.external_number or "") for order in orders]
    known = [found.order_id for found in (await existing_orders(work, keys)).values()]
    await lock_orders(work, known)
    items = {line.item_id for line in await lines_of(work, known)}
    await lock_stock_ahead(work, items | await _named_items(work, orders))


async def _named_items(work: Work, orders: Sequence[ParsedOrder]) -> set[int]:
    """Every item that has one of the lines' codes, in whatever scheme and for whomever."""
    codes = {code for order in orders for line in order.lines for code in _codes(line)}
    if not codes:
        return set()
    by_identifier = select(ItemIdentifier.item_id).where(
        ItemIdentifier.tenant_id == work.tenant_id, ItemIdentifier.value.in_(codes)
    )
    by_sku = select(Item.id).where(Item.tenant_id == work.tenant_id, Item.sku.in_(codes))
    return set(await work.values(union(by_identifier, by_sku)))


def _codes(line: ParsedLine) -> set[str]:
    said = {line.external_code, *(code.value for code in line.codes)} - {None}
    codes = {str(code) for code in said}
    return codes | {gtin for code in codes if (gtin := normalised_gtin(code)) is not None}

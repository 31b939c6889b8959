"""What a cart or a quote asks to be held, and whether it may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.allocation.demand import DemandLine
from domain.allocation.ordered_items import (
    Asked,
    OrderedLine,
    Terms,
    found_items,
    offered_items,
    require_offered,
    require_sellable,
)
from domain.allocation.outcomes import ChannelClosed
from domain.channels.assortments import assortment_of_caller, assortment_of_channel
from domain.channels.models import Channel
from domain.inventory.goods import goods_of
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.work import Work

MOST_LINES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """A quantity of a unit (the base unit if absent) of an item that is to be held."""

    item_id: int
    quantity: Decimal
    unit: str | None = None


async def channel_to_hold_for(work: Work, channel_id: int) -> Row[Any]:
    """The open channel, with the assortments of it and of the customer that asks. Raises NotFound,
    ChannelClosed."""
    columns = (Channel.id, Channel.code, Channel.kind, Channel.status, Channel.entity_id)
    channel = await work.row(
        select(
            *columns,
            Channel.currency,
            Channel.default_party_id,
            assortment_of_channel(Channel.id, work.tenant_id).label("assortment_id"),
            assortment_of_caller().label("own_assortment_id"),
        ).where(Channel.tenant_id == work.tenant_id, Channel.id == channel_id)
    )
    # A partner orders through the portal; the other channels are not its own.
    if channel is None or (work.principal.is_partner and channel.kind != "portal"):
        raise NotFound("channel")
    if channel.status != "active":
        message = f"The channel {channel.code} takes no orders any more."
        raise ChannelClosed(message, path=("channel",), code=channel.code)
    return channel


async def lines_to_hold(
    work: Work, lines: Sequence[HoldLine], *, channel: Row[Any], party_id: int | None
) -> list[DemandLine]:
    """The lines in base units, of items that could be ordered there. Raises InvalidInput, NotFound,
    QuantityNotExact, ItemNotSellable."""
    if not 1 <= len(lines) <= MOST_LINES:
        raise InvalidInput(f"Give 1 to {MOST_LINES} lines.", path=("lines",))
    goods = await goods_of(work, {line.item_id for line in lines})
    await _require_orderable(work, lines, channel, party_id)
    asked = []
    for number, line in enumerate(lines):
        path = ("lines", number, "quantity")
        item = goods[line.item_id]
        if item.kind == "kit":
            message = "Hold a kit's components; it has no stock itself."
            raise InvalidInput(message, path=("lines", number, "item_id"))
        quantity = item.in_base(line.quantity, line.unit, path=path)
        if quantity <= 0:
            raise InvalidInput("Must be more than zero.", path=path)
        asked.append(DemandLine(line.item_id, quantity))
    return asked


async def _require_orderable(
    work: Work, lines: Sequence[HoldLine], channel: Row[Any], party_id: int | None
) -> None:
    """Raise ItemNotSellable for what an order of the same caller would be refused for."""
    terms = Terms(
        channel_id=channel.id,
        party_id=party_id,
        currency=channel.currency,
        on=work.now.date(),
        assortment_id=channel.assortment_id,
        own_assortment_id=channel.own_assortment_id,
    )
    wanted = [OrderedLine(item_id=line.item_id, quantity=line.quantity) for line in lines]
    asked = Asked(wanted, terms)
    items = await found_items(work, [asked])
    offers = await offered_items(work, [asked], items)
    for place, line in enumerate(wanted):
        found = require_sellable(line, items.of(line, terms), place)
        require_offered(terms, found, offers, place)

"""What a channel promises from: stock that is open to it, and all that is to come."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.allocation.demand import Demand
from domain.allocation.protection import Pools
from domain.allocation.seeing import limited, open_of
from domain.allocation.shelf import Spot, Stock
from domain.allocation.supply import read_stock
from domain.channels.models import Channel
from domain.channels.policy import Telling
from domain.kernel.errors import NotFound
from domain.kernel.reading import Reader
from domain.promise.facts import expected_of, lead_times
from domain.promise.places import scene
from domain.promise.policies.supply_book import STOCK, Supply, SupplyBook
from domain.promise.policies.timeline import Rule

ZERO = Decimal(0)


async def channel_row(reader: Reader, channel_id: int) -> Row[Any]:
    """The channel's entity and kind; a partner has the portal's only. Raises NotFound."""
    channel = await reader.row(
        select(
            Channel.entity_id,
            Channel.kind,
            Channel.availability_shown,
            Channel.availability_cap,
            Channel.low_below,
        ).where(Channel.tenant_id == reader.tenant_id, Channel.id == channel_id)
    )
    if channel is None or (reader.principal.is_partner and channel.kind != "portal"):
        raise NotFound("channel")
    return channel


def telling_of(channel: Row[Any]) -> Telling:
    """What the channel tells a customer of what there is; of a row of `channel_row`."""
    return Telling(channel.availability_shown, channel.availability_cap, channel.low_below)


async def book_of(
    reader: Reader,
    item_ids: Sequence[int],
    places: Sequence[int],
    demand: Demand,
    pools: Pools,
    now: datetime,
) -> tuple[SupplyBook, dict[int | None, Rule]]:
    """All supply of the items that is not protected for others, and the channel's rule."""
    today, channel_id = now.date(), demand.order.channel_id
    found = await read_stock(reader, item_ids, today=today)
    seen = open_of(found, pools, channel_id=channel_id, party_id=demand.party_id)
    stock = [
        Supply(STOCK, *spot, quantity)
        for spot, quantity in limited(_summed(found), seen).items()
        if quantity > 0
    ]
    asked = [] if channel_id is None else [channel_id]
    workplaces, rules = await scene(reader, places, asked, today=today)
    supplies = [*stock, *await expected_of(reader, item_ids)]
    leads = await lead_times(reader, item_ids, today=today)
    return SupplyBook(supplies, workplaces, now, leads), rules


def _summed(stock: Sequence[Stock]) -> dict[Spot, Decimal]:
    """Over the lots that may be given: a promise does not say of which lot."""
    sums: dict[Spot, Decimal] = defaultdict(lambda: ZERO)
    for each in stock:
        if each.hindrance is None:
            sums[each.item_id, each.location_id, each.owner_id] += each.available
    return sums

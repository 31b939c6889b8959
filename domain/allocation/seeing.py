"""What of the stock a channel or a customer may have: what others have protected is not for it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.allocation.pools import pools_of
from domain.allocation.protection import Pools
from domain.allocation.shelf import Shelf, Spot, Stock
from domain.allocation.stocking import read_stock
from domain.kernel.reading import Reader


@dataclass(frozen=True, slots=True)
class Open:
    """What somebody may have of items of which something is protected, in base units.

    `at` is what it may have at most of an owner's item at a location; `in_all` of an owner's
    item over all locations, which may be less than the sum. Items without a pool are in neither."""

    at: dict[Spot, Decimal]
    in_all: dict[tuple[int, int], Decimal]


async def protected_from(
    reader: Reader,
    *,
    item_ids: Collection[int],
    channel_id: int | None,
    party_id: int | None,
    at: datetime,
    stock: Sequence[Stock] | None = None,
) -> Open:
    """What protected pools leave of these items for this channel and customer at this moment;
    one statement where nothing is protected. `stock` spares reading it again."""
    asked = () if party_id is None else (party_id,)
    pools = await pools_of(reader, item_ids, party_ids=asked, at=at)
    if not pools.pools:
        return Open({}, {})
    if stock is None:
        stock = await read_stock(reader, item_ids, today=at.date())
    return open_of(stock, pools, channel_id=channel_id, party_id=party_id)


def open_of(
    stock: Sequence[Stock], pools: Pools, *, channel_id: int | None, party_id: int | None
) -> Open:
    """The same, of stock and pools that have been read."""
    shelf = Shelf(stock, pools=pools)
    if shelf.protection is None:
        return Open({}, {})
    members = pools.open_to(channel_id, party_id)
    rooms = {spot: room for spot in shelf.at if (room := shelf.room(spot, members)) is not None}
    keys = {(item, owner) for item, _, owner in rooms}
    return Open(rooms, {key: shelf.protection.room_in_all(*key, members) for key in keys})


def limited(quantities: Mapping[Spot, Decimal], seen: Open) -> dict[Spot, Decimal]:
    """Quantities cut down to what may be had: the largest first, until all is had that may be."""
    left = dict(seen.in_all)
    cut: dict[Spot, Decimal] = {}
    for spot, quantity in sorted(quantities.items(), key=lambda each: (-each[1], each[0])):
        key = (spot[0], spot[2])
        if key in left:
            quantity = min(quantity, seen.at.get(spot, quantity), left[key])
            left[key] -= quantity
        cut[spot] = quantity
    return cut

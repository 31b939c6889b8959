"""What a policy names must be the tenant's, and fit."""

from typing import Any

from sqlalchemy import select

from domain.allocation.decoding import references
from domain.allocation.definition import Document
from domain.allocation.supply import IN_TRANSIT
from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.entities.models import Location
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.reading import Reader


async def require_references(
    reader: Reader, document: Document, *, path: tuple[str | int, ...] = ()
) -> None:
    """Raise NotFound for a location, channel or item that is not the tenant's, InvalidInput for a
    location at which nothing can be picked."""
    named = references(document)
    found = await reader.rows(
        select(Location.id, Location.kind).where(
            Location.tenant_id == reader.tenant_id, Location.id.in_(named.locations)
        )
    )
    kinds = {row.id: row.kind for row in found}
    for location_id, place in named.locations.items():
        if location_id not in kinds:
            raise NotFound("location")
        if kinds[location_id] == IN_TRANSIT:
            message = "Goods in transit cannot be picked; leave that location out."
            raise InvalidInput(message, path=(*path, *place))
    await _require(reader, Channel, named.channels, "channel")
    await _require(reader, Item, named.items, "item")


async def _require(reader: Reader, table: Any, named: dict[int, Any], kind: str) -> None:
    if not named:
        return
    known = await reader.values(
        select(table.id).where(table.tenant_id == reader.tenant_id, table.id.in_(named))
    )
    if set(known) != set(named):
        raise NotFound(kind)

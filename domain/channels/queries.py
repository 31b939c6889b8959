"""Channels, by id and as a list; never their secrets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.channels.assortments import is_offered
from domain.channels.models import Channel
from domain.entities.models import Party
from domain.kernel.paging import Ordering, Page, PageRequest, count_rows, fetch_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.kernel.records import require_record

BY_CODE = Ordering((Channel.code, Channel.id))
ORDERINGS = {"code": BY_CODE, "name": Ordering((Channel.name, Channel.id))}
_READABLE = tuple(c for c in Channel.__table__.c if c.name != "signing_secret")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFilter:
    """Which channels; what is None does not narrow."""

    code: str | None = None
    kind: str | None = None
    source: str | None = None
    entity_id: int | None = None
    status: str | None = None
    # A selection of ids that narrows as well: what custom fields hold.
    among: Select[Any] | None = None


@query("channels.read")
async def channels(
    reader: Reader, *, where: ChannelFilter, ordering: Ordering = BY_CODE, request: PageRequest
) -> Page:
    """A page of channels, with has_signing_secret. Raises InvalidInput on a foreign cursor."""
    return await fetch_page(reader, _listed(reader, where), ordering=ordering, request=request)


@query("channels.read")
async def channel_count(reader: Reader, *, where: ChannelFilter) -> int:
    """How many channels the whole list has."""
    return await count_rows(reader, _listed(reader, where))


@query("channels.read")
async def channels_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The channels with these ids; an id of no row of the tenant is left out."""
    statement = _all(reader).where(Channel.id.in_(ids))
    return {row.id: row for row in await reader.rows(statement)}


@query("catalog.read")
async def offered_to(
    reader: Reader, *, channel_id: int | None, party_id: int | None
) -> ColumnElement[bool] | None:
    """Whether an item is offered to the channel and the customer, as a condition on items. Raises
    NotFound for those that the caller does not see."""
    if channel_id is None and party_id is None:
        return None
    await require_record(reader, Channel.__table__, channel_id, kind="channel")
    await require_record(reader, Party.__table__, party_id, kind="party")
    return is_offered(reader.tenant_id, Item.id, channel_id=channel_id, party_id=party_id)


def _all(reader: Reader) -> Select[Any]:
    has_secret = Channel.signing_secret.is_not(None).label("has_signing_secret")
    return select(*_READABLE, has_secret).where(Channel.tenant_id == reader.tenant_id)


def _listed(reader: Reader, where: ChannelFilter) -> Select[Any]:
    statement = _all(reader)
    if where.code is not None:
        statement = statement.where(Channel.code == where.code)
    if where.kind is not None:
        statement = statement.where(Channel.kind == where.kind)
    if where.source is not None:
        statement = statement.where(Channel.source == where.source)
    if where.entity_id is not None:
        statement = statement.where(Channel.entity_id == where.entity_id)
    if where.status is not None:
        statement = statement.where(Channel.status == where.status)
    if where.among is not None:
        statement = statement.where(Channel.id.in_(where.among))
    return statement

"""Channels, by id and as a list; never their secrets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from domain.channels.models import Channel
from domain.kernel.paging import Ordering, Page, PageRequest, count_rows, fetch_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

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


def _all(reader: Reader) -> Select[Any]:
    has_secret = Channel.signing_secret.is_not(None).label("has_signing_secret")
    statement = select(*_READABLE, has_secret).where(Channel.tenant_id == reader.tenant_id)
    # A partner orders through the portal; the other channels are none of its business.
    return statement.where(Channel.kind == "portal") if reader.principal.is_partner else statement


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
    return statement

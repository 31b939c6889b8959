"""Price lists and their prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from domain.channels.models import Channel
from domain.entities.models import Party
from domain.kernel.errors import NotFound
from domain.kernel.paging import Ordering, Page, PageRequest, count_rows, fetch_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.kernel.records import require_record
from domain.pricing.models import Price, PriceList, PriceOverrideLimit
from domain.pricing.price_finding import PriceRequest, find_prices

BY_CODE = Ordering((PriceList.code, PriceList.id))
ORDERINGS = {"code": BY_CODE, "name": Ordering((PriceList.name, PriceList.id))}
PRICES_BY_ITEM = Ordering((Price.item_id, Price.unit, Price.minimum_quantity, Price.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceListFilter:
    """Which price lists; what is None does not narrow. `valid_on`: those that hold on that day."""

    code: str | None = None
    currency: str | None = None
    channel_id: int | None = None
    party_id: int | None = None
    valid_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFilter:
    """Which prices; what is None does not narrow."""

    price_list_id: int | None = None
    item_id: int | None = None


@query("pricing.read")
async def price_lists(
    reader: Reader, *, where: PriceListFilter, ordering: Ordering = BY_CODE, request: PageRequest
) -> Page:
    """A page of price lists; a customer sees its own, everyone's and the portal's."""
    return await fetch_page(reader, _lists(reader, where), ordering=ordering, request=request)


@query("pricing.read")
async def price_list_count(reader: Reader, *, where: PriceListFilter) -> int:
    """How many price lists the whole list has."""
    return await count_rows(reader, _lists(reader, where))


@query("pricing.read")
async def price_lists_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The price lists with these ids; an id of no visible row is left out."""
    statement = _visible(reader, select(*PriceList.__table__.c)).where(PriceList.id.in_(ids))
    return {row.id: row for row in await reader.rows(statement)}


@query("pricing.read")
async def prices(
    reader: Reader,
    *,
    where: PriceFilter,
    ordering: Ordering = PRICES_BY_ITEM,
    request: PageRequest,
) -> Page:
    """A page of prices with the currency of their list. Raises InvalidInput on a bad cursor."""
    return await fetch_page(reader, _prices(reader, where), ordering=ordering, request=request)


@query("pricing.read")
async def price_count(reader: Reader, *, where: PriceFilter) -> int:
    """How many prices the whole list has."""
    return await count_rows(reader, _prices(reader, where))


@query("pricing.read")
async def quoted_prices(
    reader: Reader,
    *,
    requests: Sequence[PriceRequest],
    currency: str,
    channel_id: int | None,
    party_id: int | None,
    on: date,
) -> list[Decimal | None]:
    """What one unit of each request would cost, as an order of that day would be priced.

    A customer is quoted its own prices, or those of one below it, through the portal. Raises
    NotFound for a party or channel that is not its own."""
    if reader.principal.is_partner:
        party_id = party_id or reader.principal.party_id
        await _require_own(reader, party_id, channel_id)
    return await find_prices(
        reader,
        requests=requests,
        currency=currency,
        channel_id=channel_id,
        party_id=party_id,
        on=on,
    )


async def _require_own(reader: Reader, party_id: int | None, channel_id: int | None) -> None:
    await require_record(reader, Party.__table__, party_id, kind="party")
    portal = select(Channel.id).where(
        Channel.tenant_id == reader.tenant_id, Channel.id == channel_id, Channel.kind == "portal"
    )
    if channel_id is not None and await reader.value(portal) is None:
        raise NotFound("channel")


def _visible(reader: Reader, statement: Select[Any]) -> Select[Any]:
    # Which lists a customer sees, the database knows.
    return statement.where(PriceList.tenant_id == reader.tenant_id)


def _lists(reader: Reader, where: PriceListFilter) -> Select[Any]:
    statement = _visible(reader, select(*PriceList.__table__.c))
    if where.code is not None:
        statement = statement.where(PriceList.code == where.code)
    if where.currency is not None:
        statement = statement.where(PriceList.currency == where.currency)
    if where.channel_id is not None:
        statement = statement.where(PriceList.channel_id == where.channel_id)
    if where.party_id is not None:
        statement = statement.where(PriceList.party_id == where.party_id)
    if where.valid_on is not None:
        statement = statement.where(
            PriceList.valid_from <= where.valid_on,
            PriceList.valid_until.is_(None) | (PriceList.valid_until >= where.valid_on),
        )
    return statement


def _prices(reader: Reader, where: PriceFilter) -> Select[Any]:
    statement = _visible(
        reader,
        select(*Price.__table__.c, PriceList.currency).join(
            PriceList,
            (PriceList.tenant_id == Price.tenant_id) & (PriceList.id == Price.price_list_id),
        ),
    ).where(Price.tenant_id == reader.tenant_id)
    if where.price_list_id is not None:
        statement = statement.where(Price.price_list_id == where.price_list_id)
    if where.item_id is not None:
        statement = statement.where(Price.item_id == where.item_id)
    return statement


@query("approvals.read")
async def price_override_limits(reader: Reader) -> Sequence[Row[Any]]:
    """How far prices of orders may be from the lists' (percent): the common limit first, then each
    channel's own."""
    limit = PriceOverrideLimit
    return await reader.rows(
        select(limit.channel_id, limit.percent)
        .where(limit.tenant_id == reader.tenant_id)
        .order_by(limit.channel_id.nulls_first())
    )

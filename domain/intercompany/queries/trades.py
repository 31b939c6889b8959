"""Trades between entities, and their lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.intercompany.models import IntercompanyTrade, IntercompanyTradeLine
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

LATEST_FIRST = Ordering((IntercompanyTrade.id,), descending=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeFilter:
    """Which trades; what is None does not narrow."""

    supplier_id: int | None = None
    buyer_id: int | None = None
    order_id: int | None = None
    transfer_id: int | None = None


@query("intercompany.read")
async def intercompany_trades(
    reader: Reader, *, where: TradeFilter, request: PageRequest
) -> Listing:
    """A page of trades, the latest first."""
    statement = _trades(reader)
    for name in ("supplier_id", "buyer_id", "order_id", "transfer_id"):
        if (wanted := getattr(where, name)) is not None:
            statement = statement.where(getattr(IntercompanyTrade, name) == wanted)
    return await list_page(reader, statement, ordering=LATEST_FIRST, request=request)


@query("intercompany.read")
async def intercompany_trades_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The trades with these ids; an id of none is left out."""
    rows = await reader.rows(_trades(reader).where(IntercompanyTrade.id.in_(ids)))
    return {row.id: row for row in rows}


@query("intercompany.read")
async def lines_of_trades(reader: Reader, *, trade_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The lines of each trade, with base_unit and the trade's currency."""
    line = IntercompanyTradeLine
    rows = await reader.rows(
        _lines(reader).where(line.trade_id.in_(trade_ids)).order_by(line.trade_id, line.id)
    )
    return grouped(trade_ids, rows, key="trade_id")


@query("intercompany.read")
async def trade_lines_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The trade lines with these ids; an id of none is left out."""
    rows = await reader.rows(_lines(reader).where(IntercompanyTradeLine.id.in_(ids)))
    return {row.id: row for row in rows}


def _trades(reader: Reader) -> Select[Any]:
    trade = IntercompanyTrade
    return select(*trade.__table__.c).where(trade.tenant_id == reader.tenant_id)


def _lines(reader: Reader) -> Select[Any]:
    line, trade = IntercompanyTradeLine, IntercompanyTrade
    return (
        select(*line.__table__.c, Item.base_unit, trade.currency)
        .join(Item, and_(Item.tenant_id == line.tenant_id, Item.id == line.item_id))
        .join(trade, and_(trade.tenant_id == line.tenant_id, trade.id == line.trade_id))
        .where(line.tenant_id == reader.tenant_id)
    )

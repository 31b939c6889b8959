"""The stock that decisions are made over, with what its lots say of it."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.engine import Row

from domain.allocation.shelf import Stock, hindrance_of
from domain.inventory.balances import FREE_COLUMNS, NEW, lock_free
from domain.inventory.models import Lot, StockBalance
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.kernel.work import Work


async def lock_stock(work: Work, item_ids: Collection[int]) -> list[Stock]:
    """Lock all balances of the items in new condition, whoever owns them: the orders are served
    from their own entity's, and the others are named in the explanation."""
    if not item_ids:
        return []
    return await _stock(work, await lock_free(work, item_ids), work.now.date())


async def read_stock(reader: Reader, item_ids: Collection[int], *, today: date) -> list[Stock]:
    """The same without a lock: for what is only asked, not done."""
    rows = await reader.rows(
        select(*FREE_COLUMNS)
        .where(
            StockBalance.tenant_id == reader.tenant_id,
            StockBalance.item_id.in_(item_ids),
            StockBalance.condition == NEW,
        )
        .order_by(StockBalance.id)
    )
    return await _stock(reader, rows, today)


async def _stock(reader: Reader, balances: Sequence[Row[Any]], today: date) -> list[Stock]:
    lots = await _lots(reader, {(b.item_id, b.lot) for b in balances if b.lot})
    return [_of(balance, lots.get((balance.item_id, balance.lot)), today) for balance in balances]


def _of(balance: Row[Any], lot: Row[Any] | None, today: date) -> Stock:
    return Stock(
        balance.id,
        balance.item_id,
        balance.location_id,
        balance.owner_id,
        plain(balance.available),
        None if lot is None else lot.expires_on,
        None if lot is None else hindrance_of(lot.status, lot.expires_on, today),
        plain(balance.reserved),
    )


async def _lots(reader: Reader, keys: Collection[tuple[int, str]]) -> dict[Any, Row[Any]]:
    if not keys:
        return {}
    rows = await reader.rows(
        select(Lot.item_id, Lot.code, Lot.expires_on, Lot.status).where(
            Lot.tenant_id == reader.tenant_id, tuple_(Lot.item_id, Lot.code).in_(sorted(keys))
        )
    )
    return {(row.item_id, row.code): row for row in rows}

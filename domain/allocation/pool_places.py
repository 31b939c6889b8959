"""Where a pool stands: what it names must be there, and a pool inside another one must fit it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, literal, or_, select
from sqlalchemy.engine import Row

from domain.allocation.models import StockPool
from domain.allocation.pools import ACTIVE
from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.entities.models import LegalEntity, Location, Party
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.reading import Reader
from domain.kernel.records import require_record
from domain.kernel.work import Work
from domain.orders.models import SalesOrderLine

# All pools of an item are looked at in every decision over it.
MOST_POOLS = 100
DEEPEST = 8
MOST_WAITING = 500


async def require_records(reader: Reader, values: Mapping[str, Any]) -> None:
    """Raise NotFound for what a new pool names and the tenant does not have."""
    await require_record(reader, LegalEntity.__table__, values["owner_id"], kind="legal entity")
    await require_record(reader, Item.__table__, values["item_id"], kind="item")
    await require_record(reader, Location.__table__, values["location_id"], kind="location")
    await require_record(reader, Channel.__table__, values["channel_id"], kind="channel")
    await require_record(reader, Party.__table__, values["party_id"], kind="party")


async def require_place(work: Work, values: Mapping[str, Any]) -> None:
    """Raise InvalidInput for a pool that does not fit its parent, or is one too many; NotFound,
    and InvalidState for a parent that has ended."""
    scope = StockPool.item_id == values["item_id"]
    if values["item_id"] is None:
        scope = StockPool.item_group == values["item_group"]
    standing = await work.value(
        select(func.count()).where(
            StockPool.tenant_id == work.tenant_id, StockPool.status == ACTIVE, scope
        )
    )
    if standing >= MOST_POOLS:
        message = f"There are {MOST_POOLS} pools of it, and there may be no more."
        raise InvalidInput(
            message, path=("item_group" if values["item_id"] is None else "item_id",)
        )
    if values["parent_id"] is not None:
        await _require_fits(work, values)


async def _require_fits(work: Work, values: Mapping[str, Any]) -> None:
    chain = await _chain(work, values["parent_id"])
    if not chain:
        raise NotFound("stock pool")
    parent = chain[0]
    if parent.status != ACTIVE:
        message = f"The pool around it is {parent.status}."
        raise InvalidState(message, path=("parent_id",), state=parent.status, allowed=[])
    if len(chain) >= DEEPEST:
        message = f"Pools stand at most {DEEPEST} deep in each other."
        raise InvalidInput(message, path=("parent_id",))
    if parent.owner_id != values["owner_id"]:
        raise InvalidInput("The pool around it is of another owner.", path=("owner_id",))
    if parent.location_id not in (None, values["location_id"]):
        raise InvalidInput("The pool around it is of another location.", path=("location_id",))
    await _require_same_items(work, parent, values)


async def _require_same_items(work: Work, parent: Row[Any], values: Mapping[str, Any]) -> None:
    if parent.item_id is not None:
        if parent.item_id != values["item_id"]:
            raise InvalidInput("The pool around it is of another item.", path=("item_id",))
        return
    group = values["item_group"]
    if values["item_id"] is not None:
        group = await work.value(
            select(Item.item_group).where(
                Item.tenant_id == work.tenant_id, Item.id == values["item_id"]
            )
        )
    if group != parent.item_group:
        path = ("item_group" if values["item_id"] is None else "item_id",)
        raise InvalidInput("The pool around it is of another group of items.", path=path)


async def _chain(reader: Reader, pool_id: int) -> Sequence[Row[Any]]:
    """A pool and all around it, the innermost first."""
    columns = tuple(StockPool.__table__.c)
    chain = (
        select(*columns, literal(0).label("height"))
        .where(StockPool.tenant_id == reader.tenant_id, StockPool.id == pool_id)
        .cte("chain", recursive=True)
    )
    above = (
        select(*columns, chain.c.height + 1)
        .join(chain, StockPool.id == chain.c.parent_id)
        .where(StockPool.tenant_id == reader.tenant_id)
    )
    chain = chain.union_all(above)
    return await reader.rows(select(*chain.c).order_by(chain.c.height))


async def waiting_items(reader: Reader, pools: Sequence[Row[Any]]) -> tuple[int, ...]:
    """The items of these pools that orders wait for, at most 500."""
    items = [pool.item_id for pool in pools if pool.item_id is not None]
    groups = [pool.item_group for pool in pools if pool.item_group is not None]
    found = await reader.values(
        select(SalesOrderLine.item_id)
        .distinct()
        .join(Item, Item.id == SalesOrderLine.item_id)
        .where(
            SalesOrderLine.tenant_id == reader.tenant_id,
            SalesOrderLine.backordered > 0,
            Item.tenant_id == reader.tenant_id,
            or_(Item.id.in_(items), Item.item_group.in_(groups)),
        )
        .order_by(SalesOrderLine.item_id)
        .limit(MOST_WAITING)
    )
    return tuple(found)

"""Kits: what they are made of, down to what lies on a shelf."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal

from sqlalchemy import Numeric, Select, and_, cast, func, select

from domain.catalog.models import Item, KitComponent
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.kernel.work import Work

# Any number of our own: the first key of the advisory lock, the tenant is the second.
_KITS_LOCK = 4_701

Bill = dict[int, Decimal]


async def lock_kits(work: Work) -> None:
    """One change of any kit of the tenant at a time: two could close a circle together."""
    await work.execute(select(func.pg_advisory_xact_lock(_KITS_LOCK, work.tenant_id)))


async def components_of(reader: Reader, item_ids: Collection[int]) -> dict[int, Bill]:
    """What each item is directly made of: base units by component; no entry for one of nothing."""
    rows = await reader.rows(
        select(KitComponent.kit_item_id, KitComponent.component_item_id, KitComponent.quantity)
        .where(
            KitComponent.tenant_id == reader.tenant_id,
            KitComponent.kit_item_id.in_(sorted(set(item_ids))),
        )
        .order_by(KitComponent.id)
    )
    return _bills(rows, "kit_item_id")


async def exploded(reader: Reader, item_ids: Collection[int]) -> dict[int, Bill]:
    """What each virtual kit among the items is made of, down to items that have stock; in base
    units for one base unit of the kit. No entry for what is no kit, or one of nothing yet.

    One statement, whatever the nesting: no kit is ever made of itself."""
    rows = await reader.rows(_exploding(reader.tenant_id, item_ids))
    return _bills(rows, "root_id")


def _exploding(tenant_id: int, item_ids: Collection[int]) -> Select[tuple[int, int, Decimal]]:
    kit = Item.__table__.alias("kit")
    same_kit = and_(
        kit.c.tenant_id == KitComponent.tenant_id,
        kit.c.id == KitComponent.kit_item_id,
        kit.c.kind == "kit",
    )
    parts = (
        select(
            KitComponent.kit_item_id.label("root_id"),
            KitComponent.component_item_id,
            # Without a scale: a product of two quantities has more decimals than either.
            cast(KitComponent.quantity, Numeric).label("quantity"),
        )
        .join(kit, same_kit)
        .where(
            KitComponent.tenant_id == tenant_id,
            KitComponent.kit_item_id.in_(sorted(set(item_ids))),
        )
        .cte("parts", recursive=True)
    )
    parts = parts.union_all(
        select(
            parts.c.root_id,
            KitComponent.component_item_id,
            parts.c.quantity * KitComponent.quantity,
        )
        .join(parts, parts.c.component_item_id == KitComponent.kit_item_id)
        .join(kit, same_kit)
        .where(KitComponent.tenant_id == tenant_id)
    )
    return (
        select(
            parts.c.root_id,
            parts.c.component_item_id,
            func.sum(parts.c.quantity).label("quantity"),
        )
        .join(Item, and_(Item.tenant_id == tenant_id, Item.id == parts.c.component_item_id))
        .where(Item.kind == "stock")
        .group_by(parts.c.root_id, parts.c.component_item_id)
        .order_by(parts.c.root_id, parts.c.component_item_id)
    )


async def reachable(reader: Reader, item_ids: Collection[int]) -> set[int]:
    """The items, and all that they are made of, at any depth and of any kind."""
    down = (
        select(KitComponent.component_item_id)
        .where(
            KitComponent.tenant_id == reader.tenant_id,
            KitComponent.kit_item_id.in_(sorted(set(item_ids))),
        )
        .cte("down", recursive=True)
    )
    down = down.union(
        select(KitComponent.component_item_id)
        .join(down, down.c.component_item_id == KitComponent.kit_item_id)
        .where(KitComponent.tenant_id == reader.tenant_id)
    )
    return {*item_ids, *await reader.values(select(down.c.component_item_id))}


def kits_possible(available: Mapping[int, Decimal], bill: Mapping[int, Decimal]) -> Decimal:
    """How many whole kits the available components make: the scarcest decides. 0 of no bill."""
    whole = [
        max(available.get(item_id, Decimal(0)), Decimal(0)) // quantity
        for item_id, quantity in bill.items()
    ]
    return min(whole, default=Decimal(0))


def _bills(rows: Collection[object], key: str) -> dict[int, Bill]:
    bills: dict[int, Bill] = defaultdict(dict)
    for row in rows:
        bill = bills[getattr(row, key)]
        bill[row.component_item_id] = plain(row.quantity)  # type: ignore[attr-defined]
    return dict(bills)

"""What stock needs to know of an item: its units, how it is tracked, whether it is a kit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item, ItemUnit
from domain.inventory.models import StockBalance
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.quantity import LARGEST, Conversion, QuantityNotExact, to_base
from domain.kernel.reading import Reader
from domain.kernel.work import Work

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Goods:
    """An item as stock sees it: its units, each as base units."""

    item_id: int
    base_unit: str
    tracking: str
    kind: str = "stock"
    units: dict[str, Conversion] = field(default_factory=dict)

    def unit(self, name: str | None, *, path: Path) -> Conversion:
        """The unit of that name, or the base unit. Raises InvalidInput when there is none."""
        if name is None or name == self.base_unit:
            return Conversion(Decimal(1))
        if name not in self.units:
            known = ", ".join(sorted({self.base_unit, *self.units}))
            raise InvalidInput(f"The item has no unit {name}; it has {known}.", path=path)
        return self.units[name]

    def in_base(self, quantity: Decimal, unit: str | None, *, path: Path) -> Decimal:
        """A quantity of a unit in base units. Raises InvalidInput, QuantityNotExact."""
        conversion = self.unit(unit, path=(*path[:-1], "unit"))
        try:
            amount = to_base(quantity, conversion)
        except QuantityNotExact as refusal:
            refusal.path = path
            raise
        if abs(amount) > LARGEST:
            raise InvalidInput("The quantity is too large.", path=path)
        return amount


async def goods_of(reader: Reader, item_ids: Collection[int]) -> dict[int, Goods]:
    """The items with these ids. Raises NotFound when the tenant lacks one."""
    return _all_of(await known_goods(reader, item_ids), item_ids)


async def known_goods(reader: Reader, item_ids: Collection[int]) -> dict[int, Goods]:
    """Those of the items with these ids that the tenant has."""
    return _goods(await reader.rows(_items(reader, item_ids)))


async def coming_goods(work: Work, item_ids: Collection[int]) -> dict[int, Goods]:
    """As goods_of, for whoever may bring the first stock of an item.

    What has stock keeps its base unit, its tracking and its kind; what has none may get others
    until its first goods are there: they are kept from changing, and read once they do not."""
    return _all_of(await known_coming_goods(work, item_ids), item_ids)


async def known_coming_goods(work: Work, item_ids: Collection[int]) -> dict[int, Goods]:
    """As known_goods, for whoever may bring the first stock of an item."""
    stock = select(StockBalance.id).where(
        StockBalance.tenant_id == Item.tenant_id, StockBalance.item_id == Item.id
    )
    items = _items(work, item_ids)
    rows = await work.rows(items.add_columns(stock.exists().label("has_stock")))
    new = sorted({row.id for row in rows if not row.has_stock})
    if new:
        async with work.house() as house:
            await house.execute(
                select(Item.id)
                .where(Item.tenant_id == work.tenant_id, Item.id.in_(new))
                .order_by(Item.id)
                .with_for_update(read=True, key_share=True)
            )
        rows = await work.rows(items)
    return _goods(rows)


def _all_of(found: dict[int, Goods], item_ids: Collection[int]) -> dict[int, Goods]:
    if len(found) != len(set(item_ids)):
        raise NotFound("item")
    return found


def _items(reader: Reader, item_ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    """A row for each unit of each item."""
    return (
        select(
            Item.id,
            Item.base_unit,
            Item.tracking,
            Item.kind,
            ItemUnit.unit,
            ItemUnit.numerator,
            ItemUnit.denominator,
        )
        .outerjoin(
            ItemUnit, and_(ItemUnit.tenant_id == Item.tenant_id, ItemUnit.item_id == Item.id)
        )
        .where(Item.tenant_id == reader.tenant_id, Item.id.in_(item_ids))
    )


def _goods(rows: Sequence[Row[Any]]) -> dict[int, Goods]:
    found: dict[int, Goods] = {}
    for row in rows:
        goods = found.setdefault(row.id, Goods(row.id, row.base_unit, row.tracking, row.kind))
        if row.unit is not None:
            goods.units[row.unit] = Conversion(row.numerator, row.denominator)
    return found

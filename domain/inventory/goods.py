"""What stock needs to know of an item: its units, how it is tracked, whether it is a kit."""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import and_, select

from domain.catalog.models import Item, ItemUnit
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.quantity import LARGEST, Conversion, QuantityNotExact, to_base
from domain.kernel.reading import Reader

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
    found = await known_goods(reader, item_ids)
    if len(found) != len(set(item_ids)):
        raise NotFound("item")
    return found


async def known_goods(reader: Reader, item_ids: Collection[int]) -> dict[int, Goods]:
    """Those of the items with these ids that the tenant has."""
    rows = await reader.rows(
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
    found: dict[int, Goods] = {}
    for row in rows:
        goods = found.setdefault(row.id, Goods(row.id, row.base_unit, row.tracking, row.kind))
        if row.unit is not None:
            goods.units[row.unit] = Conversion(row.numerator, row.denominator)
    return found

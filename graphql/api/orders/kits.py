"""Kits of orders on the API."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.context import Info
from api.ids import global_id
from api.nodes import Node, refetched_by
from api.scalars import Money, Quantity, money, quantity
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.orders import queries


@strawberry.type(
    description="A kit as the customer ordered it. Its components are lines of the order; its "
    "progress is in whole kits: the component that is least far counts."
)
class OrderKit(Node):
    line_number: int = strawberry.field(description="The number of its first component's line.")
    external_line: str | None = strawberry.field(description="The source's own name for the line.")
    external_code: str | None = strawberry.field(description="The code it was ordered by.")
    description: str | None = strawberry.field(description="The source's words for the item.")
    ordered: Quantity = strawberry.field(description="What was ordered, in the customer's unit.")
    quantity: Decimal = strawberry.field(description="The same in the kit's base unit.")
    unit_price: Decimal = strawberry.field(
        description="Per ordered unit, in major units of the order's currency."
    )
    discount: Money = strawberry.field(description="The discounts of its components together.")
    tax: Money = strawberry.field(description="The tax of its components together.")
    net: Money = strawberry.field(description="What its components earn together.")
    allocated: Decimal = strawberry.field(description="Stock is kept for so many.")
    shipped: Decimal = strawberry.field(description="So many have left.")
    cancelled: Decimal = strawberry.field(description="So many will not be shipped.")
    backordered: Decimal = strawberry.field(description="So many wait for stock.")
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item of the kit.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "OrderKit":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("OrderKit", row.id),
            line_number=row.line_number,
            external_line=row.external_line,
            external_code=row.external_code,
            description=row.description,
            ordered=quantity(row.quantity_ordered, row.unit),
            quantity=plain(row.quantity),
            unit_price=plain(row.unit_price),
            discount=money(row.discount_minor, row.currency),
            tax=money(row.tax_minor, row.currency),
            net=money(row.net_minor, row.currency),
            allocated=plain(row.allocated),
            shipped=plain(row.shipped),
            cancelled=plain(row.cancelled),
            backordered=plain(row.backordered),
            item_id=row.item_id,
        )


async def load_kits_of_orders(reader: Reader, order_ids: Sequence[int]) -> list[list[OrderKit]]:
    """A batch for loaders: the kits of each order."""
    kits: dict[int, list[OrderKit]] = defaultdict(list)
    for row in await queries.kits_of_orders(reader, order_ids=order_ids):
        kits[row.order_id].append(OrderKit.of(row))
    return [kits[order_id] for order_id in order_ids]


async def load_order_kits(reader: Reader, ids: Sequence[int]) -> list[OrderKit | None]:
    """A batch for loaders: the kits of these row ids, in order."""
    rows = {row.id: row for row in await queries.kits_of_ids(reader, ids=ids)}
    return [OrderKit.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("OrderKit", load_order_kits)

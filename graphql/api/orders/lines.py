"""Order lines on the API."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import ClassVar

import strawberry

from api.catalog.items import Item, load_items
from api.context import Info
from api.from_rows import FromRow, WorkedOut
from api.ids import global_id
from api.nodes import Node, refetched_by
from api.orders.kits import OrderKit, load_order_kits
from api.promise.pegs import PromisePeg, load_pegs
from api.scalars import Money, Quantity, money_of, plain_of, quantity_of
from domain.kernel.reading import Reader
from domain.orders import queries
from domain.orders.wanted import is_in_time


@strawberry.type(
    description="A line of an order. Its progress is in base units: what is neither allocated, "
    "shipped nor cancelled is backordered."
)
class OrderLine(FromRow, Node):
    line_number: int = strawberry.field(description="Its place in the order, from 1.")
    external_line: str | None = strawberry.field(description="The source's own name for the line.")
    external_code: str | None = strawberry.field(description="The code it was ordered by.")
    description: str | None = strawberry.field(description="The source's words for the item.")
    ordered: Quantity = strawberry.field(description="What was ordered, in the customer's unit.")
    quantity: Decimal = strawberry.field(description="The same in the item's base unit.")
    unit_price: Decimal = strawberry.field(
        description="Per ordered unit, in major units of the order's currency."
    )
    price_beyond_limit: bool = strawberry.field(
        description="Its price is further from the list's than allowed: somebody has to approve it."
    )
    discount: Money = strawberry.field(description="Its part of all discounts of the order.")
    tax: Money = strawberry.field(description="Its part of the order's tax.")
    net: Money = strawberry.field(description="What it earns: after discount, without tax.")
    allocated: Decimal = strawberry.field(description="Stock is kept for so much.")
    shipped: Decimal = strawberry.field(description="So much has left.")
    cancelled: Decimal = strawberry.field(description="So much will not be shipped.")
    backordered: Decimal = strawberry.field(description="So much waits for stock.")
    wanted_on: date | None = strawberry.field(
        description="The day on which the customer wants it there; null: none was asked for."
    )
    wanted_ship_on: date | None = strawberry.field(
        description="The day on which the customer wants it to leave; null: none was asked for."
    )
    in_time: bool | None = strawberry.field(
        description="Whether, as things stand, it is there (or leaves) by the wanted day; null "
        "without one."
    )
    promised_ship_on: date | None = strawberry.field(
        description="The day on which it was promised to leave; null: nothing is in sight."
    )
    promised_on: date | None = strawberry.field(
        description="The day on which it was promised to be there."
    )
    expected_ship_on: date | None = strawberry.field(
        description="The day on which it is to be expected to leave, as things stand."
    )
    expected_on: date | None = strawberry.field(
        description="The day on which it is to be expected to be there."
    )
    promise_at_risk: bool = strawberry.field(
        description="It will leave later than promised, and not in time for a wanted day."
    )
    rejections: int = strawberry.field(
        description="How often locations rejected it since a person looked at it."
    )
    allocation_stopped: bool = strawberry.field(
        description="Locations rejected it too often: it waits for a person (clearRejections)."
    )
    row_id: strawberry.Private[int]
    kit_id: strawberry.Private[int | None]
    order_id: strawberry.Private[int]
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="The kit that it is a component of; null for an ordinary line.")
    async def kit(self, info: Info) -> OrderKit | None:
        if self.kit_id is None:
            return None
        return await info.context.load(load_order_kits, self.kit_id)

    @strawberry.field(description="What the part of it that waits rests on. Needs promise.read.")
    async def pegs(self, info: Info) -> list[PromisePeg] | None:
        return await info.context.load(load_pegs, self.row_id)

    WORKED_OUT: ClassVar[WorkedOut] = {
        "id": lambda row: global_id("OrderLine", row.id),
        "ordered": quantity_of("quantity_ordered", "unit"),
        "quantity": plain_of("quantity"),
        "unit_price": plain_of("unit_price"),
        "discount": money_of("discount_minor"),
        "tax": money_of("tax_minor"),
        "net": money_of("net_minor"),
        "allocated": plain_of("allocated"),
        "shipped": plain_of("shipped"),
        "cancelled": plain_of("cancelled"),
        "in_time": is_in_time,
        "backordered": plain_of("backordered"),
        "row_id": lambda row: row.id,
    }


async def load_order_lines(reader: Reader, ids: Sequence[int]) -> list[OrderLine | None]:
    """A batch for loaders: the order lines of these row ids, in order."""
    rows = await queries.lines_by_ids(reader, line_ids=ids)
    return [OrderLine.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_lines_of_orders(reader: Reader, order_ids: Sequence[int]) -> list[list[OrderLine]]:
    """A batch for loaders: the lines of each order."""
    rows = await queries.lines_of_orders(reader, order_ids=order_ids)
    return [[OrderLine.of(row) for row in rows.get(order_id, ())] for order_id in order_ids]


refetched_by("OrderLine", load_order_lines)

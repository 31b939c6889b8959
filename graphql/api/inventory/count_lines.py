"""Lines of counts and snapshots on the API: what was found of each balance."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.context import Info
from api.orders.lines import OrderLine, load_order_lines
from api.orders.orders import Order, load_orders
from api.scalars import Quantity, quantity
from domain.inventory.queries import counts as queries
from domain.kernel.reading import Reader


@strawberry.enum(description="What is to be done about a line.")
class StockCountVerdict(Enum):
    OPEN = strawberry.enum_value("open", description="Not counted, or not looked through yet.")
    EVEN = strawberry.enum_value("even", description="The books were right.")
    WITHIN = strawberry.enum_value("within", description="Within tolerance: booked at once.")
    ABOVE = strawberry.enum_value("above", description="Above tolerance: booked once approved.")
    OVERSOLD = strawberry.enum_value(
        "oversold", description="More is promised than is there: decide about the orders first."
    )
    UNKNOWN = strawberry.enum_value("unknown", description="It names no stock of ours.")
    SUPERSEDED = strawberry.enum_value("superseded", description="Counted or told later than that.")
    PIECES = strawberry.enum_value(
        "pieces", description="No quantity says which pieces it is about: count them by name."
    )


@strawberry.type(description="A quantity of a balance that somebody has been promised.")
class PromisedStock:
    quantity: Decimal = strawberry.field(description="How much, in base units.")
    order_line_id: strawberry.Private[int | None]

    @strawberry.field(description="The order line it is promised to; null: a transfer, or a cart.")
    async def order_line(self, info: Info) -> OrderLine | None:
        if self.order_line_id is None:
            return None
        return await info.context.load(load_order_lines, self.order_line_id)

    @strawberry.field(description="The order it is promised to; null: a transfer, or a cart.")
    async def order(self, info: Info) -> Order | None:
        if self.order_line_id is None:
            return None
        line = await info.context.load(load_order_lines, self.order_line_id)
        return None if line is None else await info.context.load(load_orders, line.order_id)


@strawberry.type(description="One balance that was counted, or one row that was told.")
class StockCountLine:
    line_number: int = strawberry.field(description="Its place in the count.")
    path: str | None = strawberry.field(description="Its place in the sender's document.")
    code: str | None = strawberry.field(description="The item as the sender calls it.")
    condition: str | None = strawberry.field(description="One of new, refurbished and used.")
    lot: str | None = strawberry.field(description="The lot; empty when not tracked.")
    expected: Quantity | None = strawberry.field(
        description="What the books held then; hidden while a blind count is open."
    )
    counted: Quantity | None = strawberry.field(description="What was found.")
    observed_at: datetime | None = strawberry.field(description="As of when it was found.")
    counted_by: str | None = strawberry.field(description="Who counted it.")
    difference: Quantity | None = strawberry.field(
        description="What was found less what the books held then."
    )
    difference_quality_control: Quantity | None = strawberry.field(
        description="The same of what is held for inspection."
    )
    difference_damaged: Quantity | None = strawberry.field(
        description="The same of what is damaged."
    )
    serials: list[str] | None = strawberry.field(
        description="The pieces that were named; null: not tracked, or not told."
    )
    missing_serials: list[str] | None = strawberry.field(
        description="The pieces of the books that were not named."
    )
    found_serials: list[str] | None = strawberry.field(
        description="The pieces that were named and were not in stock."
    )
    verdict: StockCountVerdict = strawberry.field(description="What is to be done about it.")
    problem: str | None = strawberry.field(
        description="Why it was not understood, or cannot be booked."
    )
    is_booked: bool = strawberry.field(description="Whether the books follow it.")
    item_id: strawberry.Private[int | None]
    balance_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "StockCountLine":
        """From a row of the domain's queries."""

        def amount(value: Decimal | None) -> Quantity | None:
            return (
                None if value is None or row.base_unit is None else quantity(value, row.base_unit)
            )

        return cls(
            line_number=row.line_number,
            path=row.path,
            code=row.code,
            condition=row.condition,
            lot=row.lot,
            expected=None if row.is_hidden else amount(row.expected),
            counted=amount(row.counted),
            observed_at=row.observed_at,
            counted_by=row.counted_by,
            difference=amount(row.difference),
            difference_quality_control=amount(row.difference_quality_control),
            difference_damaged=amount(row.difference_damaged),
            serials=row.serials,
            missing_serials=row.missing_serials,
            found_serials=row.found_serials,
            verdict=StockCountVerdict(row.verdict),
            problem=row.problem,
            is_booked=row.booked,
            item_id=row.item_id,
            balance_id=row.balance_id,
        )

    @strawberry.field(description="The item, if the row names one of ours.")
    async def item(self, info: Info) -> Item | None:
        return None if self.item_id is None else await info.context.load(load_items, self.item_id)

    @strawberry.field(description="Whom this stock is promised to now, the oldest promise first.")
    async def promised_to(self, info: Info) -> list[PromisedStock]:
        if self.balance_id is None:
            return []
        return await info.context.load(load_promises, self.balance_id)


async def load_promises(reader: Reader, ids: Sequence[int]) -> list[list[PromisedStock]]:
    """A batch for loaders: whom each balance's stock is promised to."""
    found = await queries.promises_of_balances(reader, balance_ids=ids)
    return [
        [PromisedStock(quantity=row.quantity, order_line_id=row.order_line_id) for row in found[n]]
        for n in ids
    ]

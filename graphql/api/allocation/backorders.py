"""Who waits for an item, on the API."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import row_id_of
from api.orders.orders import Order, load_orders
from domain.allocation.queries.backorders import backorders
from domain.kernel.quantity import plain


@strawberry.type(description="An order line that waits for stock, at its place in the queue.")
class Backorder:
    position: int = strawberry.field(description="Its place in the queue for its item, from 1.")
    line_number: int = strawberry.field(description="The line of the order.")
    waiting: Decimal = strawberry.field(description="What it waits for, in base units.")
    promised_ship_on: date | None = strawberry.field(
        description="The day on which it was promised to leave."
    )
    expected_ship_on: date | None = strawberry.field(
        description="The day on which it is to be expected to leave; null: nothing is in sight."
    )
    order_id: strawberry.Private[int]

    @strawberry.field(description="Its order.")
    async def order(self, info: Info) -> Order | None:
        return await info.context.load(load_orders, self.order_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "Backorder":
        """From a row of the domain's queries."""
        return cls(
            position=row.position,
            line_number=row.line_number,
            waiting=plain(row.waiting),
            promised_ship_on=row.promised_ship_on,
            expected_ship_on=row.expected_ship_on,
            order_id=row.order_id,
        )


@strawberry.type
class BackorderQuery:
    @strawberry.field(
        description="The lines that wait for an item, the one that is served next first, by the "
        "tenant's rule for backorders. Needs allocation.read."
    )
    async def backorder_queue(
        self,
        info: Info,
        item_id: Annotated[strawberry.ID, strawberry.argument(description="The item.")],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Backorder]:
        listing = await backorders(
            await info.context.reader(),
            item_id=row_id_of(item_id, "Item", path=("itemId",)),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, Backorder.of, count=listing.count)

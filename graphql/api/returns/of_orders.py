"""What of an order came back, on the API."""

from collections.abc import Sequence
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.scalars import Money, Quantity, money, quantity
from domain.kernel.reading import Reader
from domain.returns.queries import of_orders as queries


@strawberry.type(description="What of an order's line came back. Quantities are in base units.")
class OrderLineReturned:
    line_number: int = strawberry.field(description="The order's line.")
    asked: Quantity = strawberry.field(description="What is asked back, or came.")
    received: Quantity = strawberry.field(description="What came.")
    credited: Quantity = strawberry.field(description="What is credited.")


@strawberry.type(description="What of an order came back, and was credited.")
class OrderReturned:
    credited: Money = strawberry.field(description="What was credited in all.")
    refunded: Money = strawberry.field(description="What of that is paid out.")
    lines: list[OrderLineReturned] = strawberry.field(
        description="Line by line; lines of which nothing is asked back are left out."
    )

    @classmethod
    def of(cls, total: Row[Any], lines: Sequence[Row[Any]]) -> "OrderReturned":
        """From rows of the domain's queries."""
        return cls(
            credited=money(total.credited_minor, total.currency),
            refunded=money(total.refunded_minor, total.currency),
            lines=[
                OrderLineReturned(
                    line_number=row.line_number,
                    asked=quantity(row.asked, row.base_unit or ""),
                    received=quantity(row.received, row.base_unit or ""),
                    credited=quantity(row.credited, row.base_unit or ""),
                )
                for row in lines
            ],
        )


async def load_returned_of_orders(reader: Reader, ids: Sequence[int]) -> list[OrderReturned | None]:
    """A batch for loaders: what came back of each order; null where nothing is asked back."""
    lines = await queries.returned_lines_of_orders(reader, order_ids=ids)
    totals = await queries.returned_of_orders(reader, order_ids=ids)
    return [
        OrderReturned.of(totals[order_id], lines[order_id]) if lines[order_id] else None
        for order_id in ids
    ]

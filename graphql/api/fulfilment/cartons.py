"""Cartons on the API."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.context import Info
from api.ids import global_id
from domain.fulfilment import queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@strawberry.type(description="What lies in a carton.")
class CartonLine:
    line_id: strawberry.ID = strawberry.field(description="The line of the fulfilment order.")
    quantity: Decimal = strawberry.field(description="How much, in the item's base unit.")


@strawberry.type(description="A package of a fulfilment order.")
class Carton:
    sscc: str = strawberry.field(description="Its Serial Shipping Container Code (GS1), 18 digits.")
    packed_at: datetime = strawberry.field(description="When it was packed.")
    has_shipped: bool = strawberry.field(description="Whether it has left.")
    row_id: strawberry.Private[int]

    @strawberry.field(description="What lies in it.")
    async def lines(self, info: Info) -> list[CartonLine]:
        return await info.context.load(load_lines_of_cartons, self.row_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "Carton":
        """From a row of the domain's queries."""
        return cls(
            sscc=row.sscc,
            packed_at=row.packed_at,
            has_shipped=row.shipment_id is not None,
            row_id=row.id,
        )


async def load_cartons_of_fulfilment(reader: Reader, ids: Sequence[int]) -> list[list[Carton]]:
    """A batch for loaders: the cartons of each fulfilment order."""
    rows = await queries.cartons_of_fulfilment_orders(reader, fulfilment_order_ids=ids)
    return [[Carton.of(row) for row in rows.get(row_id, ())] for row_id in ids]


async def load_lines_of_cartons(reader: Reader, ids: Sequence[int]) -> list[list[CartonLine]]:
    """A batch for loaders: what lies in each carton."""
    rows = await queries.lines_of_cartons(reader, carton_ids=ids)
    return [
        [
            CartonLine(
                line_id=global_id("FulfilmentLine", row.fulfilment_line_id),
                quantity=plain(row.quantity),
            )
            for row in rows.get(row_id, ())
        ]
        for row_id in ids
    ]

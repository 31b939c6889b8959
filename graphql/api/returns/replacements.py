"""Other goods for returns on the API."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.context import Info
from api.ids import global_id
from api.nodes import Node, refetched_by
from api.orders.orders import Order, load_orders
from api.returns.states import (
    ReturnReplacementAction,
    ReturnReplacementKind,
    ReturnReplacementStatus,
)
from api.scalars import Quantity, quantity
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.returns.policies.states import replacement_actions
from domain.returns.queries import requests as queries


@strawberry.type(description="What is wanted instead of returned goods.")
class ReturnReplacementLine:
    quantity: Quantity = strawberry.field(description="How much, in base units.")
    unit_price: Decimal | None = strawberry.field(
        description="The price of one; null: the customer's price."
    )
    item_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "ReturnReplacementLine":
        """From a row of the domain's queries."""
        return cls(
            quantity=quantity(row.quantity, row.base_unit or ""),
            unit_price=None if row.unit_price is None else plain(row.unit_price),
            item_id=row.item_id,
        )

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@strawberry.type(description="Other goods for a return.")
class ReturnReplacement(Node):
    kind: ReturnReplacementKind = strawberry.field(description="The same again, or others.")
    status: ReturnReplacementStatus = strawberry.field(description="How far it is.")
    version: int = strawberry.field(description="Rises with every change.")
    requested_at: datetime = strawberry.field(description="When they were wanted.")
    ordered_at: datetime | None = strawberry.field(description="When they were ordered.")
    row_id: strawberry.Private[int]
    order_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "ReturnReplacement":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("ReturnReplacement", row.id),
            row_id=row.id,
            kind=ReturnReplacementKind(row.kind),
            status=ReturnReplacementStatus(row.status),
            version=row.version,
            requested_at=row.requested_at,
            ordered_at=row.ordered_at,
            order_id=row.order_id,
        )

    @strawberry.field(description="The order of them; null before. Needs orders.read.")
    async def order(self, info: Info) -> Order | None:
        if self.order_id is None:
            return None
        return await info.context.load(load_orders, self.order_id)

    @strawberry.field(description="What is wanted instead.")
    async def lines(self, info: Info) -> list[ReturnReplacementLine]:
        rows = await info.context.load(load_replacement_lines, self.row_id)
        return [ReturnReplacementLine.of(row) for row in rows]

    @strawberry.field(description="What may be done with it now, by the caller.")
    async def supported_actions(self, info: Info) -> list[ReturnReplacementAction]:
        allowed = replacement_actions(str(self.status.value), may=info.context.principal.may)
        return [ReturnReplacementAction(each) for each in allowed]


async def load_return_replacements(
    reader: Reader, ids: Sequence[int]
) -> list[ReturnReplacement | None]:
    """A batch for loaders: the replacements of these row ids, in order."""
    rows = await queries.replacements_of_ids(reader, ids=ids)
    return [ReturnReplacement.of(rows[n]) if n in rows else None for n in ids]


async def load_replacement_lines(reader: Reader, ids: Sequence[int]) -> list[list[Row[Any]]]:
    """A batch for loaders: the lines of each replacement."""
    found = await queries.lines_of_replacements(reader, replacement_ids=ids)
    return [found[replacement_id] for replacement_id in ids]


refetched_by("ReturnReplacement", load_return_replacements)

"""What may be refused of counts and corrections, as typed user errors."""

import asyncio

import strawberry

from api.catalog.items import Item, load_items
from api.context import Info
from api.orders.lines import OrderLine, load_order_lines
from api.orders.orders import Order, load_orders
from api.user_errors import UserError, answers
from domain.inventory.outcomes import CountSuperseded, NothingCounted, StockPromised


@answers(
    StockPromised,
    convert=lambda fields: {name: fields[name] for name in ("item_ids", "order_line_ids")},
)
@strawberry.type(description="Less was found than is promised; nothing was taken from anybody.")
class StockPromisedError(UserError):
    item_ids: strawberry.Private[list[int]]
    order_line_ids: strawberry.Private[list[int]]

    @strawberry.field(description="The items of which less is there than is promised.")
    async def items(self, info: Info) -> list[Item]:
        found = await asyncio.gather(*(info.context.load(load_items, n) for n in self.item_ids))
        return [item for item in found if item is not None]

    @strawberry.field(description="The order lines to decide about, the oldest promise first.")
    async def order_lines(self, info: Info) -> list[OrderLine]:
        return await self._lines(info)

    @strawberry.field(description="The orders to decide about, the oldest promise first.")
    async def orders(self, info: Info) -> list[Order]:
        lines = await self._lines(info)
        ids = dict.fromkeys(line.order_id for line in lines)
        found = await asyncio.gather(*(info.context.load(load_orders, n) for n in ids))
        return [order for order in found if order is not None]

    async def _lines(self, info: Info) -> list[OrderLine]:
        loads = (info.context.load(load_order_lines, n) for n in self.order_line_ids)
        found = await asyncio.gather(*loads)
        return [line for line in found if line is not None]


@answers(CountSuperseded, convert=lambda fields: {"item_id": fields["item_id"]})
@strawberry.type(description="The stock was counted or told later than that; nothing was booked.")
class CountSupersededError(UserError):
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@answers(NothingCounted, convert=lambda _: {})
@strawberry.type(description="No line of the count has been counted.")
class NothingCountedError(UserError):
    pass

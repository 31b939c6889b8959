"""What may be done to the value of stock, on the API."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Annotated, Any

import strawberry

import api.inventory.cost_outcomes  # noqa: F401  (what these may refuse is registered there)
from api.context import Info
from api.ids import row_id_of
from api.inputs import given
from api.inventory.revaluations import StockRevaluation, load_revaluations
from api.user_errors import UserError
from api.writing import Performed, perform
from domain.inventory.approved_revaluations import Wanted
from domain.inventory.operations.pricing_receipts import PricedLine, price_receipt
from domain.inventory.operations.revaluing import (
    revalue_stock,
    reverse_write_down,
    write_down_stock,
)
from domain.kernel.work import Work

Change = Callable[..., Awaitable[int]]


@strawberry.input(description="An item, and what a base unit of it is to be worth.")
class StockValueLineInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    unit_value: Decimal | None = strawberry.field(
        default=None,
        description="Major units of the entity's currency; to take a write-down back, null takes "
        "back all of it.",
    )


@strawberry.input(description="A change of what stock of an entity is worth.")
class RevalueStockInput:
    entity_id: strawberry.ID = strawberry.field(description="Whose stock.")
    lines: list[StockValueLineInput] = strawberry.field(description="The items; 1 to 1,000.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="What a base unit of an item of a receipt cost.")
class PricedLineInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    unit_cost: Decimal = strawberry.field(
        description="Of a base unit, in major units of the owner's currency."
    )
    quantity: Decimal | None = strawberry.field(
        default=None, description="Of so many base units; of all that wait if absent."
    )


@strawberry.input(description="What the goods of a receipt cost that came before that was known.")
class PriceReceiptInput:
    document_id: strawberry.ID = strawberry.field(description="The receipt, a stock document.")
    lines: list[PricedLineInput] = strawberry.field(description="Its items; 1 to 1,000.")
    reason: str = strawberry.field(default="priced", description="Why.")


@strawberry.type(description="What a mutation did to the value of stock.")
class StockRevaluationPayload:
    stock_revaluation: StockRevaluation | None = strawberry.field(
        description="The document: booked, or waiting for somebody's yes."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was booked.")


async def _payload(info: Info, done: Performed) -> StockRevaluationPayload:
    return StockRevaluationPayload(
        stock_revaluation=await info.context.load_done(load_revaluations, done["id"]),
        user_errors=done.user_errors,
    )


async def _change(info: Info, input: RevalueStockInput, change: Change) -> StockRevaluationPayload:
    entity_id = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))
    lines = [
        Wanted(row_id_of(line.item_id, "Item", path=("lines", n, "itemId")), line.unit_value)
        for n, line in enumerate(input.lines)
    ]

    async def run(work: Work) -> dict[str, Any]:
        return {"id": await change(work, entity_id=entity_id, lines=lines, reason=input.reason)}

    return await _payload(info, await perform(info, run, input=input, key_required=True))


@strawberry.type
class StockRevaluationMutation:
    @strawberry.mutation(
        description="Write stock down to what it would fetch. Above the entity's amount it waits "
        "for somebody's yes. Needs inventory.revalue."
    )
    async def write_down_stock(
        self,
        info: Info,
        input: Annotated[RevalueStockInput, strawberry.argument(description="What, to what.")],
    ) -> StockRevaluationPayload:
        return await _change(info, input, write_down_stock)

    @strawberry.mutation(
        description="Take a write-down back, up to what the goods cost. Above the entity's amount "
        "it waits for somebody's yes. Needs inventory.revalue."
    )
    async def reverse_write_down(
        self,
        info: Info,
        input: Annotated[RevalueStockInput, strawberry.argument(description="What, to what.")],
    ) -> StockRevaluationPayload:
        return await _change(info, input, reverse_write_down)

    @strawberry.mutation(
        description="Make stock worth more or less by hand. Above the entity's amount it waits "
        "for somebody's yes. Needs inventory.revalue."
    )
    async def revalue_stock(
        self,
        info: Info,
        input: Annotated[RevalueStockInput, strawberry.argument(description="What, to what.")],
    ) -> StockRevaluationPayload:
        return await _change(info, input, revalue_stock)

    @strawberry.mutation(
        description="Say what goods cost that came before that was known; what left of them is "
        "corrected. Needs inventory.revalue."
    )
    async def price_receipt(
        self,
        info: Info,
        input: Annotated[PriceReceiptInput, strawberry.argument(description="Of which receipt.")],
    ) -> StockRevaluationPayload:
        document_id = row_id_of(input.document_id, "StockDocument", path=("documentId",))
        lines = [
            PricedLine(
                item_id=row_id_of(line.item_id, "Item", path=("lines", n, "itemId")),
                **given(line, "unit_cost", "quantity"),
            )
            for n, line in enumerate(input.lines)
        ]

        async def price(work: Work) -> dict[str, Any]:
            priced = price_receipt(work, document_id=document_id, lines=lines, reason=input.reason)
            return {"id": await priced}

        return await _payload(info, await perform(info, price, input=input, key_required=True))

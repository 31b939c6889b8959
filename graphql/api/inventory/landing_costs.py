"""Landed cost documents are booked and taken back, on the API."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.inventory.landed_costs import (
    KIND,
    LandedBasis,
    LandedChargeKind,
    LandedCost,
    load_landed_costs,
)
from api.user_errors import UserError
from api.writing import Performed, perform
from domain.inventory.operations.landed_costs import (
    book_landed_cost,
    reverse_landed_cost,
)
from domain.inventory.valuation.charged import LandedChargeLine
from domain.inventory.valuation.landed import LandedReceipt
from domain.kernel.work import Work


@strawberry.input(description="A charge, and by what it is spread.")
class LandedChargeInput:
    kind: LandedChargeKind = strawberry.field(description="What it is for.")
    basis: LandedBasis = strawberry.field(description="By what it is spread.")
    amount: Decimal = strawberry.field(
        description="How much, in major units of the entity's currency."
    )


@strawberry.input(description="A receipt that bears of the charges: all of it, or one item.")
class LandedReceiptInput:
    document_id: strawberry.ID = strawberry.field(description="The receipt, a stock document.")
    item_id: strawberry.ID | None = strawberry.field(
        default=None, description="One item of it; all if absent."
    )
    weight: Decimal | None = strawberry.field(
        default=None, description="The weight of that, in any unit that is the same for all."
    )
    volume: Decimal | None = strawberry.field(
        default=None, description="The volume of that, in any unit that is the same for all."
    )


@strawberry.input(description="Freight, duty and the like, and the receipts that bear it.")
class BookLandedCostInput:
    entity_id: strawberry.ID = strawberry.field(description="Whose receipts they are.")
    charges: list[LandedChargeInput] = strawberry.field(description="The charges; 1 to 1,000.")
    receipts: list[LandedReceiptInput] = strawberry.field(description="What bears them.")
    reason: str = strawberry.field(description="Why.")
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whom it is owed to."
    )
    external_reference: str | None = strawberry.field(
        default=None, description="The sender's own number."
    )
    currency: str | None = strawberry.field(
        default=None,
        description="The currency (ISO 4217) of the charges, at the day's rate; the entity's own "
        "if absent.",
    )


@strawberry.input(description="A landed cost document to be taken back.")
class ReverseLandedCostInput:
    landed_cost_id: strawberry.ID = strawberry.field(description="The document.")
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="What a mutation did to a landed cost document.")
class LandedCostPayload:
    landed_cost: LandedCost | None = strawberry.field(description="The document as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was booked.")


def _receipt(input: LandedReceiptInput, number: int) -> LandedReceipt:
    path = ("receipts", number)
    return LandedReceipt(
        document_id=row_id_of(input.document_id, "StockDocument", path=(*path, "documentId")),
        item_id=optional_row_id(input.item_id, "Item", path=(*path, "itemId")),
        weight=input.weight,
        volume=input.volume,
    )


async def _payload(info: Info, done: Performed) -> LandedCostPayload:
    return LandedCostPayload(
        landed_cost=await info.context.load_done(load_landed_costs, done["id"]),
        user_errors=done.user_errors,
    )


@strawberry.type
class LandedCostMutation:
    @strawberry.mutation(
        description="Spread charges over receipts, to goods there and goods gone. Needs "
        "inventory.revalue."
    )
    async def book_landed_cost(
        self,
        info: Info,
        input: Annotated[BookLandedCostInput, strawberry.argument(description="The document.")],
    ) -> LandedCostPayload:
        fields: dict[str, Any] = {
            "entity_id": row_id_of(input.entity_id, "LegalEntity", path=("entityId",)),
            "party_id": optional_row_id(input.party_id, "Party", path=("partyId",)),
            "charges": [LandedChargeLine(**given(each)) for each in input.charges],
            "receipts": [_receipt(each, n) for n, each in enumerate(input.receipts)],
            **given(input, "reason", "external_reference", "currency"),
        }

        async def book(work: Work) -> dict[str, Any]:
            return {"id": await book_landed_cost(work, **fields)}

        return await _payload(info, await perform(info, book, input=input, key_required=True))

    @strawberry.mutation(description="Take a landed cost document back. Needs inventory.revalue.")
    async def reverse_landed_cost(
        self,
        info: Info,
        input: Annotated[ReverseLandedCostInput, strawberry.argument(description="Which one.")],
    ) -> LandedCostPayload:
        landed_id = row_id_of(input.landed_cost_id, KIND, path=("landedCostId",))

        async def reverse(work: Work) -> dict[str, Any]:
            return {
                "id": await reverse_landed_cost(work, landed_cost_id=landed_id, reason=input.reason)
            }

        return await _payload(info, await perform(info, reverse, input=input, key_required=True))

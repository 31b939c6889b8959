"""What may be done to stock by hand, on the API."""

import asyncio
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry

import api.inventory.outcomes  # noqa: F401  (what these may refuse is registered there)
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.inventory.balances import StockBalance, load_balances
from api.inventory.movements import StockDocument, load_stock_documents
from api.user_errors import UserError
from api.writing import Performed, perform
from domain.inventory.documents import WrittenDocument
from domain.inventory.lines import AdjustmentLine, ReceiptLine
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.operations.states import change_stock_state, set_safety_stock
from domain.inventory.valuation.receiving import Terms
from domain.kernel.work import Work


@strawberry.enum(description="A state of goods that may be changed by hand.")
class StockState(Enum):
    AVAILABLE = strawberry.enum_value("available", description="Fit for sale.")
    QUALITY_CONTROL = strawberry.enum_value("quality_control", description="Held for inspection.")
    DAMAGED = strawberry.enum_value("damaged", description="Not fit for sale.")


@strawberry.input(description="Goods that came in.")
class ReceiptLineInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    quantity: Decimal = strawberry.field(description="How many of the unit.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; its base unit if absent."
    )
    condition: str = strawberry.field(default="new", description="new, refurbished or used.")
    lot: str = strawberry.field(default="", description="The lot, where tracked.")
    unit_cost: Decimal | None = strawberry.field(
        default=None,
        description="Major units of the owner's currency; the moving average if absent.",
    )
    cost_unit: str | None = strawberry.field(
        default=None, description="The unit that the cost is for; the line's own if absent."
    )
    manufactured_on: date | None = strawberry.field(
        default=None, description="The day the lot was made."
    )
    expires_on: date | None = strawberry.field(
        default=None, description="The lot's last good day; refused if it is known to be another."
    )
    serials: list[str] = strawberry.field(
        default_factory=list, description="The serial number of each piece, where tracked."
    )


@strawberry.input(description="A receipt of goods at one location for one owner.")
class ReceiveStockInput:
    location_id: strawberry.ID = strawberry.field(description="Where.")
    lines: list[ReceiptLineInput] = strawberry.field(description="What; 1 to 1,000 lines.")
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose; the location's own legal entity if absent."
    )
    reason: str = strawberry.field(default="received", description="Why, such as purchase.")
    external_reference: str | None = strawberry.field(
        default=None, description="The sender's own number."
    )
    currency: str | None = strawberry.field(
        default=None, description="The costs' currency; refused if the owner's books differ."
    )
    received_on: date | None = strawberry.field(
        default=None,
        description="The day since which the goods count, today if absent; what left since then "
        "is corrected.",
    )
    is_pending: bool = strawberry.field(
        default=False, description="What they cost is not known yet: priceReceipt tells it later."
    )
    consignor_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The party whose goods they stay until they leave; their cost is owed then.",
    )


@strawberry.input(description="A correction: by delta, or to quantity if expected is on hand.")
class AdjustmentLineInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    delta: Decimal | None = strawberry.field(default=None, description="How much more or less.")
    quantity: Decimal | None = strawberry.field(
        default=None, description="How much there is; give expected too."
    )
    expected: Decimal | None = strawberry.field(
        default=None, description="How much the caller thought there was; refused otherwise."
    )
    unit: str | None = strawberry.field(
        default=None, description="The unit of all three; the item's base unit if absent."
    )
    condition: str = strawberry.field(default="new", description="new, refurbished or used.")
    lot: str = strawberry.field(default="", description="The lot, where tracked.")
    serials: list[str] = strawberry.field(
        default_factory=list, description="The pieces that were found or are gone, where tracked."
    )


@strawberry.input(description="A correction of what is on hand at a location.")
class AdjustStockInput:
    location_id: strawberry.ID = strawberry.field(description="Where.")
    lines: list[AdjustmentLineInput] = strawberry.field(description="What; 1 to 1,000 lines.")
    reason: str = strawberry.field(description="Why.")
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose; the location's own legal entity if absent."
    )


@strawberry.input(description="Goods that go from one state into another.")
class ChangeStockStateInput:
    location_id: strawberry.ID = strawberry.field(description="Where.")
    item_id: strawberry.ID = strawberry.field(description="The item.")
    quantity: Decimal = strawberry.field(description="How many of the unit.")
    from_state: StockState = strawberry.field(description="The state they are in.")
    to_state: StockState = strawberry.field(description="The state they go into.")
    reason: str = strawberry.field(description="Why.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; its base unit if absent."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose; the location's own legal entity if absent."
    )
    condition: str = strawberry.field(default="new", description="new, refurbished or used.")
    lot: str = strawberry.field(default="", description="The lot, where tracked.")
    serials: list[str] = strawberry.field(
        default_factory=list, description="The pieces, where tracked."
    )


@strawberry.input(description="How much of an item is kept back at a location.")
class SetSafetyStockInput:
    location_id: strawberry.ID = strawberry.field(description="Where.")
    item_id: strawberry.ID = strawberry.field(description="The item.")
    quantity: Decimal = strawberry.field(description="How many of the unit; 0 for none.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; its base unit if absent."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose; the location's own legal entity if absent."
    )
    condition: str = strawberry.field(default="new", description="new, refurbished or used.")
    lot: str = strawberry.field(default="", description="The lot, where tracked.")


@strawberry.type(description="What a mutation did to stock.")
class StockDocumentPayload:
    document: StockDocument | None = strawberry.field(description="The document it wrote.")
    balances: list[StockBalance] = strawberry.field(
        description="The balances of its lines as they are now, in the order of the lines."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was moved.")


@strawberry.type(description="What setSafetyStock did.")
class SetSafetyStockPayload:
    balance: StockBalance | None = strawberry.field(description="The balance as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


Place = ReceiveStockInput | AdjustStockInput | ChangeStockStateInput | SetSafetyStockInput


def _site(input: Place) -> dict[str, Any]:
    return {
        "location_id": row_id_of(input.location_id, "Location", path=("locationId",)),
        "owner_id": optional_row_id(input.owner_id, "LegalEntity", path=("ownerId",)),
    }


def _terms(input: ReceiveStockInput) -> Terms:
    consignor_id = optional_row_id(input.consignor_id, "Party", path=("consignorId",))
    return Terms(consignor_id=consignor_id, **given(input, "received_on", "is_pending"))


def _line(input: ReceiptLineInput | AdjustmentLineInput, number: int) -> dict[str, Any]:
    item_id = row_id_of(input.item_id, "Item", path=("lines", number, "itemId"))
    return {**given(input), "item_id": item_id}


def _place(input: ChangeStockStateInput | SetSafetyStockInput) -> dict[str, Any]:
    item_id = row_id_of(input.item_id, "Item", path=("itemId",))
    return {**given(input), **_site(input), "item_id": item_id}


def document_values(document: WrittenDocument) -> dict[str, Any]:
    """What a stock document is remembered by in the answer to its mutation."""
    return {"id": document.document_id, "balance_ids": list(document.balance_ids)}


async def document_payload(info: Info, done: Performed) -> StockDocumentPayload:
    """The payload of a mutation that wrote a stock document."""
    found = await asyncio.gather(
        *(info.context.load_done(load_balances, n) for n in done["balance_ids"] or ())
    )
    return StockDocumentPayload(
        document=await info.context.load_done(load_stock_documents, done["id"]),
        balances=[balance for balance in found if balance is not None],
        user_errors=done.user_errors,
    )


@strawberry.type
class StockMutation:
    @strawberry.mutation(
        description="Goods came in. Stock, cost and journal follow. Needs inventory.receive."
    )
    async def receive_stock(
        self,
        info: Info,
        input: Annotated[ReceiveStockInput, strawberry.argument(description="The receipt.")],
    ) -> StockDocumentPayload:
        lines = [ReceiptLine(**_line(line, n)) for n, line in enumerate(input.lines)]
        fields = given(input, "reason", "external_reference", "currency") | {"terms": _terms(input)}

        async def receive(work: Work) -> dict[str, Any]:
            return document_values(await receive_stock(work, lines=lines, **_site(input), **fields))

        return await document_payload(
            info, await perform(info, receive, input=input, key_required=True)
        )

    @strawberry.mutation(
        description="Correct what is on hand. Cost and journal follow. Needs inventory.adjust."
    )
    async def adjust_stock(
        self,
        info: Info,
        input: Annotated[AdjustStockInput, strawberry.argument(description="The correction.")],
    ) -> StockDocumentPayload:
        lines = [AdjustmentLine(**_line(line, n)) for n, line in enumerate(input.lines)]

        async def adjust(work: Work) -> dict[str, Any]:
            return document_values(
                await adjust_stock(work, lines=lines, reason=input.reason, **_site(input))
            )

        return await document_payload(
            info, await perform(info, adjust, input=input, key_required=True)
        )

    @strawberry.mutation(
        description="Hold goods, mark them damaged, or free them. Needs inventory.adjust."
    )
    async def change_stock_state(
        self,
        info: Info,
        input: Annotated[ChangeStockStateInput, strawberry.argument(description="The change.")],
    ) -> StockDocumentPayload:
        async def change(work: Work) -> dict[str, Any]:
            return document_values(await change_stock_state(work, **_place(input)))

        return await document_payload(
            info, await perform(info, change, input=input, key_required=True)
        )

    @strawberry.mutation(
        description="Keep back a quantity from what may be promised. Needs inventory.adjust."
    )
    async def set_safety_stock(
        self,
        info: Info,
        input: Annotated[SetSafetyStockInput, strawberry.argument(description="How much where.")],
    ) -> SetSafetyStockPayload:
        async def keep(work: Work) -> dict[str, Any]:
            return {"id": await set_safety_stock(work, **_place(input))}

        done = await perform(info, keep, input=input)
        balance = await info.context.load_done(load_balances, done["id"])
        return SetSafetyStockPayload(balance=balance, user_errors=done.user_errors)

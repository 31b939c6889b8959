"""Taking in, inspecting and disposing of returned goods on the API."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry

import api.returns.outcomes  # noqa: F401  (what these may refuse is registered there)
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.returns.documents import ReturnReceipt, load_return_receipts
from api.returns.goods import KIND as UNIT
from api.returns.goods import ReturnUnit, load_return_units
from api.returns.returns import KIND
from api.returns.states import ReturnCondition, ReturnDispositionKind
from api.user_errors import UserError
from api.writing import perform, perform_one
from domain.kernel.errors import InvalidInput
from domain.kernel.work import Work
from domain.returns.arriving import ReturnedGoods
from domain.returns.operations.disposing import dispose_return
from domain.returns.operations.inspecting import Finding, inspect_return
from domain.returns.operations.receiving import (
    receive_authorized,
    receive_return,
    receive_unannounced,
)


@strawberry.input(description="Goods that came back.")
class ReturnedGoodsInput:
    item_id: strawberry.ID = strawberry.field(description="The item, whatever was announced.")
    quantity: Decimal = strawberry.field(description="How many of the unit.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; its base unit if absent."
    )
    lot: str = strawberry.field(default="", description="The lot, where tracked.")
    serials: list[str] = strawberry.field(
        default_factory=list, description="The serial number of every piece, where tracked."
    )


@strawberry.input(
    description="Goods of a return that came: named by the return, or by the code on the label."
)
class ReceiveReturnInput:
    location_id: strawberry.ID = strawberry.field(description="Where they came, wherever that is.")
    lines: list[ReturnedGoodsInput] = strawberry.field(description="What came; 1 to 200 lines.")
    return_id: strawberry.ID | None = strawberry.field(default=None, description="The return.")
    code: str | None = strawberry.field(
        default=None,
        description="The number or barcode of the authorisation, where no return is named.",
    )
    carrier: str | None = strawberry.field(default=None, description="Who carried them.")
    tracking_number: str | None = strawberry.field(default=None, description="Under which number.")
    comment: str | None = strawberry.field(default=None, description="What is to be said beside.")


@strawberry.input(description="Goods that came back and that nobody announced.")
class ReceiveUnannouncedReturnInput:
    location_id: strawberry.ID = strawberry.field(description="Where they came.")
    lines: list[ReturnedGoodsInput] = strawberry.field(description="What came; 1 to 200 lines.")
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="The order that they are of, where the parcel tells it."
    )
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who sent them, where the parcel tells it."
    )
    carrier: str | None = strawberry.field(default=None, description="Who carried them.")
    tracking_number: str | None = strawberry.field(default=None, description="Under which number.")
    comment: str | None = strawberry.field(default=None, description="What is to be said beside.")


@strawberry.type(description="What a mutation took in.")
class ReturnReceiptPayload:
    return_receipt: ReturnReceipt | None = strawberry.field(description="What came.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


@strawberry.input(description="What was found of returned goods.")
class ReturnFindingInput:
    condition: ReturnCondition = strawberry.field(description="Their condition.")
    quantity: Decimal | None = strawberry.field(
        default=None, description="How many, in base units; all of them if absent."
    )
    notes: str | None = strawberry.field(default=None, description="What is to be said beside.")
    photos: list[str] = strawberry.field(
        default_factory=list, description="Where the photos are: addresses or names."
    )


@strawberry.input(description="An inspection of returned goods.")
class InspectReturnInput:
    id: strawberry.ID = strawberry.field(description="The unit.")
    findings: list[ReturnFindingInput] = strawberry.field(
        description="What was found; several conditions make several units of it."
    )


@strawberry.type(description="What an inspection found.")
class InspectReturnPayload:
    return_units: list[ReturnUnit] | None = strawberry.field(
        description="The unit, and those that were parted from it."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


@strawberry.input(description="What is to be done with returned goods.")
class DisposeReturnInput:
    id: strawberry.ID = strawberry.field(description="The unit.")
    kind: ReturnDispositionKind = strawberry.field(description="What.")
    reason: str = strawberry.field(description="Why.")
    condition_in_stock: str | None = strawberry.field(
        default=None,
        description="In which condition they lie in stock then (new, refurbished, used); by their "
        "inspection if absent.",
    )


@strawberry.type(description="What was done with returned goods.")
class DisposeReturnPayload:
    return_unit: ReturnUnit | None = strawberry.field(description="The unit as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


def _goods(input: ReturnedGoodsInput, number: int) -> ReturnedGoods:
    item_id = row_id_of(input.item_id, "Item", path=("lines", number, "itemId"))
    return ReturnedGoods(**given(input) | {"item_id": item_id})


def _parcel(input: Any) -> dict[str, Any]:
    return given(input, "carrier", "tracking_number", "comment") | {
        "location_id": row_id_of(input.location_id, "Location", path=("locationId",)),
        "lines": [_goods(line, number) for number, line in enumerate(input.lines)],
    }


@strawberry.type
class ReturnedGoodsMutation:
    @strawberry.mutation(
        description="Take in goods of a return at any location: more or fewer than announced, or "
        "others. They wait outside of stock. Needs returns.receive."
    )
    async def receive_return(
        self,
        info: Info,
        input: Annotated[ReceiveReturnInput, strawberry.argument(description="What came.")],
    ) -> ReturnReceiptPayload:
        info.context.require("returns.receive")
        if input.return_id is None and input.code is None:
            raise InvalidInput("Name the return, or the code on its label.", path=("returnId",))
        return_id = optional_row_id(input.return_id, KIND, path=("returnId",))
        parcel = _parcel(input)

        async def run(work: Work) -> int:
            if return_id is None:
                return await receive_authorized(work, code=input.code or "", **parcel)
            return await receive_return(work, return_id=return_id, **parcel)

        receipt, refused = await perform_one(
            info, run, input=input, load=load_return_receipts, key_required=True
        )
        return ReturnReceiptPayload(return_receipt=receipt, user_errors=refused)

    @strawberry.mutation(
        description="Take in goods that nobody announced: a return is made of them. Needs "
        "returns.receive."
    )
    async def receive_unannounced_return(
        self,
        info: Info,
        input: Annotated[
            ReceiveUnannouncedReturnInput, strawberry.argument(description="What came.")
        ],
    ) -> ReturnReceiptPayload:
        fields = _parcel(input) | {
            "order_id": optional_row_id(input.order_id, "Order", path=("orderId",)),
            "party_id": optional_row_id(input.party_id, "Party", path=("partyId",)),
        }
        receipt, refused = await perform_one(
            info,
            lambda work: receive_unannounced(work, **fields),
            input=input,
            load=load_return_receipts,
            key_required=True,
        )
        return ReturnReceiptPayload(return_receipt=receipt, user_errors=refused)

    @strawberry.mutation(
        description="Say what was found of goods that came back. Needs returns.inspect."
    )
    async def inspect_return(
        self,
        info: Info,
        input: Annotated[InspectReturnInput, strawberry.argument(description="What was found.")],
    ) -> InspectReturnPayload:
        info.context.require("returns.inspect")
        unit_id = row_id_of(input.id, UNIT)
        findings = [Finding(**given(each)) for each in input.findings]

        async def run(work: Work) -> dict[str, Any]:
            return {"ids": await inspect_return(work, unit_id=unit_id, findings=findings)}

        done = await perform(info, run, input=input)
        if done.user_errors:
            return InspectReturnPayload(return_units=None, user_errors=done.user_errors)
        units = [await info.context.load_done(load_return_units, each) for each in done["ids"]]
        return InspectReturnPayload(
            return_units=[unit for unit in units if unit is not None], user_errors=[]
        )

    @strawberry.mutation(
        description="Do with inspected goods what is decided: into stock at what they cost when "
        "they left, or gone. Needs returns.dispose."
    )
    async def dispose_return(
        self,
        info: Info,
        input: Annotated[DisposeReturnInput, strawberry.argument(description="What.")],
    ) -> DisposeReturnPayload:
        info.context.require("returns.dispose")
        unit_id = row_id_of(input.id, UNIT)
        fields = given(input, "kind", "reason", "condition_in_stock")

        async def run(work: Work) -> int:
            await dispose_return(work, unit_id=unit_id, **fields)
            return unit_id

        unit, refused = await perform_one(
            info, run, input=input, load=load_return_units, key_required=True
        )
        return DisposeReturnPayload(return_unit=unit, user_errors=refused)

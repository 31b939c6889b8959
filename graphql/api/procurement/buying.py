"""Ordering from suppliers, deciding about their proposals, and receiving, on the API."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry

import api.procurement.outcomes  # noqa: F401  (what these may refuse is registered there)
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.procurement.orders import KIND, PurchaseOrder, load_purchase_orders
from api.user_errors import UserError
from api.writing import perform_one
from domain.kernel.work import Work
from domain.procurement.arriving import ReceivedPurchaseLine
from domain.procurement.drafts import WantedPurchaseLine
from domain.procurement.operations.confirming import decide_purchase_proposal
from domain.procurement.operations.ending import cancel_purchase_order, close_purchase_order
from domain.procurement.operations.ordering import create_purchase_order, send_purchase_order
from domain.procurement.operations.receiving import receive_purchase_order


@strawberry.input(description="A quantity of an item that is to be bought.")
class PurchaseOrderLineInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    quantity: Decimal = strawberry.field(description="How many of the unit.")
    unit_price: Decimal = strawberry.field(description="The price of one, in major units.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; its base unit if absent."
    )
    wanted_on: date | None = strawberry.field(
        default=None, description="When it is wanted; after the supplier's lead time, if absent."
    )


@strawberry.input(description="What is to be bought of a supplier.")
class CreatePurchaseOrderInput:
    supplier_id: strawberry.ID = strawberry.field(description="Of whom.")
    location_id: strawberry.ID = strawberry.field(description="Where the goods are to come.")
    lines: list[PurchaseOrderLineInput] = strawberry.field(description="What; 1 to 1,000 lines.")
    entity_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who buys; the location's own legal entity if absent."
    )
    currency: str | None = strawberry.field(
        default=None,
        description="The currency of the prices (ISO 4217); that of the buyer's books if absent.",
    )
    external_reference: str | None = strawberry.field(
        default=None, description="Another system's number of it."
    )
    note: str | None = strawberry.field(default=None, description="For the supplier.")
    over_percent: Decimal = strawberry.field(
        default=Decimal(0), description="How much more than ordered may come, in percent."
    )
    under_percent: Decimal = strawberry.field(
        default=Decimal(0), description="How much less counts as all, in percent."
    )


@strawberry.input(description="An order that is sent to its supplier.")
class SendPurchaseOrderInput:
    id: strawberry.ID = strawberry.field(description="The order.")
    answer_within_days: int = strawberry.field(
        default=2, description="Within how many days the supplier should answer."
    )


@strawberry.input(description="What the buyer says to a proposal.")
class DecidePurchaseProposalInput:
    id: strawberry.ID = strawberry.field(description="The order.")
    confirmation: int = strawberry.field(description="The answer, by its number in the order.")
    accept: bool = strawberry.field(description="Whether it shall hold.")
    lines: list[int] | None = strawberry.field(
        default=None, description="Only about these lines; all that wait, if absent."
    )
    reason: str | None = strawberry.field(default=None, description="Why.")


@strawberry.input(description="Which order, and why.")
class EndPurchaseOrderInput:
    id: strawberry.ID = strawberry.field(description="The order.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="What came of a line.")
class ReceivedPurchaseLineInput:
    line_number: int = strawberry.field(description="The order's line.")
    quantity: Decimal = strawberry.field(description="How many, damaged ones as well.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; that of the order if absent."
    )
    damaged: Decimal = strawberry.field(
        default=Decimal(0), description="How many of them are damaged."
    )
    closes: bool = strawberry.field(
        default=False, description="Whether no more of the line will come."
    )
    lot: str = strawberry.field(default="", description="The lot, where tracked.")
    manufactured_on: date | None = strawberry.field(default=None, description="When it was made.")
    expires_on: date | None = strawberry.field(default=None, description="Until when it is good.")
    serials: list[str] = strawberry.field(
        default_factory=list, description="The serial number of every piece, where tracked."
    )
    damaged_serials: list[str] = strawberry.field(
        default_factory=list, description="Those of the damaged ones among them."
    )


@strawberry.input(description="Goods of an order that came.")
class ReceivePurchaseOrderInput:
    id: strawberry.ID = strawberry.field(description="The order.")
    lines: list[ReceivedPurchaseLineInput] = strawberry.field(description="What came.")
    ship_notice: str | None = strawberry.field(
        default=None, description="The ship notice that it came with, by its number."
    )
    notice_is_complete: bool = strawberry.field(
        default=True,
        description="Whether no more of the notice follows; what is missing is to be sent still.",
    )
    comment: str | None = strawberry.field(default=None, description="What is to be said beside.")


@strawberry.type(description="What a mutation did to a purchase order.")
class PurchaseOrderPayload:
    purchase_order: PurchaseOrder | None = strawberry.field(description="The order as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


async def purchase_payload(
    info: Info, run: Callable[[Work], Awaitable[int]], *, input: object, key_required: bool = True
) -> PurchaseOrderPayload:
    """Run an operation that gives an order's id, and answer with the order."""
    order, refused = await perform_one(
        info, run, input=input, load=load_purchase_orders, key_required=key_required
    )
    return PurchaseOrderPayload(purchase_order=order, user_errors=refused)


def wanted_line(input: PurchaseOrderLineInput, number: int) -> WantedPurchaseLine:
    """A line in the domain's words. Raises InvalidInput."""
    item_id = row_id_of(input.item_id, "Item", path=("lines", number, "itemId"))
    return WantedPurchaseLine(**given(input) | {"item_id": item_id})


@strawberry.type
class PurchaseOrderMutation:
    @strawberry.mutation(
        description="Write an order; the supplier does not see it yet. Needs procurement.manage."
    )
    async def create_purchase_order(
        self,
        info: Info,
        input: Annotated[CreatePurchaseOrderInput, strawberry.argument(description="The order.")],
    ) -> PurchaseOrderPayload:
        lines = [wanted_line(line, number) for number, line in enumerate(input.lines)]
        told = given(input, "currency", "external_reference", "over_percent", "under_percent")
        fields = told | {
            "supplier_id": row_id_of(input.supplier_id, "Party", path=("supplierId",)),
            "location_id": row_id_of(input.location_id, "Location", path=("locationId",)),
            "entity_id": optional_row_id(input.entity_id, "LegalEntity", path=("entityId",)),
            "note_to_supplier": input.note,
        }
        return await purchase_payload(
            info, lambda work: create_purchase_order(work, lines=lines, **fields), input=input
        )

    @strawberry.mutation(
        description=(
            "The supplier sees the order; what is ordered is to come, and orders may be promised "
            "it. Needs procurement.manage."
        )
    )
    async def send_purchase_order(
        self,
        info: Info,
        input: Annotated[SendPurchaseOrderInput, strawberry.argument(description="Which.")],
    ) -> PurchaseOrderPayload:
        order_id = row_id_of(input.id, KIND)
        fields = given(input, "answer_within_days")
        return await purchase_payload(
            info, lambda work: send_purchase_order(work, order_id=order_id, **fields), input=input
        )

    @strawberry.mutation(
        description=(
            "Accept or refuse what a supplier proposes; accepted, it holds from now on. "
            "Needs procurement.manage."
        )
    )
    async def decide_purchase_proposal(
        self,
        info: Info,
        input: Annotated[
            DecidePurchaseProposalInput, strawberry.argument(description="The decision.")
        ],
    ) -> PurchaseOrderPayload:
        order_id = row_id_of(input.id, KIND)
        fields = given(input, "confirmation", "accept", "lines", "reason")
        return await purchase_payload(
            info,
            lambda work: decide_purchase_proposal(work, order_id=order_id, **fields),
            input=input,
        )

    @strawberry.mutation(
        description=(
            "Cancel an order; once the supplier has promised something, it is asked to let it go. "
            "Needs procurement.manage."
        )
    )
    async def cancel_purchase_order(
        self,
        info: Info,
        input: Annotated[EndPurchaseOrderInput, strawberry.argument(description="Which.")],
    ) -> PurchaseOrderPayload:
        order_id = row_id_of(input.id, KIND)
        return await purchase_payload(
            info,
            lambda work: cancel_purchase_order(work, order_id=order_id, reason=input.reason),
            input=input,
        )

    @strawberry.mutation(
        description=(
            "Wait for no more of an order of which something was sent or came. "
            "Needs procurement.manage."
        )
    )
    async def close_purchase_order(
        self,
        info: Info,
        input: Annotated[EndPurchaseOrderInput, strawberry.argument(description="Which.")],
    ) -> PurchaseOrderPayload:
        order_id = row_id_of(input.id, KIND)
        return await purchase_payload(
            info,
            lambda work: close_purchase_order(work, order_id=order_id, reason=input.reason),
            input=input,
        )

    @strawberry.mutation(
        description=(
            "Take goods of an order in, at its prices; orders that wait get them. "
            "Needs procurement.receive and inventory.receive."
        )
    )
    async def receive_purchase_order(
        self,
        info: Info,
        input: Annotated[ReceivePurchaseOrderInput, strawberry.argument(description="What came.")],
    ) -> PurchaseOrderPayload:
        order_id = row_id_of(input.id, KIND)
        fields = given(input, "ship_notice", "notice_is_complete", "comment")
        lines = [ReceivedPurchaseLine(**given(line)) for line in input.lines]
        return await purchase_payload(
            info,
            lambda work: receive_purchase_order(work, order_id=order_id, lines=lines, **fields),
            input=input,
        )

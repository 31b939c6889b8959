"""Planning, releasing, shipping and receiving transfers on the API."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry

from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.inventory.transfers import KIND, TransferOrder, load_transfers
from api.user_errors import UserError
from api.writing import perform_one
from domain.inventory.operations.closing_transfers import close_transfer
from domain.inventory.operations.receiving_transfers import receive_transfer
from domain.inventory.operations.shipping_transfers import ship_transfer
from domain.inventory.operations.transferring import (
    WantedTransferLine,
    cancel_transfer,
    create_transfer,
    release_transfer,
)
from domain.inventory.transfer_goods import MovedLine
from domain.kernel.work import Work


@strawberry.input(description="A quantity of an item that is to go.")
class TransferLineInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    quantity: Decimal = strawberry.field(description="How many of the unit.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; its base unit if absent."
    )
    condition: str = strawberry.field(default="new", description="new, refurbished or used.")
    lot: str = strawberry.field(default="", description="The lot, where tracked.")


@strawberry.input(description="Goods of one owner that are to go to another location.")
class CreateTransferInput:
    source_id: strawberry.ID = strawberry.field(description="From where.")
    destination_id: strawberry.ID = strawberry.field(description="To where.")
    lines: list[TransferLineInput] = strawberry.field(description="What; 1 to 1,000 lines.")
    reason: str = strawberry.field(default="transfer", description="Why.")
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose; the source's own legal entity if absent."
    )
    buyer_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Whose the goods become on their way, under the two entities' trade "
        "agreement; nobody else's if absent.",
    )
    expected_on: date | None = strawberry.field(
        default=None, description="The day it should arrive."
    )
    external_reference: str | None = strawberry.field(
        default=None, description="Another system's number of it."
    )


@strawberry.input(description="Which transfer.")
class TransferInput:
    id: strawberry.ID = strawberry.field(description="The transfer.")


@strawberry.input(description="Which transfer, and why.")
class EndTransferInput:
    id: strawberry.ID = strawberry.field(description="The transfer.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="What left of a line.")
class ShippedLineInput:
    line_number: int = strawberry.field(description="The line.")
    quantity: Decimal = strawberry.field(description="How many of the unit.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; its base unit if absent."
    )
    serials: list[str] = strawberry.field(
        default_factory=list, description="The serial number of every piece, where tracked."
    )


@strawberry.input(description="Goods that leave the source.")
class ShipTransferInput:
    id: strawberry.ID = strawberry.field(description="The transfer.")
    lines: list[ShippedLineInput] | None = strawberry.field(
        default=None,
        description="What leaves; all of it, if absent. The rest becomes free. Pieces with "
        "serial numbers are named.",
    )
    expected_on: date | None = strawberry.field(
        default=None,
        description="When it will be there, if not as planned; promises may rest on it then.",
    )


@strawberry.input(description="What arrived of a line.")
class ReceivedLineInput:
    line_number: int = strawberry.field(description="The line.")
    quantity: Decimal = strawberry.field(description="How many of the unit, damaged ones as well.")
    damaged: Decimal = strawberry.field(
        default=Decimal(0), description="How many of them are damaged."
    )
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; its base unit if absent."
    )
    serials: list[str] = strawberry.field(
        default_factory=list, description="The serial number of every piece, where tracked."
    )
    damaged_serials: list[str] = strawberry.field(
        default_factory=list, description="Those of the damaged ones among them."
    )


@strawberry.input(description="Goods that arrive at the destination.")
class ReceiveTransferInput:
    id: strawberry.ID = strawberry.field(description="The transfer.")
    lines: list[ReceivedLineInput] = strawberry.field(description="What arrived.")
    reason: str | None = strawberry.field(
        default=None, description="Why more arrived than was on its way; needed then."
    )


@strawberry.type(description="What a mutation did to a transfer.")
class TransferPayload:
    transfer_order: TransferOrder | None = strawberry.field(
        description="The transfer as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


async def _done(
    info: Info, run: Callable[[Work], Awaitable[int]], *, input: object
) -> TransferPayload:
    transfer, refused = await perform_one(
        info, run, input=input, load=load_transfers, key_required=True
    )
    return TransferPayload(transfer_order=transfer, user_errors=refused)


def _line(input: TransferLineInput, number: int) -> WantedTransferLine:
    item_id = row_id_of(input.item_id, "Item", path=("lines", number, "itemId"))
    return WantedTransferLine(**given(input) | {"item_id": item_id})


def _moved(input: ShippedLineInput | ReceivedLineInput) -> MovedLine:
    return MovedLine(**given(input))


@strawberry.type
class TransferMutation:
    @strawberry.mutation(
        description="Plan a transfer; nothing is kept for it yet. Needs inventory.transfer."
    )
    async def create_transfer(
        self,
        info: Info,
        input: Annotated[CreateTransferInput, strawberry.argument(description="The transfer.")],
    ) -> TransferPayload:
        lines = [_line(line, number) for number, line in enumerate(input.lines)]
        fields = given(input, "reason", "expected_on", "external_reference") | {
            "source_id": row_id_of(input.source_id, "Location", path=("sourceId",)),
            "destination_id": row_id_of(input.destination_id, "Location", path=("destinationId",)),
            "owner_id": optional_row_id(input.owner_id, "LegalEntity", path=("ownerId",)),
            "buyer_id": optional_row_id(input.buyer_id, "LegalEntity", path=("buyerId",)),
        }
        return await _done(
            info, lambda work: create_transfer(work, lines=lines, **fields), input=input
        )

    @strawberry.mutation(
        description="Keep the stock for it: no order takes it. Needs inventory.transfer."
    )
    async def release_transfer(
        self,
        info: Info,
        input: Annotated[TransferInput, strawberry.argument(description="Which.")],
    ) -> TransferPayload:
        transfer_id = row_id_of(input.id, KIND)
        return await _done(
            info, lambda work: release_transfer(work, transfer_id=transfer_id), input=input
        )

    @strawberry.mutation(
        description="Give it up before anything left; its stock is free. Needs inventory.transfer."
    )
    async def cancel_transfer(
        self,
        info: Info,
        input: Annotated[EndTransferInput, strawberry.argument(description="Which.")],
    ) -> TransferPayload:
        transfer_id = row_id_of(input.id, KIND)
        return await _done(
            info,
            lambda work: cancel_transfer(work, transfer_id=transfer_id, reason=input.reason),
            input=input,
        )

    @strawberry.mutation(
        description=(
            "The goods leave; orders may be promised what is expected on a day. "
            "Needs inventory.transfer."
        )
    )
    async def ship_transfer(
        self,
        info: Info,
        input: Annotated[ShipTransferInput, strawberry.argument(description="What leaves.")],
    ) -> TransferPayload:
        transfer_id = row_id_of(input.id, KIND)
        lines = None if input.lines is None else [_moved(line) for line in input.lines]
        return await _done(
            info,
            lambda work: ship_transfer(
                work, transfer_id=transfer_id, lines=lines, expected_on=input.expected_on
            ),
            input=input,
        )

    @strawberry.mutation(
        description="Goods arrive; orders that wait get them. Needs inventory.transfer."
    )
    async def receive_transfer(
        self,
        info: Info,
        input: Annotated[ReceiveTransferInput, strawberry.argument(description="What arrived.")],
    ) -> TransferPayload:
        transfer_id = row_id_of(input.id, KIND)
        lines = [_moved(line) for line in input.lines]
        return await _done(
            info,
            lambda work: receive_transfer(
                work, transfer_id=transfer_id, lines=lines, reason=input.reason
            ),
            input=input,
        )

    @strawberry.mutation(
        description="Give up what is still on its way: it is lost. Needs inventory.transfer."
    )
    async def close_transfer(
        self,
        info: Info,
        input: Annotated[EndTransferInput, strawberry.argument(description="Which.")],
    ) -> TransferPayload:
        transfer_id = row_id_of(input.id, KIND)
        return await _done(
            info,
            lambda work: close_transfer(work, transfer_id=transfer_id, reason=input.reason),
            input=input,
        )

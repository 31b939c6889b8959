"""Supply that is to come is announced, moved, cancelled and received, on the API."""

import asyncio
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.bulk import ErrorPolicy, RowOutcome, domain_policy, row_outcomes
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.inventory.expected_supplies import ExpectedSupply, SupplyKind, load_supplies
from api.inventory.movements import StockDocument, load_stock_documents
from api.user_errors import UserError, answers
from api.writing import perform
from domain.inventory.expected import Announced
from domain.inventory.operations import expected_supplies as operations
from domain.inventory.operations.receiving_expected import SupplyReceipt, receive_supplies
from domain.inventory.outcomes import OverReceipt
from domain.kernel.work import Work


@answers(
    OverReceipt,
    convert=lambda fields: {
        "supply_id": fields["supply_id"],
        "open": Decimal(fields["open"]),
        "quantity": Decimal(fields["quantity"]),
    },
)
@strawberry.type(description="More came than was expected; accept it outright, or look again.")
class OverReceiptError(UserError):
    open: Decimal = strawberry.field(description="What was still to come, in base units.")
    quantity: Decimal = strawberry.field(description="What came, in base units.")
    supply_id: strawberry.Private[int]

    @strawberry.field(description="The supply.")
    async def supply(self, info: Info) -> ExpectedSupply | None:
        return await info.context.load(load_supplies, self.supply_id)


@strawberry.input(description="Supply that is to come.")
class ExpectedSupplyInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    location_id: strawberry.ID = strawberry.field(description="Where it comes to.")
    quantity: Decimal = strawberry.field(description="How many of the unit.")
    expected_on: date = strawberry.field(description="The day on which it is expected.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; its base unit if absent."
    )
    kind: SupplyKind = strawberry.field(
        default=SupplyKind.PURCHASE, description="Where it comes from."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose; the location's own legal entity if absent."
    )
    supplier_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who supplies it."
    )
    external_reference: str | None = strawberry.field(
        default=None,
        description="Your name for it, unique in its kind: told again, it takes the new day and "
        "quantity.",
    )
    confirmed_on: date | None = strawberry.field(
        default=None, description="The day that was confirmed."
    )


@strawberry.input(description="Supplies that are to come.")
class AnnounceSuppliesInput:
    rows: list[ExpectedSupplyInput] = strawberry.field(description="1 to 1,000 of them.")
    error_policy: ErrorPolicy = strawberry.field(
        default=ErrorPolicy.REJECT_ALL, description="What a failed row means for the others."
    )


@strawberry.type(description="What announceSupplies did.")
class AnnounceSuppliesPayload:
    supplies: list[ExpectedSupply | None] = strawberry.field(
        description="The supply of each row; null where it was refused."
    )
    rows: list[RowOutcome] = strawberry.field(description="What became of each row.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done at all.")


@strawberry.input(description="Changes of a supply; what is left out stays.")
class ChangeSupplyInput:
    id: strawberry.ID = strawberry.field(description="The supply.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )
    quantity: Decimal | None = strawberry.field(default=None, description="All of it, anew.")
    unit: str | None = strawberry.field(
        default=None, description="The quantity's unit; the base unit if absent."
    )
    expected_on: date | None = strawberry.field(default=None, description="Another day.")
    confirmed_on: date | None = strawberry.field(
        default=None, description="The day that was confirmed; it is expected then."
    )


@strawberry.input(description="A supply of which no more will come.")
class CancelSupplyInput:
    id: strawberry.ID = strawberry.field(description="The supply.")
    reason: str = strawberry.field(description="Why.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.type(description="What changeSupply or cancelSupply did.")
class SupplyPayload:
    supply: ExpectedSupply | None = strawberry.field(description="The supply as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.input(description="What came of a supply.")
class SupplyReceiptInput:
    supply_id: strawberry.ID = strawberry.field(description="The supply.")
    quantity: Decimal = strawberry.field(description="How many of the unit.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; its base unit if absent."
    )
    closes: bool = strawberry.field(default=False, description="No more of it will come.")
    lot: str = strawberry.field(default="", description="Lot, where tracked.")
    unit_cost: Decimal | None = strawberry.field(
        default=None, description="Major units; the moving average if absent."
    )
    manufactured_on: date | None = strawberry.field(default=None, description="The lot's day.")
    expires_on: date | None = strawberry.field(default=None, description="The lot's last day.")
    serials: list[str] = strawberry.field(
        default_factory=list, description="Every piece's number, where tracked so."
    )


@strawberry.input(description="A receipt of supplies of one location and owner.")
class ReceiveSuppliesInput:
    receipts: list[SupplyReceiptInput] = strawberry.field(description="1 to 1,000 of them.")
    accept_over: bool = strawberry.field(
        default=False, description="Take more than was still to come."
    )
    reason: str = strawberry.field(default="received", description="Why.")
    external_reference: str | None = strawberry.field(
        default=None, description="The sender's own number."
    )
    currency: str | None = strawberry.field(
        default=None, description="The costs' currency; refused if the owner's books differ."
    )


@strawberry.type(description="What receiveSupplies did.")
class ReceiveSuppliesPayload:
    document: StockDocument | None = strawberry.field(description="The receipt.")
    supplies: list[ExpectedSupply | None] = strawberry.field(
        description="The supplies as they are now, in the order of the receipts."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class ExpectedSupplyMutation:
    @strawberry.mutation(
        description="Announce up to 1,000 supplies, or tell again of known ones. Needs "
        "inventory.expect."
    )
    async def announce_supplies(
        self,
        info: Info,
        input: Annotated[AnnounceSuppliesInput, strawberry.argument(description="What comes.")],
    ) -> AnnounceSuppliesPayload:
        rows = [_announced(place, row) for place, row in enumerate(input.rows)]

        async def announce(work: Work) -> dict[str, Any]:
            done = await operations.announce_supplies(
                work, rows=rows, error_policy=domain_policy(input.error_policy)
            )
            failures = [asdict(failure) for failure in done.failures]
            return {"ids": list(done.ids), "failures": failures}

        done = await perform(info, announce, input=input)
        return AnnounceSuppliesPayload(
            supplies=await _supplies(info, done["ids"]),
            rows=row_outcomes(len(rows), done["failures"] or [], input.error_policy),
            user_errors=done.user_errors,
        )

    @strawberry.mutation(description="Another day or quantity of a supply. Needs inventory.expect.")
    async def change_supply(
        self,
        info: Info,
        input: Annotated[ChangeSupplyInput, strawberry.argument(description="The changes.")],
    ) -> SupplyPayload:
        supply_id = row_id_of(input.id, "ExpectedSupply")
        names = ("expected_version", "quantity", "unit", "expected_on", "confirmed_on")

        async def change(work: Work) -> dict[str, Any]:
            await operations.change_supply(work, supply_id=supply_id, **given(input, *names))
            return {"id": supply_id}

        done = await perform(info, change, input=input)
        return SupplyPayload(supply=await _supply(info, done["id"]), user_errors=done.user_errors)

    @strawberry.mutation(description="No more of a supply will come. Needs inventory.expect.")
    async def cancel_supply(
        self,
        info: Info,
        input: Annotated[CancelSupplyInput, strawberry.argument(description="The supply.")],
    ) -> SupplyPayload:
        supply_id = row_id_of(input.id, "ExpectedSupply")

        async def cancel(work: Work) -> dict[str, Any]:
            fields = given(input, "expected_version", "reason")
            await operations.cancel_supply(work, supply_id=supply_id, **fields)
            return {"id": supply_id}

        done = await perform(info, cancel, input=input)
        return SupplyPayload(supply=await _supply(info, done["id"]), user_errors=done.user_errors)

    @strawberry.mutation(
        description="Receive supplies as stock, in one document. Needs inventory.receive."
    )
    async def receive_supplies(
        self,
        info: Info,
        input: Annotated[ReceiveSuppliesInput, strawberry.argument(description="What came.")],
    ) -> ReceiveSuppliesPayload:
        receipts = [_receipt(place, each) for place, each in enumerate(input.receipts)]
        fields = given(input, "accept_over", "reason", "external_reference", "currency")

        async def receive(work: Work) -> dict[str, Any]:
            document = await receive_supplies(work, receipts=receipts, **fields)
            return {"document": document.document_id, "ids": [r.supply_id for r in receipts]}

        done = await perform(info, receive, input=input, key_required=True)
        return ReceiveSuppliesPayload(
            document=await info.context.load_done(load_stock_documents, done["document"]),
            supplies=await _supplies(info, done["ids"]),
            user_errors=done.user_errors,
        )


async def _supply(info: Info, supply_id: int | None) -> ExpectedSupply | None:
    return await info.context.load_done(load_supplies, supply_id)


async def _supplies(info: Info, ids: list[int | None] | None) -> list[ExpectedSupply | None]:
    """At once, so that they are loaded together."""
    return list(await asyncio.gather(*(_supply(info, each) for each in ids or ())))


def _announced(place: int, row: ExpectedSupplyInput) -> Announced:
    path = ("rows", place)
    ids = {
        "item_id": row_id_of(row.item_id, "Item", path=(*path, "itemId")),
        "location_id": row_id_of(row.location_id, "Location", path=(*path, "locationId")),
        "owner_id": optional_row_id(row.owner_id, "LegalEntity", path=(*path, "ownerId")),
        "supplier_id": optional_row_id(row.supplier_id, "Party", path=(*path, "supplierId")),
    }
    return Announced(**given(row) | ids)


def _receipt(place: int, receipt: SupplyReceiptInput) -> SupplyReceipt:
    path = ("receipts", place, "supplyId")
    supply_id = row_id_of(receipt.supply_id, "ExpectedSupply", path=path)
    return SupplyReceipt(**given(receipt) | {"supply_id": supply_id})

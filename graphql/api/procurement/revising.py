"""Changing an order that its supplier has not seen, on the API."""

from decimal import Decimal
from typing import Annotated

import strawberry

from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.procurement.buying import (
    PurchaseOrderLineInput,
    PurchaseOrderPayload,
    purchase_payload,
    wanted_line,
)
from api.procurement.orders import KIND
from domain.procurement.operations.ordering import revise_purchase_order


@strawberry.input(description="What is to change of a draft; what is left out stays.")
class RevisePurchaseOrderInput:
    id: strawberry.ID = strawberry.field(description="The order.")
    expected_version: int | None = strawberry.field(
        default=None, description="Its version as it was read."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where the goods are to come."
    )
    entity_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Who buys; null: the location's own legal entity."
    )
    currency: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The currency of the prices (ISO 4217); null: that of the buyer's books.",
    )
    lines: list[PurchaseOrderLineInput] | None = strawberry.field(
        default=None, description="All lines, in place of those there are."
    )
    external_reference: str | None = strawberry.field(
        default=strawberry.UNSET, description="Another system's number of it."
    )
    note: str | None = strawberry.field(default=strawberry.UNSET, description="For the supplier.")
    over_percent: Decimal | None = strawberry.field(
        default=None, description="How much more than ordered may come, in percent."
    )
    under_percent: Decimal | None = strawberry.field(
        default=None, description="How much less counts as all, in percent."
    )


@strawberry.type
class PurchaseDraftMutation:
    @strawberry.mutation(
        description="Change an order that was not sent yet. Needs procurement.manage."
    )
    async def revise_purchase_order(
        self,
        info: Info,
        input: Annotated[RevisePurchaseOrderInput, strawberry.argument(description="The changes.")],
    ) -> PurchaseOrderPayload:
        info.context.require("procurement.manage")
        order_id = row_id_of(input.id, KIND)
        fields = given(input, "currency", "external_reference", "entity_id")
        percents = given(input, "over_percent", "under_percent")
        fields |= {name: value for name, value in percents.items() if value is not None}
        if "entity_id" in fields:
            path = ("entityId",)
            fields["entity_id"] = optional_row_id(fields["entity_id"], "LegalEntity", path=path)
        if input.note is not strawberry.UNSET:
            fields["note_to_supplier"] = input.note
        location_id = optional_row_id(input.location_id, "Location", path=("locationId",))
        lines = None
        if input.lines is not None:
            lines = [wanted_line(line, number) for number, line in enumerate(input.lines)]
        return await purchase_payload(
            info,
            lambda work: revise_purchase_order(
                work,
                order_id=order_id,
                location_id=location_id,
                lines=lines,
                expected_version=input.expected_version,
                **fields,
            ),
            input=input,
        )

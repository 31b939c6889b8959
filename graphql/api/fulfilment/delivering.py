"""Shipments reach their customers, on the API."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.context import Info
from api.fulfilment.shipments import Shipment, load_shipments
from api.ids import row_id_of
from api.user_errors import UserError
from api.writing import perform_one
from domain.fulfilment.operations.deliver import record_delivery
from domain.kernel.work import Work


@strawberry.input(description="A shipment that was delivered.")
class RecordDeliveryInput:
    shipment_id: strawberry.ID = strawberry.field(description="The shipment.")
    delivered_at: datetime | None = strawberry.field(
        default=None, description="When; now if absent."
    )


@strawberry.type(description="What recordDelivery did.")
class RecordDeliveryPayload:
    shipment: Shipment | None = strawberry.field(description="The shipment as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was noted.")


@strawberry.type
class DeliveryMutation:
    @strawberry.mutation(
        description="Note when a shipment was delivered; told again, the first counts. Who is "
        "billed at delivery is billed then. Needs fulfilment.ship."
    )
    async def record_delivery(
        self,
        info: Info,
        input: Annotated[RecordDeliveryInput, strawberry.argument(description="Which, when.")],
    ) -> RecordDeliveryPayload:
        shipment_id = row_id_of(input.shipment_id, "Shipment", path=("shipmentId",))

        async def run(work: Work) -> int:
            return await record_delivery(
                work, shipment_id=shipment_id, delivered_at=input.delivered_at
            )

        shipment, refused = await perform_one(info, run, input=input, load=load_shipments)
        return RecordDeliveryPayload(shipment=shipment, user_errors=refused)

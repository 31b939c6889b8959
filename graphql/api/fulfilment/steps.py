"""The steps of fulfilment on the API: release, pick, pack, ship, call off."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Annotated, Any

import strawberry

import api.fulfilment.outcomes
import api.inventory.outcomes  # noqa: F401  (what these may refuse is registered there)
from api.context import Info
from api.fulfilment.fulfilment_orders import FulfilmentOrder, load_fulfilment_orders
from api.fulfilment.shipments import Shipment, load_shipments
from api.ids import row_id_of
from api.inputs import given
from api.orders.orders import Order, load_orders
from api.user_errors import UserError
from api.writing import perform
from domain.fulfilment.operations.cancel_fulfilment import cancel_fulfilment_order
from domain.fulfilment.operations.pack import PackedCarton, pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.fulfilment.progress import LineQuantity
from domain.kernel.work import Work


@strawberry.input(description="A quantity of a line of a fulfilment order.")
class LineQuantityInput:
    line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: Decimal = strawberry.field(description="In the item's base unit; above 0.")
    lot: str | None = strawberry.field(
        default=None,
        description="At the pick, the lot that was taken; the one kept for the line if absent.",
    )
    serials: list[str] = strawberry.field(
        default_factory=list,
        description="The serial number of each piece, where tracked: at the pick, or at the latest "
        "when they are shipped. Those of missing pieces are needed.",
    )


@strawberry.input(description="The order that the locations are to work on.")
class ReleaseOrderInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    location_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Only these locations; all that hold stock for it if absent."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if the order changed since this version was read."
    )


@strawberry.input(description="What was picked, and what was not found.")
class RecordPickInput:
    id: strawberry.ID = strawberry.field(description="The fulfilment order.")
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None, description="What was picked; all that is not missing if absent."
    )
    missing: list[LineQuantityInput] = strawberry.field(
        default_factory=list,
        description="What was not found: the order waits for it again, and the units are held for "
        "inspection.",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.input(description="What lies in one carton.")
class CartonInput:
    lines: list[LineQuantityInput] = strawberry.field(description="Its contents.")


@strawberry.input(description="What was packed.")
class PackFulfilmentOrderInput:
    id: strawberry.ID = strawberry.field(description="The fulfilment order.")
    cartons: list[CartonInput] | None = strawberry.field(
        default=None, description="The cartons; one with everything picked if absent."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.input(description="What leaves.")
class ShipFulfilmentOrderInput:
    id: strawberry.ID = strawberry.field(description="The fulfilment order.")
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None, description="Only so much; everything packed if absent."
    )
    carrier: str | None = strawberry.field(default=None, description="Who carries it.")
    tracking_number: str | None = strawberry.field(
        default=None, description="The carrier's number for it."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.input(description="The work that is to be called off.")
class CancelFulfilmentOrderInput:
    id: strawberry.ID = strawberry.field(description="The fulfilment order.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.type(description="What releaseOrder did.")
class ReleaseOrderPayload:
    order: Order | None = strawberry.field(description="The order as it is now.")
    fulfilment_orders: list[FulfilmentOrder] = strawberry.field(
        description="The new work, one for each location."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was released.")


@strawberry.type(description="What a step of the work did.")
class FulfilmentOrderPayload:
    fulfilment_order: FulfilmentOrder | None = strawberry.field(description="As it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type(description="What shipFulfilmentOrder did.")
class ShipFulfilmentOrderPayload:
    shipment: Shipment | None = strawberry.field(description="The shipment.")
    fulfilment_order: FulfilmentOrder | None = strawberry.field(description="As it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was shipped.")


def quantities_of(lines: Sequence[LineQuantityInput], *path: str | int) -> list[LineQuantity]:
    """The quantities in the domain's words; `path` is where they stand in the input."""
    return [
        LineQuantity(
            row_id_of(line.line_id, "FulfilmentLine", path=(*path, n, "lineId")),
            line.quantity,
            line.lot,
            tuple(line.serials),
        )
        for n, line in enumerate(lines)
    ]


Step = Callable[[Work], Awaitable[object]]


async def _step(info: Info, row_id: int, step: Step, *, input: object) -> FulfilmentOrderPayload:
    async def run(work: Work) -> dict[str, Any]:
        await step(work)
        return {"id": row_id}

    done = await perform(info, run, input=input, key_required=True)
    fulfilment_order = await info.context.load_done(load_fulfilment_orders, done["id"])
    return FulfilmentOrderPayload(fulfilment_order=fulfilment_order, user_errors=done.user_errors)


@strawberry.type
class FulfilmentMutation:
    @strawberry.mutation(
        description="Tell each location that holds stock for an order to work on it. Needs "
        "fulfilment.release."
    )
    async def release_order(
        self,
        info: Info,
        input: Annotated[ReleaseOrderInput, strawberry.argument(description="Which order.")],
    ) -> ReleaseOrderPayload:
        order_id = row_id_of(input.order_id, "Order", path=("orderId",))
        locations = (
            None
            if input.location_ids is None
            else [
                row_id_of(value, "Location", path=("locationIds", n))
                for n, value in enumerate(input.location_ids)
            ]
        )
        fields = given(input, "expected_version") | {"location_ids": locations}

        async def run(work: Work) -> dict[str, Any]:
            return {"id": order_id, "made": await release_order(work, order_id=order_id, **fields)}

        done = await perform(info, run, input=input, key_required=True)
        order = await info.context.load_done(load_orders, done["id"])
        loading = (
            info.context.load_done(load_fulfilment_orders, row_id) for row_id in done["made"] or ()
        )
        made = await asyncio.gather(*loading)
        return ReleaseOrderPayload(
            order=order,
            fulfilment_orders=[each for each in made if each is not None],
            user_errors=done.user_errors,
        )

    @strawberry.mutation(
        description="Tell what was picked and what was not found. Needs fulfilment.pick."
    )
    async def record_pick(
        self,
        info: Info,
        input: Annotated[RecordPickInput, strawberry.argument(description="What was picked.")],
    ) -> FulfilmentOrderPayload:
        info.context.require("fulfilment.pick")
        row_id = row_id_of(input.id, "FulfilmentOrder")
        lines = None if input.lines is None else quantities_of(input.lines, "lines")
        missing = quantities_of(input.missing, "missing")
        fields = given(input, "expected_version") | {"lines": lines, "missing": missing}
        return await _step(
            info,
            row_id,
            lambda work: record_pick(work, fulfilment_order_id=row_id, **fields),
            input=input,
        )

    @strawberry.mutation(
        description="Tell what was packed; every carton gets an SSCC. Needs fulfilment.pack."
    )
    async def pack_fulfilment_order(
        self,
        info: Info,
        input: Annotated[
            PackFulfilmentOrderInput, strawberry.argument(description="What was packed.")
        ],
    ) -> FulfilmentOrderPayload:
        row_id = row_id_of(input.id, "FulfilmentOrder")
        cartons = (
            None
            if input.cartons is None
            else [
                PackedCarton(tuple(quantities_of(carton.lines, "cartons", n, "lines")))
                for n, carton in enumerate(input.cartons)
            ]
        )
        fields = given(input, "expected_version") | {"cartons": cartons}
        return await _step(
            info,
            row_id,
            lambda work: pack_fulfilment_order(work, fulfilment_order_id=row_id, **fields),
            input=input,
        )

    @strawberry.mutation(
        description="Ship what is packed, or a part of it: the goods leave the stock, cost and "
        "revenue are booked, the order follows. Needs fulfilment.ship."
    )
    async def ship_fulfilment_order(
        self,
        info: Info,
        input: Annotated[ShipFulfilmentOrderInput, strawberry.argument(description="What leaves.")],
    ) -> ShipFulfilmentOrderPayload:
        row_id = row_id_of(input.id, "FulfilmentOrder")
        lines = None if input.lines is None else quantities_of(input.lines, "lines")
        fields = given(input, "carrier", "tracking_number", "expected_version") | {"lines": lines}

        async def run(work: Work) -> dict[str, Any]:
            made = await ship_fulfilment_order(work, fulfilment_order_id=row_id, **fields)
            return {"id": row_id, "shipment": made}

        done = await perform(info, run, input=input, key_required=True)
        return ShipFulfilmentOrderPayload(
            shipment=await info.context.load_done(load_shipments, done["shipment"]),
            fulfilment_order=await info.context.load_done(load_fulfilment_orders, done["id"]),
            user_errors=done.user_errors,
        )

    @strawberry.mutation(
        description="Call the work off before anything left; the stock stays kept for the order. A "
        "location that has accepted the work is asked to let go of it first. Needs "
        "fulfilment.release."
    )
    async def cancel_fulfilment_order(
        self,
        info: Info,
        input: Annotated[
            CancelFulfilmentOrderInput, strawberry.argument(description="Which work.")
        ],
    ) -> FulfilmentOrderPayload:
        row_id = row_id_of(input.id, "FulfilmentOrder")
        fields = given(input, "expected_version")
        return await _step(
            info,
            row_id,
            lambda work: cancel_fulfilment_order(work, fulfilment_order_id=row_id, **fields),
            input=input,
        )

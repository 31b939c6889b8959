"""Changing orders on the API."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.addresses import AddressInput
from api.context import Info
from api.ids import row_id_of
from api.inputs import given
from api.orders.orders import Order, load_orders
from api.orders.placing import OrderLineInput, ordered_lines
from api.orders.states import OrderHoldKind, PaymentState
from api.user_errors import UserError
from api.writing import perform
from domain.allocation.operations.amend_order import KitAmendment, LineAmendment, amend_order
from domain.allocation.operations.cancel_order import (
    KitCancellation,
    LineCancellation,
    cancel_order,
)
from domain.allocation.operations.hold_order import (
    hold_order,
    hold_order_for_credit,
    unhold_order,
)
from domain.kernel.errors import InvalidInput
from domain.kernel.work import Work
from domain.orders.operations import set_payment_state


@strawberry.input(description="A line's new quantity.")
class LineAmendmentInput:
    line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: Decimal = strawberry.field(
        description="In the line's own unit; 0 takes the line out."
    )


@strawberry.input(description="A kit's new quantity.")
class KitAmendmentInput:
    kit_id: strawberry.ID = strawberry.field(description="The kit of the order.")
    quantity: Decimal = strawberry.field(description="In the kit's own unit; 0 takes the kit out.")


@strawberry.input(description="Changes of an order; what is left out stays as it is.")
class AmendOrderInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    lines: list[LineAmendmentInput] = strawberry.field(
        default_factory=list, description="Lines with other quantities."
    )
    kits: list[KitAmendmentInput] = strawberry.field(
        default_factory=list, description="Kits with other quantities; all their lines follow."
    )
    added_lines: list[OrderLineInput] = strawberry.field(
        default_factory=list, description="Lines to be added."
    )
    ship_to: AddressInput | None = strawberry.field(
        default=None, description="Another address, whole."
    )
    bill_to: AddressInput | None = strawberry.field(
        default=None, description="Another address, whole."
    )
    wanted_on: date | None = strawberry.field(
        default=None, description="All that is still to leave is wanted there on this day now."
    )
    wanted_ship_on: date | None = strawberry.field(
        default=None, description="All that is still to leave is wanted to leave on this day now."
    )
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.input(description="A part of a line to be cancelled.")
class LineCancellationInput:
    line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: Decimal | None = strawberry.field(
        default=None, description="In the line's own unit; all that is open if absent."
    )


@strawberry.input(description="Kits to be cancelled.")
class KitCancellationInput:
    kit_id: strawberry.ID = strawberry.field(description="The kit of the order.")
    quantity: Decimal | None = strawberry.field(
        default=None, description="In the kit's own unit; all that is open if absent."
    )


@strawberry.input(description="What of an order is to be cancelled.")
class CancelOrderInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    lines: list[LineCancellationInput] | None = strawberry.field(
        default=None, description="Only these; all that has not shipped if absent."
    )
    kits: list[KitCancellationInput] | None = strawberry.field(
        default=None, description="Only these kits; their lines are cancelled with them."
    )
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.input(description="Which order is to be held, and why.")
class HoldOrderInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    reason: str = strawberry.field(description="Why; shown to everyone who sees the order.")
    kind: OrderHoldKind = strawberry.field(
        default=OrderHoldKind.MANUAL,
        description="MANUAL, or CREDIT, which only an approval lifts.",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


HOLDS = {OrderHoldKind.MANUAL: hold_order, OrderHoldKind.CREDIT: hold_order_for_credit}


@strawberry.input(description="Which order is to be let go.")
class UnholdOrderInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.input(description="News of an order's payment.")
class SetPaymentStateInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    payment_state: PaymentState = strawberry.field(
        description="What is known; an earlier state never takes a later one back."
    )


@strawberry.type(description="What a change of an order did.")
class OrderPayload:
    order: Order | None = strawberry.field(description="The order as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


Change = Callable[[Work], Awaitable[object]]


async def change_order(
    info: Info, order_id: int, change: Change, *, input: object, key_required: bool = True
) -> OrderPayload:
    """Run a change of an order and answer with the order as it is then."""

    async def run(work: Work) -> dict[str, Any]:
        await change(work)
        return {"id": order_id}

    done = await perform(info, run, input=input, key_required=key_required)
    order = await info.context.load_done(load_orders, done["id"])
    return OrderPayload(order=order, user_errors=done.user_errors)


def _kits_to_cancel(input: CancelOrderInput) -> list[KitCancellation] | None:
    if input.kits is None:
        return None
    return [
        KitCancellation(row_id_of(kit.kit_id, "OrderKit", path=("kits", n, "kitId")), kit.quantity)
        for n, kit in enumerate(input.kits)
    ]


@strawberry.type
class OrderChangeMutation:
    @strawberry.mutation(
        description="Change quantities, lines, addresses or wanted days of what has not shipped. "
        "Needs orders.amend."
    )
    async def amend_order(
        self,
        info: Info,
        input: Annotated[AmendOrderInput, strawberry.argument(description="The changes.")],
    ) -> OrderPayload:
        order_id = row_id_of(input.order_id, "Order", path=("orderId",))
        lines = [
            LineAmendment(
                row_id_of(line.line_id, "OrderLine", path=("lines", n, "lineId")), line.quantity
            )
            for n, line in enumerate(input.lines)
        ]
        kits = [
            KitAmendment(row_id_of(kit.kit_id, "OrderKit", path=("kits", n, "kitId")), kit.quantity)
            for n, kit in enumerate(input.kits)
        ]
        own = ("wanted_on", "wanted_ship_on", "reason", "expected_version")
        fields = given(input, *own) | {
            "added": ordered_lines(input.added_lines, "addedLines"),
            "ship_to": given(input.ship_to) if input.ship_to else None,
            "bill_to": given(input.bill_to) if input.bill_to else None,
        }
        return await change_order(
            info,
            order_id,
            lambda work: amend_order(work, order_id=order_id, lines=lines, kits=kits, **fields),
            input=input,
        )

    @strawberry.mutation(
        description="Cancel an order or a part of it; what has shipped stays. Needs orders.cancel."
    )
    async def cancel_order(
        self,
        info: Info,
        input: Annotated[CancelOrderInput, strawberry.argument(description="What and why.")],
    ) -> OrderPayload:
        order_id = row_id_of(input.order_id, "Order", path=("orderId",))
        lines = (
            None
            if input.lines is None
            else [
                LineCancellation(
                    row_id_of(line.line_id, "OrderLine", path=("lines", n, "lineId")), line.quantity
                )
                for n, line in enumerate(input.lines)
            ]
        )
        fields = given(input, "reason", "expected_version")
        return await change_order(
            info,
            order_id,
            lambda work: cancel_order(
                work, order_id=order_id, lines=lines, kits=_kits_to_cancel(input), **fields
            ),
            input=input,
        )

    @strawberry.mutation(
        description="Keep an order from being released; its stock stays. Needs orders.manage."
    )
    async def hold_order(
        self,
        info: Info,
        input: Annotated[HoldOrderInput, strawberry.argument(description="Which and why.")],
    ) -> OrderPayload:
        order_id = row_id_of(input.order_id, "Order", path=("orderId",))
        fields = given(input, "reason", "expected_version")
        hold = HOLDS.get(input.kind)
        if hold is None:
            raise InvalidInput("Prices hold an order by themselves.", path=("kind",))
        return await change_order(
            info,
            order_id,
            lambda work: hold(work, order_id=order_id, **fields),
            input=input,
            key_required=False,
        )

    @strawberry.mutation(
        description="Let go an order that is held by hand; other holds are lifted by approval. "
        "Needs orders.manage."
    )
    async def unhold_order(
        self,
        info: Info,
        input: Annotated[UnholdOrderInput, strawberry.argument(description="Which and why.")],
    ) -> OrderPayload:
        order_id = row_id_of(input.order_id, "Order", path=("orderId",))
        fields = given(input, "reason", "expected_version")
        return await change_order(
            info,
            order_id,
            lambda work: unhold_order(work, order_id=order_id, **fields),
            input=input,
            key_required=False,
        )

    @strawberry.mutation(
        description="Tell of an order's payment, in whatever order the news comes. Needs "
        "orders.manage."
    )
    async def set_payment_state(
        self,
        info: Info,
        input: Annotated[SetPaymentStateInput, strawberry.argument(description="The news.")],
    ) -> OrderPayload:
        order_id = row_id_of(input.order_id, "Order", path=("orderId",))
        state = str(input.payment_state.value)
        return await change_order(
            info,
            order_id,
            lambda work: set_payment_state(work, order_id=order_id, payment_state=state),
            input=input,
            key_required=False,
        )

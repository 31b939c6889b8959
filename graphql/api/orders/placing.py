"""Placing orders on the API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.addresses import AddressInput
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.orders import outcomes as outcomes
from api.orders.combined import place_together
from api.orders.desk import OrderDesk
from api.orders.orders import Order, load_orders
from api.quick_inputs import built_quickly
from api.user_errors import UserError
from api.writing import Operation, perform
from domain.allocation.operations.place_order import place_order
from domain.allocation.ordering import OrderedLine
from domain.kernel.work import Work


@built_quickly
@strawberry.input(description="What is ordered: an item, by its id or by a code of it.")
class OrderLineInput:
    quantity: Decimal = strawberry.field(description="How many of the unit; above 0.")
    item_id: strawberry.ID | None = strawberry.field(default=None, description="The item.")
    code: str | None = strawberry.field(
        default=None, description="Its SKU, GTIN, or the channel's own code."
    )
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; the code's unit or the base unit if absent."
    )
    unit_price: Decimal | None = strawberry.field(
        default=None,
        description="Per unit in major units; by price list if absent. Needs pricing.manage.",
    )
    external_line: str | None = strawberry.field(
        default=None, description="Your own name for the line."
    )
    description: str | None = strawberry.field(default=None, description="Your words for it.")
    wanted_on: date | None = strawberry.field(
        default=None, description="The day on which it is to be there; the order's if absent."
    )
    wanted_ship_on: date | None = strawberry.field(
        default=None, description="The day on which it is to leave; the order's if absent."
    )


@built_quickly
@strawberry.input(description="An order to be placed.")
class PlaceOrderInput:
    lines: list[OrderLineInput] = strawberry.field(description="What; 1 to 1,000 lines.")
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="The channel it comes through."
    )
    channel_code: str | None = strawberry.field(default=None, description="The same by its code.")
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="The customer; a partner itself, or the channel's if absent."
    )
    ship_to: AddressInput | None = strawberry.field(default=None, description="Where it goes.")
    ship_to_code: str | None = strawberry.field(
        default=None, description="The same by the customer's own code for an address."
    )
    bill_to: AddressInput | None = strawberry.field(default=None, description="Who is billed.")
    currency: str | None = strawberry.field(
        default=None, description="ISO 4217; the channel's if absent."
    )
    external_id: str | None = strawberry.field(
        default=None, description="Your own id for it: the same id is one order in a channel."
    )
    external_number: str | None = strawberry.field(
        default=None, description="Your own number for it."
    )
    ordered_at: datetime | None = strawberry.field(
        default=None, description="When it was ordered; now if absent."
    )
    all_or_nothing: bool = strawberry.field(
        default=False, description="Refuse the order rather than let a part of it wait for stock."
    )
    service_level: str | None = strawberry.field(
        default=None, description="How fast it is to go, in your words; policies may ask for it."
    )
    wanted_on: date | None = strawberry.field(
        default=None, description="The day on which it is to be there."
    )
    wanted_ship_on: date | None = strawberry.field(
        default=None, description="The day on which it is to leave, where the other is absent."
    )
    early_delivery_allowed: bool | None = strawberry.field(
        default=None,
        description="Whether it may be there, or leave, before the wanted day; as the customer's "
        "record has it if absent.",
    )
    substitutes_allowed: bool | None = strawberry.field(
        default=None,
        description="Whether other items may stand in for what is missing, by the policy's "
        "substitutions; as the customer's record has it if absent.",
    )
    hold_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Stock holds of carts or quotes that become this order: what they keep is its "
        "first. When it is refused they keep it.",
    )


@strawberry.type(description="What placeOrder did.")
class PlaceOrderPayload:
    order: Order | None = strawberry.field(description="The order, allocated as far as can be.")
    user_errors: list[UserError] = strawberry.field(description="Why it was not accepted.")


@strawberry.type
class PlacingMutation:
    @strawberry.mutation(
        description="Place an order: accept, price, allocate and reserve, all or none of it. What "
        "is not in stock waits for it. Needs orders.place."
    )
    async def place_order(
        self,
        info: Info,
        input: Annotated[PlaceOrderInput, strawberry.argument(description="The order.")],
    ) -> PlaceOrderPayload:
        fields = _fields(input)
        # What a hold gives up must be for this order alone, and its again when it is refused: in
        # a batch others would be served of it, and a refusal would have to undo it (decision 6).
        desk: OrderDesk | None = None if input.hold_ids else info.context.services.order_desk
        if desk is None:
            done = await perform(info, _alone(fields), input=input, key_required=True)
        else:
            del fields["hold_ids"]
            done = await place_together(info, desk, fields, input=input)
        order = await info.context.load_done(load_orders, done["id"])
        return PlaceOrderPayload(order=order, user_errors=done.user_errors)


def _alone(fields: dict[str, Any]) -> Operation:
    async def place(work: Work) -> dict[str, Any]:
        return {"id": (await place_order(work, **fields)).order_id}

    return place


def ordered_lines(lines: list[OrderLineInput], name: str = "lines") -> list[OrderedLine]:
    """The lines in the domain's words. Raises InvalidInput, NotFound."""
    return [
        OrderedLine(
            **given(line)
            | {"item_id": optional_row_id(line.item_id, "Item", path=(name, place, "itemId"))}
        )
        for place, line in enumerate(lines)
    ]


def _fields(input: PlaceOrderInput) -> dict[str, Any]:
    return given(input) | {
        "lines": ordered_lines(input.lines),
        "hold_ids": [
            row_id_of(each, "StockHold", path=("holdIds", place))
            for place, each in enumerate(input.hold_ids)
        ],
        "channel_id": optional_row_id(input.channel_id, "Channel", path=("channelId",)),
        "party_id": optional_row_id(input.party_id, "Party", path=("partyId",)),
        "ship_to": given(input.ship_to) if input.ship_to else None,
        "bill_to": given(input.bill_to) if input.bill_to else None,
    }

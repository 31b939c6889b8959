"""Finding orders on the API."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from api.connections import (
    After,
    Before,
    Connection,
    Direction,
    First,
    Last,
    chosen,
    connection,
    wanted,
)
from api.context import Info
from api.governance.field_values import CONDITIONS_SAY, Conditions, narrowed
from api.ids import optional_row_id, row_id_of
from api.orders.lines import OrderLine
from api.orders.orders import Order
from api.orders.states import OrderStatus, PaymentState
from domain.orders import queries


@strawberry.input(description="Which orders to list; conditions are joined by and.")
class OrderFilter:
    statuses: list[OrderStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    payment_states: list[PaymentState] | None = strawberry.field(
        default=None, description="With the payment in one of these states."
    )
    channel_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="From one of these channels."
    )
    entity_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Sold by one of these legal entities."
    )
    party_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of one of these customers."
    )
    text: str | None = strawberry.field(
        default=None, description="Our number or the customer's begins like this."
    )
    external_id: str | None = strawberry.field(
        default=None, description="With exactly this id of the channel."
    )
    intake_message_id: strawberry.ID | None = strawberry.field(
        default=None, description="Read out of this raw document."
    )
    ordered_from: datetime | None = strawberry.field(
        default=None, description="Ordered at this moment or later."
    )
    ordered_until: datetime | None = strawberry.field(
        default=None, description="Ordered at this moment or earlier."
    )
    custom_fields: Conditions = strawberry.field(default=None, description=CONDITIONS_SAY)


@strawberry.enum(description="What orders can be ordered by.")
class OrderOrderField(Enum):
    PLACED = strawberry.enum_value("placed", description="When they were accepted here.")
    ORDERED_AT = strawberry.enum_value("ordered_at", description="When the customer ordered.")


@strawberry.input(description="The order of a list of orders.")
class OrderOrder:
    field: OrderOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.DESC, description="Which way.")


NEWEST_FIRST = OrderOrder(field=OrderOrderField.PLACED)


@strawberry.type
class OrderQuery:
    @strawberry.field(description="The tenant's orders, the newest first. Needs orders.read.")
    async def orders(
        self,
        info: Info,
        filter: Annotated[
            OrderFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        order_by: Annotated[
            OrderOrder | None, strawberry.argument(description="The newest first if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Order]:
        listing = await queries.orders(
            await info.context.reader(),
            where=await _where(info, filter or OrderFilter()),
            ordering=chosen(queries.ORDERINGS, order_by or NEWEST_FIRST, default="placed"),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, Order.of, count=listing.count)

    @strawberry.field(
        description="One order: by its id, its number, or a channel's id for it. Needs orders.read."
    )
    async def order(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")] = None,
        number: Annotated[str | None, strawberry.argument(description="Its number.")] = None,
        channel_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The channel; with externalId.")
        ] = None,
        external_id: Annotated[
            str | None, strawberry.argument(description="The channel's id; with channelId.")
        ] = None,
    ) -> Order | None:
        row = await queries.order(
            await info.context.reader(),
            order_id=optional_row_id(id, "Order"),
            number=number,
            channel_id=optional_row_id(channel_id, "Channel", path=("channelId",)),
            external_id=external_id,
        )
        return None if row is None else Order.of(row)

    @strawberry.field(
        description="The lines that wait for stock, in the order in which they will get it. "
        "Needs orders.read."
    )
    async def backorders(
        self,
        info: Info,
        item_ids: Annotated[
            list[strawberry.ID] | None, strawberry.argument(description="Only of these items.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[OrderLine]:
        listing = await queries.backorders(
            await info.context.reader(),
            item_ids=_row_ids(item_ids, "Item", "itemIds"),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, OrderLine.of, count=listing.count)

    @strawberry.field(
        description="The lines that will leave later than they were promised to, the earliest "
        "promise first. Needs orders.read."
    )
    async def order_lines_at_risk(
        self,
        info: Info,
        item_ids: Annotated[
            list[strawberry.ID] | None, strawberry.argument(description="Only of these items.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[OrderLine]:
        listing = await queries.lines_at_risk(
            await info.context.reader(),
            item_ids=_row_ids(item_ids, "Item", "itemIds"),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, OrderLine.of, count=listing.count)


async def _where(info: Info, filter: OrderFilter) -> queries.OrderFilter:
    return queries.OrderFilter(
        **await narrowed(info, "order", {"custom_fields": filter.custom_fields}),
        statuses=_words(filter.statuses),
        payment_states=_words(filter.payment_states),
        channel_ids=_row_ids(filter.channel_ids, "Channel", "channelIds"),
        entity_ids=_row_ids(filter.entity_ids, "LegalEntity", "entityIds"),
        party_ids=_row_ids(filter.party_ids, "Party", "partyIds"),
        text=filter.text,
        external_id=filter.external_id,
        intake_message_id=optional_row_id(
            filter.intake_message_id, "IntakeMessage", path=("filter", "intakeMessageId")
        ),
        ordered_from=filter.ordered_from,
        ordered_until=filter.ordered_until,
    )


def _words(states: list[OrderStatus] | list[PaymentState] | None) -> list[str] | None:
    return None if states is None else [str(state.value) for state in states]


def _row_ids(ids: list[strawberry.ID] | None, kind: str, name: str) -> list[int] | None:
    if ids is None:
        return None
    return [row_id_of(value, kind, path=(name, place)) for place, value in enumerate(ids)]

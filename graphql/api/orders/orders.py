"""Orders on the API."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar

import strawberry

from api.addresses import Address
from api.allocation.allocations import (
    Allocation,
    AllocationDecision,
    load_allocations_of_orders,
    load_decisions_of_orders,
    load_work_of_orders,
)
from api.approvals.requests import ApprovalRequest, load_requests_of_orders
from api.channels.channels import Channel, load_channels
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.parties import Party, load_parties
from api.from_rows import FromRow, WorkedOut
from api.fulfilment.fulfilment_orders import FulfilmentOrder, load_fulfilment_of_orders
from api.fulfilment.shipments import Shipment, load_shipments_of_orders
from api.governance.field_values import custom_fields_of
from api.ids import global_id
from api.ledger.journals import Journal, load_journals_of_orders
from api.ledger.traces import load_traced
from api.nodes import Node, refetched_by
from api.orders.kits import OrderKit, load_kits_of_orders
from api.orders.lines import OrderLine, load_lines_of_orders
from api.orders.states import OrderAction, OrderHoldKind, OrderStatus, PaymentState
from api.returns.of_orders import OrderReturned, load_returned_of_orders
from api.scalars import Money, money_of
from domain.kernel.reading import Reader
from domain.orders import queries
from domain.orders.policy import actions

PARTS = ("name", "line1", "line2", "city", "region", "postal_code", "country")


def address_of(parts: Mapping[str, Any] | None) -> Address | None:
    """An order's address as the API shows it."""
    return Address(**{name: parts.get(name) for name in PARTS}) if parts else None


def holds_of(row: Any) -> list[OrderHoldKind]:
    """All that keeps the order of a row from being released."""
    by_hand = [] if row.hold_reason is None else [OrderHoldKind.MANUAL]
    return by_hand + [OrderHoldKind(each) for each in row.guarded_holds]


@strawberry.type(description="An order of a customer, from whatever channel.")
class Order(FromRow, Node):
    number: str = strawberry.field(description="Our number, unique in the tenant.")
    external_number: str | None = strawberry.field(description="The customer's number.")
    external_id: str | None = strawberry.field(description="The channel's own id for it.")
    status: OrderStatus = strawberry.field(description="Where it stands.")
    payment_state: PaymentState = strawberry.field(description="Where its payment stands.")
    hold_reason: str | None = strawberry.field(
        description="Why it is held by hand; null when it is not."
    )
    holds: list[OrderHoldKind] = strawberry.field(
        description="All that keeps it from being released; none when it is not held."
    )
    service_level: str | None = strawberry.field(description="How fast it is to go.")
    wanted_on: date | None = strawberry.field(
        description="The day on which it is wanted to be there; lines may have their own."
    )
    wanted_ship_on: date | None = strawberry.field(
        description="The day on which it is wanted to leave; lines may have their own."
    )
    early_delivery_allowed: bool = strawberry.field(
        description="Whether it may be there before the wanted day."
    )
    currency: str = strawberry.field(description="The currency of its amounts (ISO 4217).")
    ordered_at: datetime = strawberry.field(description="When the customer ordered.")
    received_at: datetime = strawberry.field(description="When it was accepted here.")
    ship_to: Address | None = strawberry.field(description="Where it goes.")
    bill_to: Address | None = strawberry.field(description="Who is billed.")
    subtotal: Money = strawberry.field(description="Before discount, tax and shipping.")
    discount: Money = strawberry.field(description="All discounts.")
    tax: Money = strawberry.field(description="All tax.")
    shipping: Money = strawberry.field(description="The shipping charge.")
    total: Money = strawberry.field(description="What the customer pays.")
    version: int = strawberry.field(description="Rises with each change; send it back on changes.")
    row_id: strawberry.Private[int]
    custom_fields = custom_fields_of("order")
    channel_id: strawberry.Private[int]
    entity_id: strawberry.Private[int]
    party_id: strawberry.Private[int | None]
    intake_message_id: strawberry.Private[int | None]

    @strawberry.field(description="The channel it came through.")
    async def channel(self, info: Info) -> Channel | None:
        return await info.context.load(load_channels, self.channel_id)

    @strawberry.field(description="The legal entity that sells.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="The customer; null for a storefront's guests.")
    async def party(self, info: Info) -> Party | None:
        if self.party_id is None:
            return None
        return await info.context.load(load_parties, self.party_id)

    @strawberry.field(description="Its lines, in their order.")
    async def lines(self, info: Info) -> list[OrderLine]:
        return await info.context.load(load_lines_of_orders, self.row_id)

    @strawberry.field(
        description="Its kits that are not kept assembled, as they were ordered; their components "
        "are lines."
    )
    async def kits(self, info: Info) -> list[OrderKit]:
        return await info.context.load(load_kits_of_orders, self.row_id)

    # Who may see the order need not be allowed all that hangs on it: such a list is null then,
    # with its error, and the order stays.
    @strawberry.field(description="What stock is, or was, kept for it. Needs allocation.read.")
    async def allocations(self, info: Info) -> list[Allocation] | None:
        return await info.context.load(load_allocations_of_orders, self.row_id)

    @strawberry.field(
        description="Why its stock comes from where it comes: every decision on every line, with "
        "every candidate location. Needs allocation.read."
    )
    async def allocation_decisions(self, info: Info) -> list[AllocationDecision] | None:
        return await info.context.load(load_decisions_of_orders, self.row_id)

    @strawberry.field(description="The work at locations for it. Needs fulfilment.read.")
    async def fulfilment_orders(self, info: Info) -> list[FulfilmentOrder] | None:
        return await info.context.load(load_fulfilment_of_orders, self.row_id)

    @strawberry.field(description="What has left of it, oldest first. Needs fulfilment.read.")
    async def shipments(self, info: Info) -> list[Shipment] | None:
        return await info.context.load(load_shipments_of_orders, self.row_id)

    @strawberry.field(
        description="What of it came back, and was credited; null where nothing is asked back. "
        "Needs returns.read."
    )
    async def returned(self, info: Info) -> OrderReturned | None:
        return await info.context.load(load_returned_of_orders, self.row_id)

    @strawberry.field(
        description="What was asked for about it: prices, release from credit, rush. Needs "
        "approvals.read."
    )
    async def approval_requests(self, info: Info) -> list[ApprovalRequest] | None:
        return await info.context.load(load_requests_of_orders, self.row_id)

    @strawberry.field(description="What it caused in the books. Needs ledger.read.")
    async def journals(self, info: Info) -> list[Journal] | None:
        return await info.context.load(load_journals_of_orders, self.row_id)

    @strawberry.field(description="The raw document it came in as; null if it was placed here.")
    async def intake_message(self, info: Info) -> Node | None:
        return await load_traced(info, "intake_message", self.intake_message_id)

    @strawberry.field(description="What you may do with it now.")
    async def supported_actions(self, info: Info) -> list[OrderAction]:
        lines = await info.context.load(load_lines_of_orders, self.row_id)
        work = await info.context.load(load_work_of_orders, self.row_id)
        allowed = actions(
            status=str(self.status.value),
            held=bool(self.holds),
            by_hand=OrderHoldKind.MANUAL in self.holds,
            for_credit=OrderHoldKind.CREDIT in self.holds,
            waiting=any(line.backordered for line in lines),
            reserved=work.reserved,
            at_work=work.at_work,
            permitted=info.context.principal.may,
        )
        return [OrderAction(action) for action in allowed]

    WORKED_OUT: ClassVar[WorkedOut] = {
        "id": lambda row: global_id("Order", row.id),
        "status": lambda row: OrderStatus(row.status),
        "holds": lambda row: holds_of(row),
        "payment_state": lambda row: PaymentState(row.payment_state),
        "ship_to": lambda row: address_of(row.ship_to),
        "bill_to": lambda row: address_of(row.bill_to),
        "subtotal": money_of("subtotal_minor"),
        "discount": money_of("discount_minor"),
        "tax": money_of("tax_minor"),
        "shipping": money_of("shipping_minor"),
        "total": money_of("total_minor"),
        "row_id": lambda row: row.id,
    }


async def load_orders(reader: Reader, ids: Sequence[int]) -> list[Order | None]:
    """A batch for loaders: the orders of these row ids, in order."""
    rows = await queries.orders_by_ids(reader, order_ids=ids)
    return [Order.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("Order", load_orders)

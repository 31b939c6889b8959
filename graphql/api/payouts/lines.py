"""The lines of payouts on the API."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.context import Info
from api.fulfilment.shipments import Shipment, load_shipments
from api.ids import global_id
from api.nodes import Node, refetched_by
from api.orders.orders import Order, load_orders
from api.scalars import Money, money
from domain.finance.settlement.queries import payouts as queries
from domain.kernel.paging import Listing, PageRequest
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@strawberry.enum(description="What an amount of a payout is for.")
class PayoutLineKind(Enum):
    SALE = strawberry.enum_value("sale", description="What a customer paid, with taxes.")
    REFUND = strawberry.enum_value("refund", description="What a customer was paid back.")
    CHARGEBACK = strawberry.enum_value("chargeback", description="A customer took money back.")
    ADJUSTMENT = strawberry.enum_value("adjustment", description="The channel corrects something.")
    UNKNOWN = strawberry.enum_value("unknown", description="A word that is not known here.")
    RESERVE = strawberry.enum_value("reserve", description="Kept back, or given after all.")
    RETRIED = strawberry.enum_value("retried", description="A payout that failed comes again.")
    CHANNEL_FEE = strawberry.enum_value("channel_fee", description="For selling, as commission.")
    PAYMENT_FEE = strawberry.enum_value("payment_fee", description="For taking payments.")
    FULFILMENT_FEE = strawberry.enum_value("fulfilment_fee", description="For picking and sending.")
    SHIPPING_FEE = strawberry.enum_value("shipping_fee", description="For carriage and labels.")
    STORAGE_FEE = strawberry.enum_value("storage_fee", description="For storing goods.")
    ADVERTISING_FEE = strawberry.enum_value("advertising_fee", description="For advertisements.")
    SUBSCRIPTION_FEE = strawberry.enum_value("subscription_fee", description="For the account.")
    TAX_WITHHELD = strawberry.enum_value(
        "tax_withheld", description="Taxes that the channel pays to the state itself."
    )
    REIMBURSEMENT = strawberry.enum_value(
        "reimbursement", description="For goods that the channel lost or broke."
    )
    TRANSFER = strawberry.enum_value("transfer", description="The payout itself; it counts not.")


@strawberry.type(description="One amount of a payout, as the channel tells it.")
class PayoutLine(Node):
    line_number: int = strawberry.field(description="Its place in the report.")
    kind: PayoutLineKind = strawberry.field(description="What it is for.")
    word: str = strawberry.field(description="What the channel calls it.")
    amount: Money = strawberry.field(description="How much; above zero it is for us.")
    posted_on: date | None = strawberry.field(description="The channel's day of it.")
    external_id: str | None = strawberry.field(description="The channel's own id of it.")
    order_reference: str | None = strawberry.field(description="What the channel calls the order.")
    adjustment_reference: str | None = strawberry.field(
        description="What it calls the refund or adjustment."
    )
    shipment_reference: str | None = strawberry.field(description="What it calls the shipment.")
    sku: str | None = strawberry.field(description="The channel's code of the item.")
    quantity: Decimal | None = strawberry.field(description="How many of it, if it is told.")
    order_id: strawberry.Private[int | None]
    shipment_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "PayoutLine":
        """From a row of the domain's queries."""
        same = (
            *("line_number", "word", "posted_on", "external_id", "order_reference"),
            *("adjustment_reference", "shipment_reference", "sku", "order_id", "shipment_id"),
        )
        return cls(
            id=global_id("PayoutLine", row.id),
            quantity=None if row.quantity is None else plain(row.quantity),
            kind=PayoutLineKind(row.kind),
            amount=money(row.amount_minor, row.currency),
            **{name: getattr(row, name) for name in same},
        )

    @strawberry.field(description="The order that it was found to be of. Needs orders.read.")
    async def order(self, info: Info) -> Order | None:
        if self.order_id is None:
            return None
        return await info.context.load(load_orders, self.order_id)

    @strawberry.field(description="The shipment that it was found to be of. Needs fulfilment.read.")
    async def shipment(self, info: Info) -> Shipment | None:
        if self.shipment_id is None:
            return None
        return await info.context.load(load_shipments, self.shipment_id)


async def load_payout_lines(
    reader: Reader, ids: Sequence[int], kind: str | None, request: PageRequest
) -> list[Listing]:
    """A batch for loaders: the same page of the lines of each payout, in order."""
    return await queries.payout_lines(reader, ids=ids, kind=kind, request=request)


async def load_lines(reader: Reader, ids: Sequence[int]) -> list[PayoutLine | None]:
    """A batch for loaders: the lines of these row ids, in order."""
    rows = await queries.payout_lines_of_ids(reader, ids=ids)
    return [PayoutLine.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("PayoutLine", load_lines)

"""What a return leads to on the API: authorisations, receipts, credits."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.addresses import Address
from api.catalog.items import Item, load_items
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.locations import Location, load_locations
from api.ids import global_id
from api.nodes import Node, refetched_by
from api.orders.orders import Order, load_orders
from api.returns.goods import ReturnUnit, load_units_of_receipts
from api.returns.states import (
    ReturnAuthorizationAction,
    ReturnAuthorizationStatus,
    ReturnCreditStatus,
    ReturnReceiptStatus,
)
from api.scalars import Money, Quantity, money, quantity
from domain.kernel.reading import Reader
from domain.returns.policies.states import authorization_actions
from domain.returns.queries import requests as queries

PARTS = ("name", "line1", "line2", "city", "region", "postal_code", "country")


def address_of(parts: Mapping[str, Any] | None) -> Address | None:
    """An address as it is kept with a return."""
    return Address(**{name: parts.get(name) for name in PARTS}) if parts else None


@strawberry.type(description="That goods may be sent back, with what a label needs to say (RMA).")
class ReturnAuthorization(Node):
    number: str = strawberry.field(description="Its number, such as RMA-7.")
    status: ReturnAuthorizationStatus = strawberry.field(description="How far it is.")
    barcode: str = strawberry.field(
        description="What the label bears as a barcode: digits with GS1's check digit."
    )
    carrier: str | None = strawberry.field(description="Who is to carry the goods.")
    service: str | None = strawberry.field(description="By which service.")
    ship_from: Address | None = strawberry.field(description="Where they come from.")
    ship_to: Address | None = strawberry.field(description="Where they are to go.")
    expires_on: date = strawberry.field(description="The last day on which they may come.")
    version: int = strawberry.field(description="Rises with every change.")
    created_at: datetime = strawberry.field(description="When it was given.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    location_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "ReturnAuthorization":
        """From a row of the domain's queries."""
        same = (
            *("number", "barcode", "carrier", "service", "expires_on", "version", "created_at"),
            *("ended_at", "location_id"),
        )
        return cls(
            id=global_id("ReturnAuthorization", row.id),
            status=ReturnAuthorizationStatus(row.status),
            ship_from=address_of(row.ship_from),
            ship_to=address_of(row.ship_to),
            **{name: getattr(row, name) for name in same},
        )

    @strawberry.field(description="Where the goods are to come.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="What may be done with it now, by the caller.")
    async def supported_actions(self, info: Info) -> list[ReturnAuthorizationAction]:
        allowed = authorization_actions(str(self.status.value), may=info.context.principal.may)
        return [ReturnAuthorizationAction(each) for each in allowed]


@strawberry.type(description="Goods of a return that came to a location.")
class ReturnReceipt(Node):
    number: str = strawberry.field(description="Its number, such as RT-7.")
    status: ReturnReceiptStatus = strawberry.field(description="How far its goods are.")
    carrier: str | None = strawberry.field(description="Who carried them.")
    tracking_number: str | None = strawberry.field(description="Under which number.")
    note: str | None = strawberry.field(description="What was said beside.")
    received_at: datetime = strawberry.field(description="When they came.")
    received_by: str = strawberry.field(description="Who took them in.")
    row_id: strawberry.Private[int]
    location_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "ReturnReceipt":
        """From a row of the domain's queries."""
        same = (
            *("number", "carrier", "tracking_number", "note", "received_at", "received_by"),
            "location_id",
        )
        return cls(
            id=global_id("ReturnReceipt", row.id),
            row_id=row.id,
            status=ReturnReceiptStatus(row.status),
            **{name: getattr(row, name) for name in same},
        )

    @strawberry.field(description="Where they came.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="The goods.")
    async def units(self, info: Info) -> list[ReturnUnit]:
        return await info.context.load(load_units_of_receipts, self.row_id)


@strawberry.type(description="What of a line is credited.")
class ReturnCreditLine:
    line_number: int = strawberry.field(description="The return's line.")
    quantity: Quantity = strawberry.field(description="How much, in base units.")
    net: Money = strawberry.field(description="The net value.")
    tax: Money = strawberry.field(description="The tax on it.")
    fee: Money = strawberry.field(description="The fee that is kept of it.")
    item_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "ReturnCreditLine":
        """From a row of the domain's queries."""
        return cls(
            line_number=row.line_number,
            quantity=quantity(row.quantity, row.base_unit or ""),
            net=money(row.net_minor, row.currency),
            tax=money(row.tax_minor, row.currency),
            fee=money(row.fee_minor, row.currency),
            item_id=row.item_id,
        )

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@strawberry.type(description="Money that was granted for goods of one order.")
class ReturnCredit(Node):
    number: str = strawberry.field(description="Its number, such as RCR-7.")
    status: ReturnCreditStatus = strawberry.field(description="How far it is.")
    refunds: bool = strawberry.field(description="Whether it is paid out.")
    paid_by_channel: bool = strawberry.field(
        description="Whether the channel has paid it: nothing is paid out here then."
    )
    net: Money = strawberry.field(description="The net value of the goods.")
    tax: Money = strawberry.field(description="The tax on them.")
    shipping: Money = strawberry.field(description="What of the shipping charge goes back.")
    fee: Money = strawberry.field(description="What is kept of it.")
    total: Money = strawberry.field(description="What the customer gets.")
    reason: str = strawberry.field(description="Why.")
    granted_at: datetime = strawberry.field(description="When it was granted.")
    granted_by: str = strawberry.field(description="By whom.")
    settled_at: datetime | None = strawberry.field(
        description="When it came to be in a credit note."
    )
    row_id: strawberry.Private[int]
    order_id: strawberry.Private[int]
    entity_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "ReturnCredit":
        """From a row of the domain's queries."""
        same = (
            *("number", "refunds", "paid_by_channel", "reason", "granted_at", "granted_by"),
            *("settled_at", "order_id", "entity_id"),
        )
        amounts = ("net", "tax", "shipping", "fee")
        parts: dict[str, Any] = {
            name: money(getattr(row, f"{name}_minor"), row.currency) for name in amounts
        }
        total = row.net_minor + row.tax_minor + row.shipping_minor - row.fee_minor
        return cls(
            id=global_id("ReturnCredit", row.id),
            row_id=row.id,
            status=ReturnCreditStatus(row.status),
            total=money(total, row.currency),
            **parts,
            **{name: getattr(row, name) for name in same},
        )

    @strawberry.field(description="The order that was billed. Needs orders.read.")
    async def order(self, info: Info) -> Order | None:
        return await info.context.load(load_orders, self.order_id)

    @strawberry.field(description="Who grants it.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="What is credited, line by line.")
    async def lines(self, info: Info) -> list[ReturnCreditLine]:
        rows = await info.context.load(load_credit_lines, self.row_id)
        return [ReturnCreditLine.of(row) for row in rows]


async def load_return_authorizations(
    reader: Reader, ids: Sequence[int]
) -> list[ReturnAuthorization | None]:
    """A batch for loaders: the authorisations of these row ids, in order."""
    rows = await queries.authorizations_of_ids(reader, ids=ids)
    return [ReturnAuthorization.of(rows[n]) if n in rows else None for n in ids]


async def load_return_receipts(reader: Reader, ids: Sequence[int]) -> list[ReturnReceipt | None]:
    """A batch for loaders: the receipts of these row ids, in order."""
    rows = await queries.receipts_of_ids(reader, ids=ids)
    return [ReturnReceipt.of(rows[n]) if n in rows else None for n in ids]


async def load_return_credits(reader: Reader, ids: Sequence[int]) -> list[ReturnCredit | None]:
    """A batch for loaders: the credits of these row ids, in order."""
    rows = await queries.credits_of_ids(reader, ids=ids)
    return [ReturnCredit.of(rows[n]) if n in rows else None for n in ids]


async def load_credit_lines(reader: Reader, ids: Sequence[int]) -> list[list[Row[Any]]]:
    """A batch for loaders: the lines of each credit."""
    found = await queries.lines_of_credits(reader, credit_ids=ids)
    return [found[credit_id] for credit_id in ids]


refetched_by("ReturnAuthorization", load_return_authorizations)
refetched_by("ReturnReceipt", load_return_receipts)
refetched_by("ReturnCredit", load_return_credits)

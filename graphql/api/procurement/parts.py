"""What hangs on a purchase order: its lines, and what was answered, sent and received of them."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.context import Info
from api.scalars import Money, Quantity, money, quantity
from domain.inventory.policies.purchases import ComingPart
from domain.kernel.money import to_minor
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.procurement.queries import orders as queries


@strawberry.type(description="A part of a line that is to come.")
class PurchaseDelivery:
    quantity: Quantity = strawberry.field(description="What is to come of it still.")
    expected_on: date = strawberry.field(description="The day on which it is to come.")
    confirmed: bool = strawberry.field(description="Whether the supplier has promised the day.")
    shipped: bool = strawberry.field(description="Whether it is on its way.")

    @classmethod
    def of(cls, part: ComingPart, unit: str) -> "PurchaseDelivery":
        """From a part as the domain knows it."""
        return cls(
            quantity=quantity(part.quantity, unit),
            expected_on=part.expected_on,
            confirmed=part.confirmed_on is not None,
            shipped=part.notice_line_id is not None,
        )


@strawberry.type(description="A quantity of an item that is bought. Quantities are in base units.")
class PurchaseOrderLine:
    line_number: int = strawberry.field(description="Its place in the order, from 1.")
    supplier_code: str | None = strawberry.field(description="The supplier's code of the item.")
    quantity_ordered: Quantity = strawberry.field(description="What was ordered, as it was told.")
    quantity: Quantity = strawberry.field(description="The same in base units.")
    unit_price: Decimal = strawberry.field(
        description="The price of one unit as ordered, in the order's currency."
    )
    amount: Money = strawberry.field(description="What was ordered is worth.")
    wanted_on: date = strawberry.field(description="The day on which it is wanted.")
    confirmed_on: date | None = strawberry.field(
        description="The last day that the supplier has confirmed."
    )
    first_confirmed_on: date | None = strawberry.field(
        description="The last day of the first whole confirmation; ratings hold to it."
    )
    completed_on: date | None = strawberry.field(description="When the last of it came.")
    confirmed: Quantity = strawberry.field(description="What the supplier has promised or sent.")
    shipped: Quantity = strawberry.field(description="What was sent, received or not.")
    received: Quantity = strawberry.field(description="What came, damaged or too much as well.")
    damaged: Quantity = strawberry.field(description="What of it came damaged.")
    cancelled: Quantity = strawberry.field(description="What will not come.")
    row_id: strawberry.Private[int]
    item_id: strawberry.Private[int]
    base_unit: strawberry.Private[str]

    @classmethod
    def of(cls, row: Row[Any]) -> "PurchaseOrderLine":
        """From a row of the domain's queries."""
        same = (
            *("line_number", "supplier_code", "wanted_on", "confirmed_on", "first_confirmed_on"),
            *("completed_on", "item_id", "base_unit"),
        )
        amounts = ("quantity", "confirmed", "shipped", "received", "damaged", "cancelled")
        worth = to_minor(row.unit_price * row.quantity_ordered, row.currency)
        fields: dict[str, Any] = {name: getattr(row, name) for name in same} | {
            name: quantity(getattr(row, name), row.base_unit) for name in amounts
        }
        return cls(
            row_id=row.id,
            quantity_ordered=quantity(row.quantity_ordered, row.unit),
            unit_price=plain(row.unit_price),
            amount=money(worth, row.currency),
            **fields,
        )

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="What is to come of it, the earliest first.")
    async def deliveries(self, info: Info) -> list[PurchaseDelivery]:
        parts = await info.context.load(load_coming, self.row_id)
        return [PurchaseDelivery.of(part, self.base_unit) for part in parts]


@strawberry.enum(description="What became of what a supplier answered.")
class ConfirmationStatus(Enum):
    ACCEPTED = strawberry.enum_value(
        "accepted", description="As the order wanted it, or accepted by the buyer."
    )
    PROPOSED = strawberry.enum_value("proposed", description="Waits for the buyer's word.")
    REFUSED = strawberry.enum_value("refused", description="The buyer refused it.")
    SUPERSEDED = strawberry.enum_value(
        "superseded", description="The supplier answered anew, or the order ended, before."
    )


@strawberry.type(description="A part of a line in an answer of a supplier.")
class PurchaseConfirmationLine:
    line_number: int = strawberry.field(description="The order's line.")
    quantity: Quantity = strawberry.field(description="How much, in base units.")
    delivers_on: date | None = strawberry.field(
        description="When it would come; null: it will not come."
    )
    unit_price: Decimal = strawberry.field(description="At which price for a unit as ordered.")
    status: ConfirmationStatus = strawberry.field(description="What became of it.")

    @classmethod
    def of(cls, row: Row[Any]) -> "PurchaseConfirmationLine":
        """From a row of the domain's queries."""
        return cls(
            line_number=row.line_number,
            quantity=quantity(row.quantity, row.base_unit),
            delivers_on=row.delivers_on,
            unit_price=plain(row.unit_price),
            status=ConfirmationStatus(row.status),
        )


@strawberry.type(description="What a supplier answered to an order.")
class PurchaseConfirmation:
    number: int = strawberry.field(description="The how-manieth answer to the order it is.")
    external_reference: str | None = strawberry.field(description="The supplier's number of it.")
    note: str | None = strawberry.field(description="What the supplier said beside.")
    told_at: datetime = strawberry.field(description="When it was told.")
    told_by: str = strawberry.field(description="By whom.")
    decided_at: datetime | None = strawberry.field(
        description="When the buyer last decided about what it proposes."
    )
    decided_by: str | None = strawberry.field(description="By whom that was decided.")
    decision_reason: str | None = strawberry.field(description="Why it was decided so.")
    row_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "PurchaseConfirmation":
        """From a row of the domain's queries."""
        same = (
            *("number", "external_reference", "note", "told_at", "told_by", "decided_at"),
            *("decided_by", "decision_reason"),
        )
        return cls(row_id=row.id, **{name: getattr(row, name) for name in same})

    @strawberry.field(description="Line by line, and part by part.")
    async def lines(self, info: Info) -> list[PurchaseConfirmationLine]:
        rows = await info.context.load(load_confirmation_lines, self.row_id)
        return [PurchaseConfirmationLine.of(row) for row in rows]


@strawberry.type(description="A quantity of a line that a supplier has sent.")
class ShipNoticeLine:
    line_number: int = strawberry.field(description="The order's line.")
    quantity: Quantity = strawberry.field(description="How much was sent, in base units.")
    received: Quantity = strawberry.field(description="How much of it came.")
    lot: str = strawberry.field(description="The lot; empty when none is told.")
    manufactured_on: date | None = strawberry.field(description="When it was made.")
    expires_on: date | None = strawberry.field(description="Until when it is good.")
    sscc: str | None = strawberry.field(description="The logistic unit that it is in.")
    serials: list[str] = strawberry.field(description="The pieces' serial numbers.")

    @classmethod
    def of(cls, row: Row[Any]) -> "ShipNoticeLine":
        """From a row of the domain's queries."""
        same = ("line_number", "lot", "manufactured_on", "expires_on", "sscc", "serials")
        return cls(
            quantity=quantity(row.quantity, row.base_unit),
            received=quantity(row.received, row.base_unit),
            **{name: getattr(row, name) for name in same},
        )


@strawberry.enum(description="How far the goods of a ship notice have come.")
class ShipNoticeStatus(Enum):
    ON_ITS_WAY = strawberry.enum_value("on_its_way", description="Goods of it may come still.")
    RECEIVED = strawberry.enum_value("received", description="No more of it will come.")


@strawberry.type(description="What a supplier has sent of an order (ASN).")
class ShipNotice:
    number: str = strawberry.field(description="The supplier's number of it.")
    status: ShipNoticeStatus = strawberry.field(description="How far it has come.")
    carrier: str | None = strawberry.field(description="Who carries it.")
    tracking_number: str | None = strawberry.field(description="Under which number.")
    expected_on: date = strawberry.field(description="The day on which it is to be there.")
    shipped_at: datetime = strawberry.field(description="When it was told.")
    shipped_by: str = strawberry.field(description="By whom.")
    received_at: datetime | None = strawberry.field(description="When the last of it came.")
    row_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "ShipNotice":
        """From a row of the domain's queries."""
        same = (
            *("number", "carrier", "tracking_number", "expected_on", "shipped_at", "shipped_by"),
            "received_at",
        )
        return cls(
            row_id=row.id,
            status=ShipNoticeStatus(row.status),
            **{name: getattr(row, name) for name in same},
        )

    @strawberry.field(description="What was sent, line by line.")
    async def lines(self, info: Info) -> list[ShipNoticeLine]:
        rows = await info.context.load(load_notice_lines, self.row_id)
        return [ShipNoticeLine.of(row) for row in rows]


@strawberry.type(description="What came of a line.")
class PurchaseReceiptLine:
    line_number: int = strawberry.field(description="The order's line.")
    quantity: Quantity = strawberry.field(description="How much came, in base units.")
    damaged: Quantity = strawberry.field(description="How much of it was damaged.")

    @classmethod
    def of(cls, row: Row[Any]) -> "PurchaseReceiptLine":
        """From a row of the domain's queries."""
        return cls(
            line_number=row.line_number,
            quantity=quantity(row.quantity, row.base_unit),
            damaged=quantity(row.damaged, row.base_unit),
        )


@strawberry.type(description="Goods of an order that came.")
class PurchaseReceipt:
    document_number: str = strawberry.field(description="The stock document that took them in.")
    ship_notice: str | None = strawberry.field(description="The ship notice they came with.")
    received_on: date = strawberry.field(description="The day at the location.")
    received_at: datetime = strawberry.field(description="When it was told.")
    note: str | None = strawberry.field(description="What was said beside.")
    row_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "PurchaseReceipt":
        """From a row of the domain's queries."""
        same = ("document_number", "received_on", "received_at", "note")
        return cls(
            row_id=row.id,
            ship_notice=row.notice_number,
            **{name: getattr(row, name) for name in same},
        )

    @strawberry.field(description="What came, line by line.")
    async def lines(self, info: Info) -> list[PurchaseReceiptLine]:
        rows = await info.context.load(load_receipt_lines, self.row_id)
        return [PurchaseReceiptLine.of(row) for row in rows]


async def load_coming(reader: Reader, ids: Sequence[int]) -> list[list[ComingPart]]:
    """A batch for loaders: what is to come of each line."""
    found = await queries.coming_of_lines(reader, line_ids=ids)
    return [found[line_id] for line_id in ids]


async def load_confirmation_lines(reader: Reader, ids: Sequence[int]) -> list[list[Row[Any]]]:
    """A batch for loaders: the lines of each confirmation."""
    found = await queries.lines_of_confirmations(reader, confirmation_ids=ids)
    return [found[row_id] for row_id in ids]


async def load_notice_lines(reader: Reader, ids: Sequence[int]) -> list[list[Row[Any]]]:
    """A batch for loaders: the lines of each ship notice."""
    found = await queries.lines_of_notices(reader, notice_ids=ids)
    return [found[row_id] for row_id in ids]


async def load_receipt_lines(reader: Reader, ids: Sequence[int]) -> list[list[Row[Any]]]:
    """A batch for loaders: the lines of each receipt."""
    found = await queries.lines_of_receipts(reader, receipt_ids=ids)
    return [found[row_id] for row_id in ids]

"""Suppliers' invoices on the API."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.parties import Party, load_parties
from api.finance.settlements import Settlement, load_settlements
from api.finance.words import amounts_of, word
from api.ids import global_id, optional_row_id
from api.nodes import Node, load_any, refetched_by
from api.scalars import Money, money
from domain.finance.queries import documents as queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@strawberry.enum(description="How far a supplier's invoice has come.")
class SupplierInvoiceStatus(Enum):
    EXCEPTION = strawberry.enum_value(
        "exception", description="Order and receipts do not bear it out; somebody has to decide."
    )
    WAITING = strawberry.enum_value(
        "waiting", description="It waits for goods, and is matched again when they come."
    )
    BOOKED = strawberry.enum_value("booked", description="It is in the books, and owed.")
    CREDITED = strawberry.enum_value(
        "credited", description="A credit note that is in the books: less is owed by it."
    )
    REJECTED = strawberry.enum_value("rejected", description="It was sent back.")


@strawberry.enum(description="What a supplier's bill is.")
class SupplierInvoiceKind(Enum):
    INVOICE = strawberry.enum_value("invoice", description="It bills.")
    CREDIT_NOTE = strawberry.enum_value(
        "credit_note", description="It gives back; its lines are below zero."
    )


@strawberry.enum(description="Why a supplier's invoice is not borne out.")
class MatchReason(Enum):
    NOT_RECEIVED = strawberry.enum_value(
        "not_received", description="Nothing came that was not billed before."
    )
    MORE_THAN_RECEIVED = strawberry.enum_value(
        "more_than_received", description="More is billed than came, and than is tolerated."
    )
    PRICE_TOO_HIGH = strawberry.enum_value(
        "price_too_high", description="The price is above the order's, and what is tolerated."
    )
    NO_ORDER = strawberry.enum_value("no_order", description="It is of no order.")
    OTHER_CURRENCY = strawberry.enum_value(
        "other_currency", description="It is in another currency than its order."
    )
    TOTAL_DIFFERS = strawberry.enum_value(
        "total_differs", description="Its lines and its tax do not add up to what it says."
    )
    NOT_BILLED = strawberry.enum_value(
        "not_billed", description="More is given back than was billed."
    )


@strawberry.type(
    description="What a supplier bills of one line of an order, or for something else."
)
class SupplierInvoiceLine:
    line_number: int = strawberry.field(description="Its place in the invoice, from 1.")
    kind: str = strawberry.field(
        description="One of goods, price (given back, and no goods), landed_cost, rounding, other."
    )
    description: str | None = strawberry.field(description="What it is, in the supplier's words.")
    quantity: Decimal = strawberry.field(description="How much, in the item's base unit.")
    net: Money = strawberry.field(description="What is billed for it, without tax.")
    received: Money = strawberry.field(
        description="What it stood at as received and not invoiced, once it is booked."
    )
    variance: Money = strawberry.field(description="By how much the bill is off that.")
    reasons: list[MatchReason] = strawberry.field(description="Why it is not borne out.")
    item_id: strawberry.Private[int | None]

    @strawberry.field(description="The item, where it is of an order.")
    async def item(self, info: Info) -> Item | None:
        return None if self.item_id is None else await info.context.load(load_items, self.item_id)

    @classmethod
    def of(cls, row: Row[Any], currency: str) -> "SupplierInvoiceLine":
        """From a row of the domain's queries, in its invoice's currency."""
        return cls(
            line_number=row.line_number,
            kind=row.kind,
            description=row.description,
            quantity=plain(row.quantity),
            net=money(row.net_minor, currency),
            received=money(row.received_minor, currency),
            variance=money(row.variance_minor, currency),
            reasons=[MatchReason(reason) for reason in row.reasons],
            item_id=row.item_id,
        )


@strawberry.type(description="What a supplier billed, held against what was ordered and came.")
class SupplierInvoice(Node):
    number: str = strawberry.field(description="Our number of it.")
    external_number: str = strawberry.field(description="The supplier's number.")
    kind: SupplierInvoiceKind = strawberry.field(description="Whether it bills or gives back.")
    status: SupplierInvoiceStatus = strawberry.field(description="How far it has come.")
    reasons: list[MatchReason] = strawberry.field(description="Why it is not borne out.")
    decision: str | None = strawberry.field(
        description="What was decided of it: accepted, credit_expected or rejected."
    )
    currency: str = strawberry.field(description="The currency of its amounts.")
    invoiced_on: date = strawberry.field(description="The day of the invoice.")
    due_on: date = strawberry.field(description="When it is to be paid.")
    booked_at: datetime | None = strawberry.field(description="When it was booked.")
    net: Money = strawberry.field(description="What is billed, without tax.")
    tax: Money = strawberry.field(description="Its taxes.")
    total: Money = strawberry.field(description="What is billed in all.")
    credit_expected: Money = strawberry.field(
        description="What the supplier has to give back; of a credit note, what had been expected."
    )
    paid: Money = strawberry.field(description="What was paid of it, or given back.")
    open: Money = strawberry.field(description="What is owed of it still; nothing until booked.")
    version: int = strawberry.field(description="Rises with every change.")
    row_id: strawberry.Private[int]
    entity_id: strawberry.Private[int]
    supplier_id: strawberry.Private[int]
    purchase_order_id: strawberry.Private[int | None]
    intake_message_id: strawberry.Private[int | None]
    corrects_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "SupplierInvoice":
        """From a row of the domain's queries."""
        amounts = ("net", "tax", "total", "credit_expected", "paid", "open")
        same = (
            *("number", "external_number", "decision", "currency", "invoiced_on", "due_on"),
            *("booked_at", "version", "entity_id", "supplier_id", "purchase_order_id"),
            *("intake_message_id", "corrects_id"),
        )
        return cls(
            id=global_id("SupplierInvoice", row.id),
            row_id=row.id,
            kind=SupplierInvoiceKind(row.kind),
            status=SupplierInvoiceStatus(row.status),
            reasons=[MatchReason(reason) for reason in row.reasons],
            **{name: getattr(row, name) for name in same},
            **amounts_of(row, amounts, row.currency),
        )

    @strawberry.field(description="Who owes it.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="Who billed it.")
    async def supplier(self, info: Info) -> Party | None:
        return await info.context.load(load_parties, self.supplier_id)

    @strawberry.field(description="The order, if it is of one. Needs procurement.read.")
    async def purchase_order(self, info: Info) -> Node | None:
        if self.purchase_order_id is None:
            return None
        found: Node | None = await info.context.load(
            load_any, global_id("PurchaseOrder", self.purchase_order_id)
        )
        return found

    @strawberry.field(description="The document that it came by, if it did. Needs intake.read.")
    async def intake_message(self, info: Info) -> Node | None:
        if self.intake_message_id is None:
            return None
        found: Node | None = await info.context.load(
            load_any, global_id("IntakeMessage", self.intake_message_id)
        )
        return found

    @strawberry.field(description="Of a credit note: the invoice that it gives back of, if told.")
    async def corrects(self, info: Info) -> "SupplierInvoice | None":
        if self.corrects_id is None:
            return None
        return await info.context.load(load_supplier_invoices, self.corrects_id)

    @strawberry.field(description="What is billed, line by line.")
    async def lines(self, info: Info) -> list[SupplierInvoiceLine]:
        return await info.context.load(load_supplier_invoice_lines, self.row_id, self.currency)

    @strawberry.field(description="What settled it, the first first.")
    async def settlements(self, info: Info) -> list[Settlement]:
        kind = "supplier_invoice"
        return await info.context.load(load_settlements, self.row_id, kind, self.currency)


async def load_supplier_invoices(
    reader: Reader, ids: Sequence[int]
) -> list[SupplierInvoice | None]:
    """A batch for loaders: the suppliers' invoices of these row ids, in order."""
    rows = await queries.supplier_invoices_of_ids(reader, ids=ids)
    return [SupplierInvoice.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_supplier_invoice_lines(
    reader: Reader, ids: Sequence[int], currency: str
) -> list[list[SupplierInvoiceLine]]:
    """A batch for loaders: the lines of each invoice of a currency."""
    found = await queries.lines_of_supplier_invoices(reader, ids=ids)
    return [[SupplierInvoiceLine.of(row, currency) for row in found[row_id]] for row_id in ids]


refetched_by("SupplierInvoice", load_supplier_invoices)


@strawberry.input(description="Which suppliers' invoices; what is left out does not narrow.")
class SupplierInvoiceFilter:
    supplier_id: strawberry.ID | None = strawberry.field(default=None, description="Of whom.")
    entity_id: strawberry.ID | None = strawberry.field(default=None, description="Owed by whom.")
    purchase_order_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of which order."
    )
    status: SupplierInvoiceStatus | None = strawberry.field(default=None, description="Its status.")
    number: str | None = strawberry.field(default=None, description="Exactly this number of ours.")
    open: bool | None = strawberry.field(default=None, description="Whether it is to be paid.")
    due_until: date | None = strawberry.field(default=None, description="Due by this day.")


def _filter(asked: SupplierInvoiceFilter | None) -> queries.DocumentFilter:
    if asked is None:
        return queries.DocumentFilter()
    order = ("filter", "purchaseOrderId")
    return queries.DocumentFilter(
        party_id=optional_row_id(asked.supplier_id, "Party", path=("filter", "supplierId")),
        entity_id=optional_row_id(asked.entity_id, "LegalEntity", path=("filter", "entityId")),
        order_id=optional_row_id(asked.purchase_order_id, "PurchaseOrder", path=order),
        status=word(asked.status),
        number=asked.number,
        is_open=asked.open,
        due_until=asked.due_until,
    )


@strawberry.type
class SupplierInvoiceQuery:
    @strawberry.field(
        description="Suppliers' invoices, the latest first; a supplier sees its own. Needs "
        "finance.read."
    )
    async def supplier_invoices(
        self,
        info: Info,
        filter: Annotated[
            SupplierInvoiceFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SupplierInvoice]:
        listing = await queries.supplier_invoices(
            await info.context.reader(),
            where=_filter(filter),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, SupplierInvoice.of, count=listing.count)

"""Invoices and credit notes on the API."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.parties import Party, load_parties
from api.finance.settlements import Settlement, load_settlements
from api.finance.words import amounts_of
from api.ids import global_id, optional_row_id
from api.nodes import Node, load_any, refetched_by
from api.scalars import Money, money
from domain.finance.queries import documents as queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@strawberry.type(description="A line of an invoice: goods that left, or their carriage.")
class InvoiceLine:
    line_number: int = strawberry.field(description="Its place in the invoice, from 1.")
    kind: str = strawberry.field(description="Either goods or shipping.")
    description: str | None = strawberry.field(description="What it is.")
    quantity: Decimal = strawberry.field(description="How much, in the item's base unit.")
    net: Money = strawberry.field(description="What it is billed at, without tax.")
    tax: Money = strawberry.field(description="The tax on it.")
    credited_net: Money = strawberry.field(description="What was given back of it, without tax.")
    credited_quantity: Decimal = strawberry.field(description="How much of it was given back.")
    item_id: strawberry.Private[int | None]
    shipment_id: strawberry.Private[int]

    @strawberry.field(description="The item; null for carriage.")
    async def item(self, info: Info) -> Item | None:
        return None if self.item_id is None else await info.context.load(load_items, self.item_id)

    @strawberry.field(description="The shipment that it left with. Needs fulfilment.read.")
    async def shipment(self, info: Info) -> Node | None:
        found: Node | None = await info.context.load(
            load_any, global_id("Shipment", self.shipment_id)
        )
        return found

    @classmethod
    def of(cls, row: Row[Any], currency: str) -> "InvoiceLine":
        """From a row of the domain's queries, in its invoice's currency."""
        return cls(
            line_number=row.line_number,
            kind=row.kind,
            description=row.description,
            quantity=plain(row.quantity),
            net=money(row.net_minor, currency),
            tax=money(row.tax_minor, currency),
            credited_net=money(row.credited_net_minor, currency),
            credited_quantity=plain(row.credited_quantity),
            item_id=row.item_id,
            shipment_id=row.shipment_id,
        )


@strawberry.type(description="What a component of a tax comes to in an invoice.")
class InvoiceTax:
    component: str = strawberry.field(
        description="Its name; given where the order came with its taxes."
    )
    percent: Decimal | None = strawberry.field(description="Its rate; null where it was given.")
    taxable: Money = strawberry.field(description="What it is taken of.")
    tax: Money = strawberry.field(description="What it comes to.")

    @classmethod
    def of(cls, row: Row[Any], currency: str) -> "InvoiceTax":
        """From a row of the domain's queries, in its invoice's currency."""
        return cls(
            component=row.component,
            percent=None if row.percent is None else plain(row.percent),
            taxable=money(row.taxable_minor, currency),
            tax=money(row.tax_minor, currency),
        )


@strawberry.type(description="What a customer owes for goods that left.")
class Invoice(Node):
    number: str = strawberry.field(description="Its number, without gaps in its legal entity.")
    currency: str = strawberry.field(description="The currency of its amounts.")
    invoiced_on: date = strawberry.field(description="The day of the invoice.")
    due_on: date = strawberry.field(description="When it is to be paid.")
    net: Money = strawberry.field(description="The goods, without tax.")
    shipping: Money = strawberry.field(description="The carriage, without tax.")
    tax: Money = strawberry.field(description="All taxes.")
    total: Money = strawberry.field(description="What is owed in all.")
    paid: Money = strawberry.field(description="What was paid of it.")
    credited: Money = strawberry.field(description="What credit notes settled of it.")
    written_off: Money = strawberry.field(description="What was given up of it.")
    open: Money = strawberry.field(description="What is owed of it still.")
    row_id: strawberry.Private[int]
    entity_id: strawberry.Private[int]
    party_id: strawberry.Private[int | None]
    order_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "Invoice":
        """From a row of the domain's queries."""
        amounts = ("net", "shipping", "tax", "total", "paid", "credited", "written_off", "open")
        same = ("number", "currency", "invoiced_on", "due_on", "entity_id", "party_id", "order_id")
        return cls(
            id=global_id("Invoice", row.id),
            row_id=row.id,
            **{name: getattr(row, name) for name in same},
            **amounts_of(row, amounts, row.currency),
        )

    @strawberry.field(description="Who bills.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="Who owes it; null where the order named nobody.")
    async def customer(self, info: Info) -> Party | None:
        if self.party_id is None:
            return None
        return await info.context.load(load_parties, self.party_id)

    @strawberry.field(description="Its order, where all of it is of one. Needs orders.read.")
    async def order(self, info: Info) -> Node | None:
        if self.order_id is None:
            return None
        found: Node | None = await info.context.load(load_any, global_id("Order", self.order_id))
        return found

    @strawberry.field(description="What is billed, line by line.")
    async def lines(self, info: Info) -> list[InvoiceLine]:
        return await info.context.load(load_invoice_lines, self.row_id, self.currency)

    @strawberry.field(description="What each tax comes to.")
    async def taxes(self, info: Info) -> list[InvoiceTax]:
        return await info.context.load(load_invoice_taxes, self.row_id, self.currency)

    @strawberry.field(description="What settled it, the first first.")
    async def settlements(self, info: Info) -> list[Settlement]:
        return await info.context.load(load_settlements, self.row_id, "invoice", self.currency)


async def load_invoices(reader: Reader, ids: Sequence[int]) -> list[Invoice | None]:
    """A batch for loaders: the invoices of these row ids, in order."""
    rows = await queries.invoices_of_ids(reader, ids=ids)
    return [Invoice.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_invoice_lines(
    reader: Reader, ids: Sequence[int], currency: str
) -> list[list[InvoiceLine]]:
    """A batch for loaders: the lines of each invoice of a currency."""
    found = await queries.lines_of_invoices(reader, ids=ids)
    return [[InvoiceLine.of(row, currency) for row in found[row_id]] for row_id in ids]


async def load_invoice_taxes(
    reader: Reader, ids: Sequence[int], currency: str
) -> list[list[InvoiceTax]]:
    """A batch for loaders: the taxes of each invoice of a currency."""
    found = await queries.taxes_of_invoices(reader, ids=ids)
    return [[InvoiceTax.of(row, currency) for row in found[row_id]] for row_id in ids]


refetched_by("Invoice", load_invoices)


@strawberry.input(description="Which documents; what is left out does not narrow.")
class BillFilter:
    customer_id: strawberry.ID | None = strawberry.field(default=None, description="Whose.")
    entity_id: strawberry.ID | None = strawberry.field(default=None, description="By whom.")
    order_id: strawberry.ID | None = strawberry.field(default=None, description="Of which order.")
    number: str | None = strawberry.field(default=None, description="Exactly this number.")
    open: bool | None = strawberry.field(
        default=None, description="Whether something of it is open."
    )


def bill_filter(asked: BillFilter | None) -> queries.DocumentFilter:
    """The filter in the domain's words. Raises InvalidInput, NotFound."""
    if asked is None:
        return queries.DocumentFilter()
    return queries.DocumentFilter(
        party_id=optional_row_id(asked.customer_id, "Party", path=("filter", "customerId")),
        entity_id=optional_row_id(asked.entity_id, "LegalEntity", path=("filter", "entityId")),
        order_id=optional_row_id(asked.order_id, "Order", path=("filter", "orderId")),
        number=asked.number,
        is_open=asked.open,
    )


Asked = Annotated[BillFilter | None, strawberry.argument(description="Only these.")]


@strawberry.type
class InvoiceQuery:
    @strawberry.field(
        description="Invoices, the latest first; a customer sees its own. Needs finance.read."
    )
    async def invoices(
        self,
        info: Info,
        filter: Asked = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Invoice]:
        listing = await queries.invoices(
            await info.context.reader(),
            where=bill_filter(filter),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, Invoice.of, count=listing.count)

"""Credit notes on the API."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.parties import Party, load_parties
from api.finance.invoices import Asked, Invoice, bill_filter, load_invoices
from api.finance.words import amounts_of
from api.ids import global_id
from api.nodes import Node, refetched_by
from api.scalars import Money, money
from domain.finance.queries import documents as queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@strawberry.type(description="What a credit note gives back of one line of an invoice.")
class CreditNoteLine:
    line_number: int = strawberry.field(description="Its place in the credit note, from 1.")
    invoice_line_number: int = strawberry.field(description="The line of the invoice.")
    description: str | None = strawberry.field(description="What it is.")
    quantity: Decimal = strawberry.field(description="How much, in the item's base unit.")
    net: Money = strawberry.field(description="What is given back, without tax.")
    tax: Money = strawberry.field(description="The tax that goes with it.")
    invoice_id: strawberry.Private[int]
    item_id: strawberry.Private[int | None]

    @strawberry.field(description="The item; null for carriage.")
    async def item(self, info: Info) -> Item | None:
        return None if self.item_id is None else await info.context.load(load_items, self.item_id)

    @strawberry.field(description="The invoice.")
    async def invoice(self, info: Info) -> Invoice | None:
        return await info.context.load(load_invoices, self.invoice_id)

    @classmethod
    def of(cls, row: Row[Any], currency: str) -> "CreditNoteLine":
        """From a row of the domain's queries, in its credit note's currency."""
        same = ("line_number", "invoice_line_number", "description", "invoice_id", "item_id")
        return cls(
            quantity=plain(row.quantity),
            net=money(row.net_minor, currency),
            tax=money(row.tax_minor, currency),
            **{name: getattr(row, name) for name in same},
        )


@strawberry.type(description="What a customer is given back of what it was billed.")
class CreditNote(Node):
    number: str = strawberry.field(description="Its number, without gaps in its legal entity.")
    currency: str = strawberry.field(description="The currency of its amounts.")
    credited_on: date = strawberry.field(description="The day of the credit note.")
    reason: str = strawberry.field(description="Why.")
    net: Money = strawberry.field(description="The goods, without tax.")
    shipping: Money = strawberry.field(description="The carriage, without tax.")
    fee: Money = strawberry.field(description="What is kept of it as a fee.")
    tax: Money = strawberry.field(description="All taxes.")
    total: Money = strawberry.field(description="What is given back in all.")
    applied: Money = strawberry.field(description="What settled invoices, or was paid out.")
    open: Money = strawberry.field(description="What is the customer's credit still.")
    row_id: strawberry.Private[int]
    entity_id: strawberry.Private[int]
    party_id: strawberry.Private[int | None]
    order_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "CreditNote":
        """From a row of the domain's queries."""
        amounts = ("net", "shipping", "fee", "tax", "total", "applied", "open")
        same = ("number", "currency", "credited_on", "reason", "entity_id", "party_id", "order_id")
        return cls(
            id=global_id("CreditNote", row.id),
            row_id=row.id,
            **{name: getattr(row, name) for name in same},
            **amounts_of(row, amounts, row.currency),
        )

    @strawberry.field(description="Who gives it.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="Who gets it; null where the order named nobody.")
    async def customer(self, info: Info) -> Party | None:
        if self.party_id is None:
            return None
        return await info.context.load(load_parties, self.party_id)

    @strawberry.field(description="What it gives back, line by line.")
    async def lines(self, info: Info) -> list[CreditNoteLine]:
        return await info.context.load(load_credit_note_lines, self.row_id, self.currency)


async def load_credit_notes(reader: Reader, ids: Sequence[int]) -> list[CreditNote | None]:
    """A batch for loaders: the credit notes of these row ids, in order."""
    rows = await queries.credit_notes_of_ids(reader, ids=ids)
    return [CreditNote.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_credit_note_lines(
    reader: Reader, ids: Sequence[int], currency: str
) -> list[list[CreditNoteLine]]:
    """A batch for loaders: the lines of each credit note of a currency."""
    found = await queries.lines_of_credit_notes(reader, ids=ids)
    return [[CreditNoteLine.of(row, currency) for row in found[row_id]] for row_id in ids]


refetched_by("CreditNote", load_credit_notes)


@strawberry.type
class CreditNoteQuery:
    @strawberry.field(
        description="Credit notes, the latest first; a customer sees its own. Needs finance.read."
    )
    async def credit_notes(
        self,
        info: Info,
        filter: Asked = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CreditNote]:
        listing = await queries.credit_notes(
            await info.context.reader(),
            where=bill_filter(filter),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, CreditNote.of, count=listing.count)

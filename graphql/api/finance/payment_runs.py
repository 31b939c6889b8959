"""Payment runs on the API: what is to be paid to suppliers on a day."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.finance.payments import Payment, load_payments
from api.finance.supplier_invoices import SupplierInvoice, load_supplier_invoices
from api.finance.words import word
from api.ids import global_id, optional_row_id
from api.nodes import Node, refetched_by
from api.scalars import Money, money
from domain.finance.queries import documents as queries
from domain.kernel.reading import Reader


@strawberry.enum(description="How far a payment run has come.")
class PaymentRunStatus(Enum):
    PROPOSED = strawberry.enum_value("proposed", description="Nobody was asked yet.")
    WAITING = strawberry.enum_value("waiting", description="It waits for somebody's yes.")
    APPROVED = strawberry.enum_value("approved", description="It may be paid.")
    PAID = strawberry.enum_value("paid", description="It was paid.")
    DROPPED = strawberry.enum_value("dropped", description="It was given up.")


@strawberry.type(description="What a run pays of a supplier's invoice.")
class PaymentRunLine:
    amount: Money = strawberry.field(description="How much.")
    supplier_invoice_id: strawberry.Private[int]
    payment_id: strawberry.Private[int | None]

    @strawberry.field(description="The invoice.")
    async def supplier_invoice(self, info: Info) -> SupplierInvoice | None:
        return await info.context.load(load_supplier_invoices, self.supplier_invoice_id)

    @strawberry.field(description="The payment, once it was paid.")
    async def payment(self, info: Info) -> Payment | None:
        if self.payment_id is None:
            return None
        return await info.context.load(load_payments, self.payment_id)

    @classmethod
    def of(cls, row: Row[Any], currency: str) -> "PaymentRunLine":
        """From a row of the domain's queries, in its run's currency."""
        return cls(
            amount=money(row.amount_minor, currency),
            supplier_invoice_id=row.supplier_invoice_id,
            payment_id=row.payment_id,
        )


@strawberry.type(description="What is to be paid to suppliers on a day.")
class PaymentRun(Node):
    number: str = strawberry.field(description="Its number, unique in the tenant.")
    status: PaymentRunStatus = strawberry.field(description="How far it has come.")
    pay_on: date = strawberry.field(description="When it is to be paid.")
    due_until: date = strawberry.field(description="It pays what is due by this day.")
    total: Money = strawberry.field(description="What it pays in all.")
    created_at: datetime = strawberry.field(description="When it was proposed.")
    created_by: str = strawberry.field(description="Who proposed it.")
    paid_at: datetime | None = strawberry.field(description="When it was paid.")
    row_id: strawberry.Private[int]
    entity_id: strawberry.Private[int]
    currency: strawberry.Private[str]

    @classmethod
    def of(cls, row: Row[Any]) -> "PaymentRun":
        """From a row of the domain's queries."""
        same = (
            *("number", "pay_on", "due_until", "created_at", "created_by", "paid_at"),
            *("entity_id", "currency"),
        )
        return cls(
            id=global_id("PaymentRun", row.id),
            row_id=row.id,
            status=PaymentRunStatus(row.status),
            total=money(row.total_minor, row.currency),
            **{name: getattr(row, name) for name in same},
        )

    @strawberry.field(description="Who pays.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="What it pays.")
    async def lines(self, info: Info) -> list[PaymentRunLine]:
        return await info.context.load(load_run_lines, self.row_id, self.currency)


async def load_payment_runs(reader: Reader, ids: Sequence[int]) -> list[PaymentRun | None]:
    """A batch for loaders: the runs of these row ids, in order."""
    rows = await queries.payment_runs_of_ids(reader, ids=ids)
    return [PaymentRun.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_run_lines(
    reader: Reader, ids: Sequence[int], currency: str
) -> list[list[PaymentRunLine]]:
    """A batch for loaders: the lines of each run of a currency."""
    found = await queries.lines_of_payment_runs(reader, ids=ids)
    return [[PaymentRunLine.of(row, currency) for row in found[row_id]] for row_id in ids]


refetched_by("PaymentRun", load_payment_runs)


@strawberry.input(description="Which payment runs; what is left out does not narrow.")
class PaymentRunFilter:
    entity_id: strawberry.ID | None = strawberry.field(default=None, description="Whose.")
    status: PaymentRunStatus | None = strawberry.field(default=None, description="Its status.")
    number: str | None = strawberry.field(default=None, description="Exactly this number.")


@strawberry.type
class PaymentRunQuery:
    @strawberry.field(description="Payment runs, the latest first. Needs finance.read.")
    async def payment_runs(
        self,
        info: Info,
        filter: Annotated[
            PaymentRunFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PaymentRun]:
        asked = filter or PaymentRunFilter()
        where = queries.DocumentFilter(
            entity_id=optional_row_id(asked.entity_id, "LegalEntity", path=("filter", "entityId")),
            status=word(asked.status),
            number=asked.number,
        )
        listing = await queries.payment_runs(
            await info.context.reader(), where=where, request=wanted(first, after, last, before)
        )
        return connection(listing.page, PaymentRun.of, count=listing.count)

"""What settled what, as it is shown with each side."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.context import Info
from api.ids import global_id
from api.nodes import Node, load_any
from api.scalars import Money, money
from domain.finance.queries import documents as queries
from domain.kernel.reading import Reader

_SOURCES = (("payment_id", "Payment"), ("credit_note_id", "CreditNote"))
_TARGETS = (
    ("invoice_id", "Invoice"),
    ("refund_id", "Payment"),
    ("supplier_invoice_id", "SupplierInvoice"),
)


@strawberry.type(description="So much of a payment or a credit note that settles something.")
class Settlement:
    amount: Money = strawberry.field(description="How much.")
    settled_at: datetime = strawberry.field(description="When.")
    ended_at: datetime | None = strawberry.field(
        description="When it was taken back, because a payment came to nothing; null: it holds."
    )
    source_id: strawberry.Private[strawberry.ID | None]
    target_id: strawberry.Private[strawberry.ID | None]

    @strawberry.field(description="The payment or credit note; null for a write-off.")
    async def source(self, info: Info) -> Node | None:
        return await _node(info, self.source_id)

    @strawberry.field(description="The invoice or refund that it settles.")
    async def target(self, info: Info) -> Node | None:
        return await _node(info, self.target_id)

    @classmethod
    def of(cls, row: Row[Any], currency: str) -> "Settlement":
        """From a row of the domain's queries, in its documents' currency."""
        return cls(
            amount=money(row.amount_minor, currency),
            settled_at=row.allocated_at,
            ended_at=row.ended_at,
            source_id=_id(row, _SOURCES),
            target_id=_id(row, _TARGETS),
        )


def _id(row: Row[Any], columns: Sequence[tuple[str, str]]) -> strawberry.ID | None:
    for column, kind in columns:
        row_id = getattr(row, column)
        if row_id is not None:
            return global_id(kind, row_id)
    return None


async def _node(info: Info, wanted: strawberry.ID | None) -> Node | None:
    if wanted is None:
        return None
    found: Node | None = await info.context.load(load_any, wanted)
    return found


async def load_settlements(
    reader: Reader, ids: Sequence[int], kind: str, currency: str
) -> list[list[Settlement]]:
    """A batch for loaders: what settles each document of a kind and currency, or is settled."""
    found = await _QUERIES[kind](reader, ids=ids)
    return [[Settlement.of(row, currency) for row in found[row_id]] for row_id in ids]


_QUERIES = {
    "invoice": queries.settlements_of_invoices,
    "payment": queries.settlements_of_payments,
    "supplier_invoice": queries.settlements_of_supplier_invoices,
}

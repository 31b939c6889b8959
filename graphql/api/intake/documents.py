"""What was read out of a message: its problems, and each order or invoice in it."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.context import Info
from api.finance.supplier_invoices import SupplierInvoice, load_supplier_invoices
from api.orders.orders import Order, load_orders
from domain.intake import queries
from domain.kernel.reading import Reader


@strawberry.enum(description="Whether a problem keeps an order from being booked.")
class ProblemSeverity(Enum):
    ERROR = strawberry.enum_value("error", description="It does.")
    WARNING = strawberry.enum_value("warning", description="It does not, but should be seen.")


@strawberry.type(description="What is wrong in a document, where, and how to mend it.")
class IntakeProblem:
    code: str = strawberry.field(description="Stable, for programs, such as unknown_item.")
    path: str = strawberry.field(description="The place in the document; empty for the whole.")
    message: str = strawberry.field(description="What is wrong.")
    remedy: str = strawberry.field(description="How to mend it.")
    severity: ProblemSeverity = strawberry.field(description="Whether it keeps from booking.")

    @classmethod
    def of(cls, problem: Mapping[str, Any]) -> "IntakeProblem":
        """From a problem as it is kept."""
        told = {name: problem[name] for name in ("code", "path", "message", "remedy")}
        return cls(**told, severity=ProblemSeverity(problem["severity"]))


@strawberry.enum(description="What became of one order, or invoice, of a document.")
class DocumentOutcome(Enum):
    ACCEPTED = strawberry.enum_value(
        "accepted", description="It was placed as a new order, or taken in as a new invoice."
    )
    AMENDED = strawberry.enum_value("amended", description="It changed or cancelled an order.")
    DUPLICATE = strawberry.enum_value("duplicate", description="It said nothing new.")
    SUPERSEDED = strawberry.enum_value(
        "superseded", description="It is older than what the order follows already."
    )
    EXCEPTION = strawberry.enum_value("exception", description="It waits for a person.")
    REJECTED = strawberry.enum_value("rejected", description="It is not taken.")


@strawberry.type(description="One order, return or supplier's invoice read out of a message.")
class IntakeDocument:
    position: int = strawberry.field(description="Its place among those of the message, from 0.")
    external_id: str | None = strawberry.field(description="The source's lasting id of the order.")
    external_number: str | None = strawberry.field(description="The number people know it by.")
    outcome: DocumentOutcome = strawberry.field(description="What became of it.")
    problems: list[IntakeProblem] = strawberry.field(description="What is wrong with it.")
    order_id: strawberry.Private[int | None]
    supplier_invoice_id: strawberry.Private[int | None]

    @strawberry.field(
        description="The supplier's invoice or credit note that it made or repeats, if any. Needs "
        "finance.read."
    )
    async def supplier_invoice(self, info: Info) -> SupplierInvoice | None:
        if self.supplier_invoice_id is None:
            return None
        return await info.context.load(load_supplier_invoices, self.supplier_invoice_id)

    @strawberry.field(description="The order it made or concerns, if any. Needs orders.read.")
    async def order(self, info: Info) -> Order | None:
        if self.order_id is None:
            return None
        return await info.context.load(load_orders, self.order_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "IntakeDocument":
        """From a row of the domain's queries."""
        return cls(
            position=row.position,
            external_id=row.external_id,
            external_number=row.external_number,
            outcome=DocumentOutcome(row.outcome),
            problems=[IntakeProblem.of(problem) for problem in row.problems],
            order_id=row.order_id,
            supplier_invoice_id=row.supplier_invoice_id,
        )


async def load_documents(reader: Reader, message_ids: Sequence[int]) -> list[list[IntakeDocument]]:
    """A batch for loaders: the orders read out of each message."""
    found = await queries.documents_of_messages(reader, message_ids=message_ids)
    return [[IntakeDocument.of(row) for row in found.get(each, [])] for each in message_ids]

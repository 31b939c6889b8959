"""A supplier's invoice as it comes: what it is of, checked against what was ordered; and what
becomes of it when it is matched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity, Party
from domain.finance.events import SupplierInvoiceReceived
from domain.finance.models import SupplierInvoice
from domain.finance.outcomes import DuplicateSupplierInvoice
from domain.finance.payables import BOOKED, REJECTED, Matched, book, hold
from domain.finance.policies.terms import due_on
from domain.finance.terms import terms_of
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.records import require_record
from domain.kernel.work import Work
from domain.ledger.models import Account
from domain.procurement.models import PurchaseOrder, PurchaseOrderLine

KINDS = ("goods", "landed_cost", "other")
MOST_LINES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledLine:
    """What a supplier bills: a quantity of an order's line in its own unit, or something else
    (`kind` landed_cost or other, on an account of the entity if it says one), without tax."""

    net_minor: int
    quantity: Decimal = Decimal(1)
    order_line_number: int | None = None
    kind: str = "goods"
    description: str | None = None
    account_id: int | None = None


async def settle_match(work: Work, found: Matched, *, status: str) -> str:
    """Book what is borne out; the rest waits as `status`. What became of it."""
    became = status if found.reasons else BOOKED
    if found.reasons:
        await hold(work, found, status=status)
    else:
        await book(work, found)
    invoice = found.invoice
    work.record(
        SupplierInvoiceReceived(
            aggregate_id=invoice.id,
            number=invoice.number,
            supplier_id=invoice.supplier_id,
            status=became,
            reasons=tuple(found.reasons),
        )
    )
    work.audit(
        "match_supplier_invoice",
        subject="supplier_invoice",
        subject_id=invoice.id,
        before={"status": invoice.status},
        after={"status": became, "reasons": found.reasons},
    )
    return became


async def lock_order_of(work: Work, order_id: int | None) -> Row[Any] | None:
    """The order of an invoice, locked; None where it is of none. Raises NotFound for one that its
    supplier was never sent."""
    if order_id is None:
        return None
    row = await work.row(
        select(*PurchaseOrder.__table__.c)
        .where(PurchaseOrder.tenant_id == work.tenant_id, PurchaseOrder.id == order_id)
        .with_for_update()
    )
    if row is None or row.status == "draft":
        raise NotFound("purchase order")
    return row


async def parties_of(
    work: Work,
    order: Row[Any] | None,
    supplier_id: int | None,
    entity_id: int | None,
    currency: str | None,
) -> dict[str, Any]:
    """Supplier, entity and currency of an invoice, its order's where it has one. Raises NotFound,
    InvalidInput."""
    if order is not None:
        if supplier_id not in (None, order.supplier_id) or entity_id not in (None, order.entity_id):
            raise InvalidInput("The order is another's.", path=("purchase_order_id",))
        supplier_id, entity_id = order.supplier_id, order.entity_id
        currency = order.currency if currency is None else currency
    if supplier_id is None or entity_id is None or currency is None:
        message = "Name an order, or the supplier, the entity and the currency."
        raise InvalidInput(message, path=("purchase_order_id",))
    await require_record(work, Party.__table__, supplier_id, kind="party")
    await require_record(work, LegalEntity.__table__, entity_id, kind="legal entity")
    currency = iso.currency(currency)
    return {"supplier_id": supplier_id, "entity_id": entity_id, "currency": currency}


async def line_rows(
    work: Work, order: Row[Any] | None, entity_id: int, lines: Sequence[BilledLine]
) -> list[dict[str, Any]]:
    """The lines as they are written. Raises NotFound (account), InvalidInput."""
    known: Mapping[int, Row[Any]] = {}
    if order is not None:
        rows = await work.rows(
            select(*PurchaseOrderLine.__table__.c).where(
                PurchaseOrderLine.tenant_id == work.tenant_id,
                PurchaseOrderLine.order_id == order.id,
            )
        )
        known = {row.line_number: row for row in rows}
    accounts = {line.account_id for line in lines if line.account_id is not None}
    owned = await work.values(
        select(Account.id).where(
            Account.tenant_id == work.tenant_id,
            Account.id.in_(accounts),
            Account.entity_id == entity_id,
        )
    )
    if accounts - set(owned):
        raise NotFound("account")
    return [_line_row(place, line, known) for place, line in enumerate(lines)]


def _line_row(place: int, line: BilledLine, known: Mapping[int, Row[Any]]) -> dict[str, Any]:
    path = ("lines", place)
    if line.net_minor < 0 or line.quantity <= 0:
        raise InvalidInput("Must be more than zero.", path=(*path, "quantity"))
    bought = None
    if line.order_line_number is not None:
        bought = known.get(line.order_line_number)
        if bought is None:
            message = f"The order has no line {line.order_line_number}."
            raise InvalidInput(message, path=(*path, "order_line_number"))
    quantity = line.quantity
    if bought is not None:
        quantity = quantity * bought.quantity / bought.quantity_ordered
    return {
        "line_number": place + 1,
        "kind": text.choice(line.kind, KINDS, path=(*path, "kind")),
        "account_id": line.account_id,
        "purchase_line_id": None if bought is None else bought.id,
        "item_id": None if bought is None else bought.item_id,
        "description": text.optional(line.description, path=(*path, "description")),
        "quantity": quantity,
        "net_minor": line.net_minor,
    }


async def require_new(work: Work, who: Mapping[str, Any], number: str) -> None:
    """Raise DuplicateSupplierInvoice when the supplier's number is there already."""
    found = await work.value(
        select(SupplierInvoice.id).where(
            SupplierInvoice.tenant_id == work.tenant_id,
            SupplierInvoice.entity_id == who["entity_id"],
            SupplierInvoice.supplier_id == who["supplier_id"],
            SupplierInvoice.external_number == number,
            SupplierInvoice.status != REJECTED,
        )
    )
    if found is not None:
        raise DuplicateSupplierInvoice(
            f"The supplier's invoice {number} is there already.",
            path=("external_number",),
            supplier_invoice_id=found,
            number=number,
        )


async def due_day(work: Work, who: Mapping[str, Any], invoiced_on: date) -> date:
    """When it is to be paid, by the supplier's terms."""
    terms = await terms_of(work, party_ids=[who["supplier_id"]], entity_ids=[who["entity_id"]])
    return due_on(invoiced_on, terms.supplier_term(who["supplier_id"], who["entity_id"]))

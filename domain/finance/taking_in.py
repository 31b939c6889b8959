"""A supplier's invoice or credit note as it comes: what it is of, checked against what was
ordered; and what becomes of it when it is matched."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity, Party
from domain.finance.events import SupplierInvoiceReceived
from domain.finance.matched import Matched
from domain.finance.models import SupplierInvoice
from domain.finance.open_items import lock_rows
from domain.finance.outcomes import DuplicateSupplierInvoice
from domain.finance.payables import BOOKED, CREDITED, REJECTED, book, hold
from domain.finance.policies.terms import due_on
from domain.finance.terms import terms_of
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.records import require_record
from domain.kernel.work import Work
from domain.ledger.accounts import lock_accounts, takes_any
from domain.procurement.models import PurchaseOrder, PurchaseOrderLine

KINDS = ("goods", "price", "landed_cost", "rounding", "other")
MOST_LINES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledLine:
    """What a supplier bills: a quantity of an order's line in its own unit, or something else
    (`kind` landed_cost, rounding or other, on an account of the entity if it says one), without
    tax. Below zero is what it gives back: goods, or (`kind` price) of their price.

    `purchase_order_id` is for an order beside the invoice's own; `is_base`: the quantity is of base
    units of the item."""

    net_minor: int
    quantity: Decimal = Decimal(1)
    order_line_number: int | None = None
    purchase_order_id: int | None = None
    is_base: bool = False
    kind: str = "goods"
    description: str | None = None
    account_id: int | None = None


async def settle_match(work: Work, found: Matched, *, status: str) -> str:
    """Book what is borne out; the rest waits as `status`. What became of it."""
    became = status if found.reasons else CREDITED if found.is_credit else BOOKED
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


async def lock_orders_of(work: Work, order_ids: Collection[int]) -> list[Row[Any]]:
    """The orders of an invoice, locked. Raises NotFound for one that its supplier was never
    sent."""
    rows = await lock_rows(work, PurchaseOrder, order_ids) if order_ids else []
    if len(rows) < len(order_ids) or any(row.status == "draft" for row in rows):
        raise NotFound("purchase order")
    return list(rows)


async def parties_of(
    work: Work,
    orders: Sequence[Row[Any]],
    supplier_id: int | None,
    entity_id: int | None,
    currency: str | None,
) -> dict[str, Any]:
    """Supplier, entity and currency of an invoice, its orders' where it has any. Raises NotFound,
    InvalidInput."""
    for order in orders:
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
    work: Work,
    order_id: int | None,
    orders: Sequence[Row[Any]],
    entity_id: int,
    lines: Sequence[BilledLine],
) -> list[dict[str, Any]]:
    """The lines as they are written; `order_id` is the order of those that name none. Raises
    NotFound (account), InvalidInput."""
    known: dict[tuple[int | None, int], Row[Any]] = {}
    if orders:
        rows = await work.rows(
            select(*PurchaseOrderLine.__table__.c).where(
                PurchaseOrderLine.tenant_id == work.tenant_id,
                PurchaseOrderLine.order_id.in_([order.id for order in orders]),
            )
        )
        known = {(row.order_id, row.line_number): row for row in rows}
    await require_accounts(work, entity_id, [line.account_id for line in lines])
    return [_line_row(place, line, order_id, known) for place, line in enumerate(lines)]


async def require_accounts(work: Work, entity_id: int, account_ids: Sequence[int | None]) -> None:
    """What of an invoice's lines is to be posted to which accounts (None: by the rules). Raises
    NotFound, InvalidInput for one that is closed or follows documents; what passes stays so until
    the end of the work."""
    wanted = {each for each in account_ids if each is not None}
    if not wanted:
        return
    known = await lock_accounts(work, entity_id, wanted)
    if wanted - known.keys():
        raise NotFound("account")
    for place, each in enumerate(account_ids):
        if each is not None and not takes_any(known[each]):
            message = "Nothing is posted to this account by hand."
            raise InvalidInput(message, path=("lines", place, "account_id"))


def _line_row(
    place: int,
    line: BilledLine,
    order_id: int | None,
    known: Mapping[tuple[int | None, int], Row[Any]],
) -> dict[str, Any]:
    path = ("lines", place)
    if not line.quantity or line.net_minor * line.quantity < 0:
        message = "Must not be zero, and of the same sign as the amount."
        raise InvalidInput(message, path=(*path, "quantity"))
    bought = None
    if line.order_line_number is not None:
        own = order_id if line.purchase_order_id is None else line.purchase_order_id
        bought = known.get((own, line.order_line_number))
        if bought is None:
            message = f"The order has no line {line.order_line_number}."
            raise InvalidInput(message, path=(*path, "order_line_number"))
    quantity = line.quantity
    if bought is not None and not line.is_base:
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

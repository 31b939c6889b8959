"""Invoices, credit notes, payments and suppliers' invoices; a partner sees its own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.engine import Row

from domain.finance.models import (
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentAllocation,
    PaymentRun,
    PaymentRunLine,
    SupplierInvoice,
    SupplierInvoiceLine,
    TaxAmount,
)
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilter:
    """Which documents; what is absent does not narrow. `party_id` is the customer or supplier."""

    party_id: int | None = None
    entity_id: int | None = None
    order_id: int | None = None
    number: str | None = None
    status: str | None = None
    kind: str | None = None
    is_open: bool | None = None
    due_until: date | None = None

    def conditions(self, table: Any) -> list[ColumnElement[bool]]:
        """The filter as conditions on a table; what it has not is not asked of it."""
        names = {"order_id": "purchase_order_id"} if table is SupplierInvoice else {}
        names |= {"party_id": "supplier_id"} if table is SupplierInvoice else {}
        found: list[ColumnElement[bool]] = []
        for name in ("party_id", "entity_id", "order_id", "number", "status", "kind"):
            value = getattr(self, name)
            if value is not None:
                found.append(getattr(table, names.get(name, name)) == value)
        if self.is_open is not None:
            found.append(table.open_minor != 0 if self.is_open else table.open_minor == 0)
        if self.due_until is not None:
            found.append(table.due_on <= self.due_until)
        return found


def _latest(table: Any) -> Ordering:
    return Ordering((table.id,), descending=True)


def _all(reader: Reader, table: Any) -> Select[Any]:
    return select(*table.__table__.c).where(table.tenant_id == reader.tenant_id)


async def _page(reader: Reader, table: Any, where: DocumentFilter, request: PageRequest) -> Listing:
    statement = _all(reader, table).where(*where.conditions(table))
    return await list_page(reader, statement, ordering=_latest(table), request=request)


async def _of_ids(reader: Reader, table: Any, ids: Collection[int]) -> dict[int, Row[Any]]:
    rows = await reader.rows(_all(reader, table).where(table.id.in_(ids)))
    return {row.id: row for row in rows}


async def _children(
    reader: Reader, table: Any, key: str, ids: Collection[int]
) -> dict[int, list[Row[Any]]]:
    rows = await reader.rows(
        _all(reader, table).where(getattr(table, key).in_(ids)).order_by(table.id)
    )
    return grouped(ids, rows, key=key)


@query("finance.read")
async def invoices(reader: Reader, *, where: DocumentFilter, request: PageRequest) -> Listing:
    """A page of invoices, the latest first."""
    return await _page(reader, Invoice, where, request)


@query("finance.read")
async def invoices_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Invoices by their ids; what is not there is left out."""
    return await _of_ids(reader, Invoice, ids)


@query("finance.read")
async def invoices_of_orders(
    reader: Reader, *, order_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The invoices that bill goods of each order alone, the first first."""
    return await _children(reader, Invoice, "order_id", order_ids)


@query("finance.read")
async def lines_of_invoices(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The lines of each invoice, in order."""
    return await _children(reader, InvoiceLine, "invoice_id", ids)


@query("finance.read")
async def taxes_of_invoices(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """What each tax comes to in each invoice."""
    return await _children(reader, TaxAmount, "invoice_id", ids)


@query("finance.read")
async def settlements_of_invoices(
    reader: Reader, *, ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """What settles each invoice, or did until it was taken back; the first first."""
    return await _children(reader, PaymentAllocation, "invoice_id", ids)


@query("finance.read")
async def credit_notes(reader: Reader, *, where: DocumentFilter, request: PageRequest) -> Listing:
    """A page of credit notes, the latest first."""
    return await _page(reader, CreditNote, where, request)


@query("finance.read")
async def credit_notes_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Credit notes by their ids; what is not there is left out."""
    return await _of_ids(reader, CreditNote, ids)


@query("finance.read")
async def lines_of_credit_notes(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The lines of each credit note with the line number, description, item and invoice of the
    line that each gives back."""
    line, billed = CreditNoteLine, InvoiceLine
    rows = await reader.rows(
        select(*line.__table__.c, billed.invoice_id, billed.item_id, billed.description)
        .add_columns(billed.line_number.label("invoice_line_number"))
        .join(billed, (billed.tenant_id == line.tenant_id) & (billed.id == line.invoice_line_id))
        .where(line.tenant_id == reader.tenant_id, line.credit_note_id.in_(ids))
        .order_by(line.id)
    )
    return grouped(ids, rows, key="credit_note_id")


@query("finance.read")
async def payments(reader: Reader, *, where: DocumentFilter, request: PageRequest) -> Listing:
    """A page of payments, the latest first."""
    return await _page(reader, Payment, where, request)


@query("finance.read")
async def payments_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Payments by their ids; what is not there is left out."""
    return await _of_ids(reader, Payment, ids)


@query("finance.read")
async def settlements_of_payments(
    reader: Reader, *, ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """What each payment settles, or did until it was taken back."""
    return await _children(reader, PaymentAllocation, "payment_id", ids)


@query("finance.read")
async def supplier_invoices(
    reader: Reader, *, where: DocumentFilter, request: PageRequest
) -> Listing:
    """A page of suppliers' invoices, the latest first."""
    return await _page(reader, SupplierInvoice, where, request)


@query("finance.read")
async def supplier_invoices_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Suppliers' invoices by their ids; what is not there is left out."""
    return await _of_ids(reader, SupplierInvoice, ids)


@query("finance.read")
async def lines_of_supplier_invoices(
    reader: Reader, *, ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The lines of each supplier's invoice, in order."""
    return await _children(reader, SupplierInvoiceLine, "supplier_invoice_id", ids)


@query("finance.read")
async def settlements_of_supplier_invoices(
    reader: Reader, *, ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """What settles each supplier's invoice, or did until it was taken back."""
    return await _children(reader, PaymentAllocation, "supplier_invoice_id", ids)


@query("finance.read")
async def payment_runs(reader: Reader, *, where: DocumentFilter, request: PageRequest) -> Listing:
    """A page of payment runs, the latest first."""
    return await _page(reader, PaymentRun, where, request)


@query("finance.read")
async def payment_runs_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Payment runs by their ids; what is not there is left out."""
    return await _of_ids(reader, PaymentRun, ids)


@query("finance.read")
async def lines_of_payment_runs(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """What each run pays."""
    return await _children(reader, PaymentRunLine, "run_id", ids)

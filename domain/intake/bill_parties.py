"""Of whom a supplier's invoice is, to whom, and of which orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity, Location, Party
from domain.entities.party_lookup import find_party
from domain.finance.models import SupplierInvoice
from domain.intake.bill_problems import (
    of_another,
    orders_apart,
    other_entity,
    unknown_invoice,
    unknown_order,
    unknown_supplier,
)
from domain.intake.document import Problem
from domain.intake.formats.invoiced.invoice import InvoiceParty, ParsedInvoice
from domain.kernel.reading import Reader
from domain.procurement.models import PurchaseOrder

DRAFT, REJECTED = "draft", "rejected"


@dataclass(frozen=True, slots=True)
class Concerned:
    """Supplier and legal entity of an invoice, its orders by the number that it gives them, and the
    invoice that it corrects. `is_ordered`: the document itself names an order."""

    supplier_id: int
    entity_id: int
    orders: dict[str, Row[Any]]
    corrects: Row[Any] | None
    is_ordered: bool

    def order_of(self, number: str | None) -> Row[Any] | None:
        """The order of that number; the only one where none is given."""
        if number is not None and number.strip() in self.orders:
            return self.orders[number.strip()]
        return next(iter(self.orders.values())) if len(self.orders) == 1 else None


async def concerned(
    reader: Reader, channel: Row[Any], invoice: ParsedInvoice
) -> Concerned | list[Problem]:
    """Whom and what an invoice means, or what of it is not known here."""
    supplier_id = await _supplier(reader, channel, invoice)
    if supplier_id is None:
        return [unknown_supplier(invoice, channel.code)]
    orders, problems = await _orders(reader, invoice, supplier_id)
    corrects = await _corrected(reader, invoice, supplier_id) if invoice.corrects else None
    if invoice.is_credit and invoice.corrects and corrects is None:
        problems.append(unknown_invoice(invoice))
    is_ordered = bool(orders)
    if not orders and corrects is not None and corrects.purchase_order_id is not None:
        orders = await _order_of(reader, corrects.purchase_order_id)
    entities = {order.entity_id for order in orders.values()}
    if len(entities) > 1:
        problems.append(orders_apart(invoice))
    named = await _buyer(reader, invoice.buyer)
    if named is not None and entities and named.id not in entities:
        problems.append(other_entity(invoice, named.code))
    if problems:
        return problems
    of_corrected = None if corrects is None else corrects.entity_id
    own = channel.entity_id if named is None else named.id
    entity_id = next(iter(entities), of_corrected or own)
    return Concerned(supplier_id, entity_id, orders, corrects, is_ordered)


async def _supplier(reader: Reader, channel: Row[Any], invoice: ParsedInvoice) -> int | None:
    """The channel's own party; else who has one of the codes or names, as mapped or as our code of
    it."""
    if channel.default_party_id is not None:
        return int(channel.default_party_id)
    told = _spellings(invoice.seller)
    found = await find_party(reader, channel_id=channel.id, values=told)
    if found is not None:
        return found
    rows = await reader.rows(
        select(Party.id, Party.code).where(
            Party.tenant_id == reader.tenant_id, Party.code.in_(told), Party.status != "closed"
        )
    )
    return min(rows, key=lambda row: told.index(row.code)).id if rows else None


def _spellings(party: InvoiceParty) -> list[str]:
    """What a party is called, each also without the blanks that tax numbers are written with."""
    told = [*party.codes, *party.names]
    return list(dict.fromkeys(each for one in told for each in (one, one.replace(" ", ""))))


async def _buyer(reader: Reader, buyer: InvoiceParty) -> Row[Any] | None:
    """The legal entity that is billed: by its code or its name, or by the code of a place of its
    own; None where nothing of it is known."""
    told = _spellings(buyer)
    if not told:
        return None
    by_itself = await reader.rows(
        select(LegalEntity.id, LegalEntity.code, LegalEntity.name).where(
            LegalEntity.tenant_id == reader.tenant_id,
            or_(LegalEntity.code.in_(told), LegalEntity.name.in_(told)),
        )
    )
    if len(by_itself) == 1:
        return by_itself[0]
    by_place = await reader.rows(
        select(LegalEntity.id, LegalEntity.code)
        .distinct()
        .join(
            Location,
            (Location.tenant_id == LegalEntity.tenant_id) & (Location.entity_id == LegalEntity.id),
        )
        .where(LegalEntity.tenant_id == reader.tenant_id, Location.code.in_(told))
    )
    return by_place[0] if len(by_place) == 1 else None


_ORDER = (
    *(PurchaseOrder.id, PurchaseOrder.number, PurchaseOrder.external_reference),
    *(PurchaseOrder.supplier_id, PurchaseOrder.entity_id, PurchaseOrder.currency),
)


async def _orders(
    reader: Reader, invoice: ParsedInvoice, supplier_id: int
) -> tuple[dict[str, Row[Any]], list[Problem]]:
    """The orders that the document names, of its supplier; by their number, else by what the
    supplier calls them."""
    places = {invoice.order.strip(): invoice.path} if invoice.order else {}
    for line in invoice.lines:
        if line.order:
            places.setdefault(line.order.strip(), line.path)
    if not places:
        return {}, []
    wanted = list(places)
    rows = await reader.rows(
        select(*_ORDER).where(
            PurchaseOrder.tenant_id == reader.tenant_id,
            PurchaseOrder.status != DRAFT,
            or_(
                PurchaseOrder.number.in_(wanted),
                (PurchaseOrder.supplier_id == supplier_id)
                & PurchaseOrder.external_reference.in_(wanted),
            ),
        )
    )
    found: dict[str, Row[Any]] = {}
    problems: list[Problem] = []
    for number, path in places.items():
        order = _named(rows, number)
        if order is None:
            problems.append(unknown_order(path, number))
        elif order.supplier_id != supplier_id:
            problems.append(of_another(invoice, number))
        else:
            found[number] = order
    return found, problems


def _named(rows: Sequence[Row[Any]], number: str) -> Row[Any] | None:
    named = [row for row in rows if row.number == number]
    called = [row for row in rows if row.external_reference == number]
    return named[0] if named else called[0] if len(called) == 1 else None


async def _order_of(reader: Reader, order_id: int) -> dict[str, Row[Any]]:
    rows = await reader.rows(
        select(*_ORDER).where(
            PurchaseOrder.tenant_id == reader.tenant_id, PurchaseOrder.id == order_id
        )
    )
    return {row.number: row for row in rows}


async def _corrected(reader: Reader, invoice: ParsedInvoice, supplier_id: int) -> Row[Any] | None:
    """The supplier's invoice that a document corrects: the first of those that it names."""
    bill = SupplierInvoice
    return await reader.row(
        select(bill.id, bill.entity_id, bill.purchase_order_id, bill.currency)
        .where(
            bill.tenant_id == reader.tenant_id,
            bill.supplier_id == supplier_id,
            bill.external_number.in_(invoice.corrects),
            bill.kind == "invoice",
            bill.status != REJECTED,
        )
        .order_by(bill.id)
        .limit(1)
    )

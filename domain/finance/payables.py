"""Suppliers' invoices are matched with order and receipt, and booked: what was received and not
invoiced becomes what is owed, and what the price was off goes to the goods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, column, func, literal, select, update
from sqlalchemy.engine import Row

from domain.finance.bought import BoughtLine, bought_lines
from domain.finance.events import SupplierInvoiceBooked
from domain.finance.models import SupplierInvoice, SupplierInvoiceLine
from domain.finance.numbering import entities_of
from domain.finance.open_items import lock_rows
from domain.finance.policies.matching import (
    NO_ORDER,
    OTHER_CURRENCY,
    TOTAL_DIFFERS,
    Billed,
    Match,
    agreed_minor,
    match,
)
from domain.finance.policies.taxes import REVERSE, reverse_charge
from domain.finance.taxing import treatments
from domain.finance.terms import terms_of
from domain.inventory.valuation.kinds import Source
from domain.inventory.valuation.revising import ReceiptChange, revalue_receipts
from domain.kernel.errors import NotFound
from domain.kernel.money import share
from domain.kernel.work import Work
from domain.ledger.currency import to_base
from domain.ledger.entries import Dimensions, Entry, Leg
from domain.ledger.posting import post
from domain.ledger.rates import rates_on
from domain.procurement.models import PurchaseOrder

BOOKED, EXCEPTION, WAITING, REJECTED = "booked", "exception", "waiting", "rejected"
SOURCE = "supplier_invoice"


@dataclass(frozen=True, slots=True)
class Matched:
    """A locked supplier's invoice with its lines, held against what was bought: of each line why
    it is not borne out, and what it stands at."""

    invoice: Row[Any]
    lines: Sequence[Row[Any]]
    order: Row[Any] | None
    bought: Mapping[int, BoughtLine]
    matches: Mapping[int, Match]

    @property
    def reasons(self) -> list[str]:
        """Why it is not borne out, in all; nothing: it is."""
        found = {reason for each in self.matches.values() for reason in each.reasons}
        if self.order is not None and self.order.currency != self.invoice.currency:
            found.add(OTHER_CURRENCY)
        if TOTAL_DIFFERS in self.invoice.reasons:
            found.add(TOTAL_DIFFERS)
        return sorted(found)

    @property
    def agreed_minor(self) -> int:
        """What of it is borne out, without tax."""
        return sum(
            agreed_minor(
                self.bought[line.purchase_line_id].bought, Billed(line.quantity, line.net_minor)
            )
            for line in self.lines
            if line.purchase_line_id is not None
        )


async def matched(work: Work, invoice_id: int) -> Matched:
    """Lock a supplier's invoice, after its order, and hold it against what was bought. Raises
    NotFound."""
    order_id = await work.row(
        select(SupplierInvoice.purchase_order_id).where(
            SupplierInvoice.tenant_id == work.tenant_id, SupplierInvoice.id == invoice_id
        )
    )
    if order_id is None:
        raise NotFound("supplier invoice")
    orders = [] if order_id[0] is None else await lock_rows(work, PurchaseOrder, [order_id[0]])
    [invoice] = await lock_rows(work, SupplierInvoice, [invoice_id])
    lines = await work.rows(
        select(*SupplierInvoiceLine.__table__.c)
        .where(
            SupplierInvoiceLine.tenant_id == work.tenant_id,
            SupplierInvoiceLine.supplier_invoice_id == invoice_id,
        )
        .order_by(SupplierInvoiceLine.line_number)
    )
    order = orders[0] if orders else None
    named = [line.purchase_line_id for line in lines if line.purchase_line_id is not None]
    bought = (
        await bought_lines(work, named, currency=order.currency, but=invoice_id) if order else {}
    )
    terms = await terms_of(work, party_ids=[invoice.supplier_id], entity_ids=[invoice.entity_id])
    tolerance = terms.of(invoice.supplier_id).tolerance
    matches = {line.id: _match(line, bought, tolerance) for line in lines}
    return Matched(invoice, lines, order, bought, matches)


def _match(line: Row[Any], bought: Mapping[int, BoughtLine], tolerance: Any) -> Match:
    if line.purchase_line_id is None:
        return Match((NO_ORDER,), 0, line.net_minor)
    found = bought[line.purchase_line_id].bought
    return match(found, Billed(line.quantity, line.net_minor), tolerance)


async def hold(work: Work, found: Matched, *, status: str) -> None:
    """Note why an invoice is not borne out; it waits as `status`."""
    await _write_lines(work, found, {})
    await set_invoice(work, found.invoice.id, status=status, reasons=found.reasons)


async def book(
    work: Work, found: Matched, *, decision: str | None = None, credit_expected_minor: int = 0
) -> None:
    """Book a matched invoice: it is owed from now on. `credit_expected_minor` of it is what the
    supplier has to give back; it goes to nobody's goods. Locks costs, then the books."""
    invoice = found.invoice
    legs = await _legs(work, found, credit_expected_minor)
    base = await _base(work, invoice)
    await _write_lines(work, found, found.matches)
    await set_invoice(
        work,
        invoice.id,
        status=BOOKED,
        reasons=found.reasons,
        decision=decision,
        credit_expected_minor=credit_expected_minor,
        base_minor=base,
        base_open_minor=base,
        booked_at=work.now,
    )
    await post(work, [_entry(work, found, legs, base)])
    work.record(
        SupplierInvoiceBooked(
            aggregate_id=invoice.id,
            number=invoice.number,
            supplier_id=invoice.supplier_id,
            currency=invoice.currency,
            total_minor=invoice.total_minor,
            due_on=invoice.due_on.isoformat(),
        )
    )


async def _legs(work: Work, found: Matched, credit_expected: int) -> list[Leg]:
    invoice, left = found.invoice, credit_expected
    legs = [Leg("credit_expected", credit_expected)]
    changes: list[ReceiptChange] = []
    for line in found.lines:
        if line.purchase_line_id is None:
            # Goods of no order were received by hand, if at all.
            name = "goods_received" if line.kind == "goods" else line.kind
            legs.append(Leg(name, line.net_minor, account_id=line.account_id))
            continue
        stood = found.matches[line.id].received_minor
        variance = line.net_minor - stood
        disputed = min(left, max(variance, 0))
        left -= disputed
        legs.append(Leg("goods_received", stood))
        revalued, rest = _changes(found, line, variance - disputed)
        changes += revalued
        legs.append(Leg("price_variance", rest))
    # What is disputed beyond the prices is of goods that never came.
    legs.append(Leg("goods_received", -left))
    if changes:
        cause = Source(SOURCE, invoice.id)
        legs += [Leg(*leg) for leg in (await revalue_receipts(work, changes, cause=cause)).legs]
    return [*legs, *await _tax_legs(work, invoice)]


def _changes(found: Matched, line: Row[Any], variance: int) -> tuple[list[ReceiptChange], int]:
    """By how much the goods that came by each document cost more, of what this line bills; what
    bills nothing that came is left over."""
    each = found.bought[line.purchase_line_id]
    skipped, wanted = each.bought.billed, line.quantity
    parts: list[tuple[int, Decimal]] = []
    for came in each.came:
        passed = min(skipped, came.quantity)
        skipped -= passed
        taken = min(came.quantity - passed, wanted)
        wanted -= taken
        if taken:
            parts.append((came.document_id, taken))
    if not parts or not variance:
        return [], variance
    sign = 1 if variance > 0 else -1
    amounts = share(abs(variance), [quantity for _, quantity in parts])
    owner_id, item_id = found.invoice.entity_id, each.row.item_id
    changes = [
        ReceiptChange(Source("stock_document", document), owner_id, item_id, sign * amount)
        for (document, _), amount in zip(parts, amounts, strict=True)
        if amount
    ]
    return changes, 0


async def _tax_legs(work: Work, invoice: Row[Any]) -> list[Leg]:
    legs = [Leg("tax_receivable", invoice.tax_minor)]
    if invoice.tax_code_id is not None:
        found = await treatments(work, [invoice.tax_code_id], on=invoice.invoiced_on)
        treatment = found[invoice.tax_code_id]
        if treatment.kind == REVERSE:
            owed = reverse_charge(invoice.net_minor, treatment)
            legs += [Leg("tax_receivable", owed), Leg("tax", -owed)]
    return legs


async def _base(work: Work, invoice: Row[Any]) -> int:
    own = (await entities_of(work, [invoice.entity_id]))[invoice.entity_id].currency
    if own == invoice.currency:
        return int(invoice.total_minor)
    pair = (invoice.currency, own)
    rates = await rates_on(work, [pair], on=work.now.date())
    return to_base(invoice.total_minor, *pair, rates[pair])


def _entry(work: Work, found: Matched, legs: Sequence[Leg], base: int) -> Entry:
    invoice = found.invoice
    trace = {"supplier_invoice_id": invoice.id}
    if found.order is not None:
        trace["purchase_order_id"] = found.order.id
    return Entry(
        entity_id=invoice.entity_id,
        milestone=SOURCE,
        source_kind=SOURCE,
        source_id=invoice.id,
        currency=invoice.currency,
        legs=(Leg("payable", -invoice.total_minor, base_amount_minor=-base), *legs),
        posted_on=work.now.date(),
        description=f"Invoice {invoice.external_number} ({invoice.number})",
        trace=trace,
        dimensions=Dimensions(party_id=invoice.supplier_id),
    )


async def _write_lines(work: Work, found: Matched, booked: Mapping[int, Match]) -> None:
    rows = [(line.id, found.matches[line.id], booked.get(line.id)) for line in found.lines]
    given = (
        func.unnest(
            literal([row_id for row_id, _, _ in rows], ARRAY(BigInteger)),
            literal([",".join(each.reasons) for _, each, _ in rows], ARRAY(Text)),
            literal([b.received_minor if b else 0 for _, _, b in rows], ARRAY(BigInteger)),
            literal([b.variance_minor if b else 0 for _, _, b in rows], ARRAY(BigInteger)),
        )
        .table_valued(
            column("id", BigInteger),
            column("reasons", Text),
            column("received", BigInteger),
            column("variance", BigInteger),
        )
        .render_derived(name="given")
    )
    await work.execute(
        update(SupplierInvoiceLine)
        .where(
            SupplierInvoiceLine.tenant_id == work.tenant_id, SupplierInvoiceLine.id == given.c.id
        )
        .values(
            reasons=func.string_to_array(given.c.reasons, ","),
            received_minor=given.c.received,
            variance_minor=given.c.variance,
        )
    )


async def set_invoice(work: Work, invoice_id: int, **fields: Any) -> None:
    """Write fields of a locked supplier's invoice and raise its version."""
    await work.execute(
        update(SupplierInvoice)
        .where(SupplierInvoice.tenant_id == work.tenant_id, SupplierInvoice.id == invoice_id)
        .values(**fields, version=SupplierInvoice.version + 1)
    )

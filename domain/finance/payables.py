"""Suppliers' invoices are matched with order and receipt, and booked: what was received and not
invoiced becomes what is owed, and what the price was off goes to the goods."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, column, func, literal, update
from sqlalchemy.engine import Row

from domain.finance.bought import BoughtLine
from domain.finance.events import SupplierInvoiceBooked
from domain.finance.foreign_goods import foreign_books
from domain.finance.matched import CREDIT_NOTE, Matched
from domain.finance.models import SupplierInvoice, SupplierInvoiceLine
from domain.finance.numbering import entities_of
from domain.finance.policies.matching import Match
from domain.finance.policies.taxes import REVERSE, reverse_charge
from domain.finance.supplier_credits import give_back
from domain.finance.taxing import treatments
from domain.inventory.valuation.kinds import Source
from domain.inventory.valuation.revising import ReceiptChange, revalue_receipts
from domain.inventory.valuation.telling_apart import told_apart
from domain.kernel.money import share
from domain.kernel.work import Work
from domain.ledger.currency import to_base
from domain.ledger.entries import Dimensions, Entry, Leg
from domain.ledger.posting import post
from domain.ledger.rates import rates_on

BOOKED, EXCEPTION, WAITING, REJECTED = "booked", "exception", "waiting", "rejected"
CREDITED = "credited"
SOURCE = "supplier_invoice"


async def hold(work: Work, found: Matched, *, status: str) -> None:
    """Note why an invoice is not borne out; it waits as `status`."""
    await _write_lines(work, found, {})
    await set_invoice(work, found.invoice.id, status=status, reasons=found.reasons)


async def book(
    work: Work, found: Matched, *, decision: str | None = None, credit_expected_minor: int = 0
) -> None:
    """Book a matched invoice: it is owed from now on. `credit_expected_minor` of it is what the
    supplier has to give back; it goes to nobody's goods. A credit note gives back what was
    expected first, then of the goods; what is owed is less by it at once. Locks costs, then the
    books."""
    invoice, is_credit = found.invoice, found.is_credit
    expected = found.expected_minor if is_credit else credit_expected_minor
    legs = await _legs(work, found, -expected if is_credit else expected)
    base = await _base(work, invoice)
    await _write_lines(work, found, found.matches)
    await set_invoice(
        work,
        invoice.id,
        status=CREDITED if is_credit else BOOKED,
        reasons=found.reasons,
        decision=decision,
        credit_expected_minor=expected,
        base_minor=base,
        base_open_minor=0 if is_credit else base,
        booked_at=work.now,
    )
    await post(work, [_entry(work, found, legs, base)])
    if is_credit:
        await give_back(work, invoice, [order.id for order in found.orders])
        return
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
    goods: list[tuple[BoughtLine, int]] = []
    for line in found.lines:
        if line.purchase_line_id is None:
            # Goods of no order were received by hand, if at all.
            name = "goods_received" if line.kind == "goods" else line.kind
            awaited = max(left, line.net_minor) if left < 0 else 0
            left -= awaited
            legs.append(Leg(name, line.net_minor - awaited, account_id=line.account_id))
            continue
        stood = found.matches[line.id].received_minor
        variance = line.net_minor - stood
        disputed = min(left, max(variance, 0)) if left > 0 else max(left, min(variance, 0))
        left -= disputed
        goods.append((found.bought[line.id], stood))
        revalued, rest = _changes(found, line, variance - disputed)
        changes += revalued
        legs.append(Leg("price_variance", rest))
    # What is disputed beyond the prices is of goods that never came.
    legs.append(Leg("goods_received", -left))
    return [
        *legs,
        *await _goods_legs(work, invoice, goods, changes),
        *await _tax_legs(work, invoice),
    ]


async def _goods_legs(
    work: Work,
    invoice: Row[Any],
    goods: Sequence[tuple[BoughtLine, int]],
    changes: Sequence[ReceiptChange],
) -> list[Leg]:
    """What lines of orders stood at, and what their goods cost more, which is written."""
    foreign = await foreign_books(work, invoice, [line for line, _ in goods], on=work.now.date())
    legs, booked, own = [], changes, None
    if foreign is None:
        legs = [Leg("goods_received", stood) for _, stood in goods]
    else:
        booked, own = foreign.changes(changes), foreign.pair[1]
        legs = foreign.goods_legs(goods, changes, booked)
    if booked:
        done = await revalue_receipts(work, booked, cause=Source(SOURCE, invoice.id))
        apart = await told_apart(work, done.legs, done.corrected)
        legs += [replace(leg, currency=own) for leg in apart]
    return legs


def _changes(found: Matched, line: Row[Any], variance: int) -> tuple[list[ReceiptChange], int]:
    """By how much the goods that came by each document cost more, of what this line bills; what
    bills nothing that came is left over."""
    each = found.bought[line.id]
    skipped, wanted = each.bought.billed, line.quantity
    if wanted < 0:
        # What is given back is of what was billed last.
        wanted = min(-wanted, skipped)
        skipped -= wanted
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
    sign = -1 if invoice.kind == CREDIT_NOTE else 1
    legs = [Leg("tax_receivable", sign * invoice.tax_minor)]
    if invoice.tax_code_id is not None:
        found = await treatments(work, [invoice.tax_code_id], on=invoice.invoiced_on)
        treatment = found[invoice.tax_code_id]
        if treatment.kind == REVERSE:
            owed = sign * reverse_charge(invoice.net_minor, treatment)
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
    if len(found.orders) == 1:
        trace["purchase_order_id"] = found.orders[0].id
    # What a credit note gives back is taken off what is owed by a payment of that method.
    whole = Leg("payable", -invoice.total_minor, base_amount_minor=-base)
    if found.is_credit:
        whole = Leg("credit_expected", invoice.total_minor)
    return Entry(
        entity_id=invoice.entity_id,
        milestone=SOURCE,
        source_kind=SOURCE,
        source_id=invoice.id,
        currency=invoice.currency,
        legs=(whole, *legs),
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

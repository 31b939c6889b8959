"""A supplier's invoice or credit note, locked and held against what was ordered, came and was
billed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.finance.bought import BoughtLine, bought_lines
from domain.finance.models import SupplierInvoice, SupplierInvoiceLine
from domain.finance.open_items import lock_rows
from domain.finance.policies.matching import (
    NO_ORDER,
    OTHER_CURRENCY,
    TOTAL_DIFFERS,
    Billed,
    Match,
    Tolerance,
    agreed_minor,
    match,
)
from domain.finance.supplier_credits import expected_back
from domain.finance.terms import terms_of
from domain.kernel.errors import NotFound
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.procurement.models import PurchaseOrder, PurchaseOrderLine

INVOICE, CREDIT_NOTE = "invoice", "credit_note"


@dataclass(frozen=True, slots=True)
class Matched:
    """A locked supplier's invoice with its lines, held against what was bought: of each line why
    it is not borne out, and what it stands at. `orders` are those that it names; `expected_minor`
    is what of a credit note had been expected. `bought` is by line: what a line above bills of the
    same is billed already."""

    invoice: Row[Any]
    lines: Sequence[Row[Any]]
    orders: Sequence[Row[Any]]
    bought: Mapping[int, BoughtLine]
    matches: Mapping[int, Match]
    expected_minor: int = 0

    @property
    def is_credit(self) -> bool:
        """Whether it gives back."""
        return bool(self.invoice.kind == CREDIT_NOTE)

    @property
    def reasons(self) -> list[str]:
        """Why it is not borne out, in all; nothing: it is."""
        found = {reason for each in self.matches.values() for reason in each.reasons}
        if self.is_credit and self.expected_minor == self.invoice.net_minor:
            found.discard(NO_ORDER)
        if any(order.currency != self.invoice.currency for order in self.orders):
            found.add(OTHER_CURRENCY)
        if TOTAL_DIFFERS in self.invoice.reasons:
            found.add(TOTAL_DIFFERS)
        return sorted(found)

    @property
    def agreed_minor(self) -> int:
        """What of it is borne out, without tax."""
        return sum(
            agreed_minor(self.bought[line.id].bought, _billed(line))
            for line in self.lines
            if line.purchase_line_id is not None
        )


async def matched(work: Work, invoice_id: int) -> Matched:
    """Lock a supplier's invoice, after its orders, and hold it against what was bought. Raises
    NotFound."""
    orders = await lock_rows(work, PurchaseOrder, await _order_ids(work, invoice_id))
    invoice = next(iter(await lock_rows(work, SupplierInvoice, [invoice_id])), None)
    if invoice is None:
        raise NotFound("supplier invoice")
    lines = await work.rows(
        select(*SupplierInvoiceLine.__table__.c)
        .where(
            SupplierInvoiceLine.tenant_id == work.tenant_id,
            SupplierInvoiceLine.supplier_invoice_id == invoice_id,
        )
        .order_by(SupplierInvoiceLine.line_number)
    )
    named = [line.purchase_line_id for line in lines if line.purchase_line_id is not None]
    known: Mapping[int, BoughtLine] = {}
    if orders:
        # Of orders in several currencies none is borne out, whatever the prices are.
        known = await bought_lines(work, named, currency=orders[0].currency, but=invoice_id)
    terms = await terms_of(work, party_ids=[invoice.supplier_id], entity_ids=[invoice.entity_id])
    tolerance = terms.of(invoice.supplier_id).tolerance
    bought, matches = _matches(lines, known, tolerance)
    expected = 0
    if invoice.kind == CREDIT_NOTE:
        expected = await expected_back(work, invoice, [order.id for order in orders])
    return Matched(invoice, lines, orders, bought, matches, expected)


async def _order_ids(reader: Reader, invoice_id: int) -> list[int]:
    """The orders that an invoice names, as a whole or line by line."""
    line, bought = SupplierInvoiceLine, PurchaseOrderLine
    by_line = (
        select(bought.order_id)
        .join(line, (line.tenant_id == bought.tenant_id) & (line.purchase_line_id == bought.id))
        .where(line.tenant_id == reader.tenant_id, line.supplier_invoice_id == invoice_id)
    )
    whole = select(SupplierInvoice.purchase_order_id).where(
        SupplierInvoice.tenant_id == reader.tenant_id,
        SupplierInvoice.id == invoice_id,
        SupplierInvoice.purchase_order_id.is_not(None),
    )
    return sorted(set(await reader.values(whole.union(by_line))))


def _billed(line: Row[Any]) -> Billed:
    return Billed(line.quantity, line.net_minor, is_price=line.kind == "price")


def _matches(
    lines: Sequence[Row[Any]], known: Mapping[int, BoughtLine], tolerance: Tolerance
) -> tuple[dict[int, BoughtLine], dict[int, Match]]:
    """What each line is held against, and how it holds: line by line, since several may bill the
    same."""
    left = dict(known)
    bought: dict[int, BoughtLine] = {}
    matches: dict[int, Match] = {}
    for line in lines:
        if line.purchase_line_id is None:
            reasons = () if line.kind == "rounding" else (NO_ORDER,)
            matches[line.id] = Match(reasons, 0, line.net_minor)
            continue
        own = bought[line.id] = left[line.purchase_line_id]
        found = matches[line.id] = match(own.bought, _billed(line), tolerance)
        if line.kind != "price":
            after = replace(
                own.bought,
                billed=own.bought.billed + line.quantity,
                billed_received_minor=own.bought.billed_received_minor + found.received_minor,
            )
            left[line.purchase_line_id] = replace(own, bought=after)
    return bought, matches

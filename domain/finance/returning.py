"""What was granted for returned goods becomes a credit note, and is paid back where it is to be."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, func, select
from sqlalchemy.engine import Row

from domain.finance.billable import lock_unbilled
from domain.finance.billing import bill_shipments
from domain.finance.crediting import Credit, billed_line, issue_credit_note, lock_billed
from domain.finance.models import CreditNote, Invoice, InvoiceLine, Payment, PaymentAllocation
from domain.finance.money_of_orders import lock_money_of
from domain.finance.open_items import Item, lock_rows
from domain.finance.paying import receipts_of_orders
from domain.finance.policies.crediting import BilledLine, Given, spread_over, tax_of
from domain.finance.refunding import lock_receipts, most_refundable, receipts_behind, refund
from domain.fulfilment.models import Shipment, ShipmentLine
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.returns.models import ReturnCredit, ReturnCreditLine
from domain.returns.settling import settle_credit

SOURCE = "return_credit"


async def credit_return(work: Work, *, credit_id: int) -> int | None:
    """Write the credit note of a granted credit, and pay back what it says; the note's id, None
    where there is nothing to write or it was written before.

    Goods that were not billed yet are billed first. What is paid back is never more than was
    paid; the rest stays the customer's credit."""
    row = await work.row(
        select(*ReturnCredit.__table__.c)
        .where(ReturnCredit.tenant_id == work.tenant_id, ReturnCredit.id == credit_id)
        .with_for_update()
    )
    if row is None or not await settle_credit(work, credit_id=credit_id):
        return None
    unbilled = await _lock_money(work, row.order_id)
    await bill_shipments(work, unbilled)
    invoices, locked = await lock_billed(work, await _lines_of_order(work, row.order_id))
    given = await _given(work, row, locked)
    if not given or sum(g.net_minor + g.tax_minor for g in given.values()) <= row.fee_minor:
        return None
    chosen = [line for line in locked if line.id in given]
    own = [each for each in invoices if each.id in {line.invoice_id for line in chosen}]
    credit = Credit(
        lines=given, reason=row.reason, source=(SOURCE, row.id), fee_minor=row.fee_minor
    )
    note_id = await issue_credit_note(work, credit, own, chosen)
    if row.refunds or row.paid_by_channel:
        await pay_credit_back(work, note_id)
    return note_id


async def pay_credit_back(work: Work, note_id: int) -> None:
    """Pay back what is open of a credit note, as far as it was paid."""
    ids = await receipts_behind(work, note_id)
    [note] = await lock_rows(work, CreditNote, [note_id])
    receipts = await lock_receipts(work, ids, note) if ids else []
    most = await most_refundable(work, note_id, receipts)
    amount = min(note.open_minor, most)
    if amount > 0:
        await refund(work, Item("credit_note", note_id), note, receipts, amount, most=most)


async def _lock_money(work: Work, order_id: int) -> list[int]:
    """Lock whatever of an order is to be billed, was paid and was billed, before any of its books;
    gives the shipments that are to be billed."""
    shipments = select(Shipment.id).where(
        Shipment.tenant_id == work.tenant_id,
        Shipment.order_id == order_id,
        Shipment.invoice_id.is_(None),
    )
    unbilled = await lock_unbilled(work, await work.values(shipments))
    await lock_money_of(work, [order_id])
    billed = select(InvoiceLine.invoice_id).where(
        InvoiceLine.tenant_id == work.tenant_id, InvoiceLine.order_id == order_id
    )
    invoices = sorted(set(await work.values(billed)))
    receipts = select(PaymentAllocation.payment_id).where(
        PaymentAllocation.tenant_id == work.tenant_id,
        PaymentAllocation.invoice_id.in_(invoices),
        PaymentAllocation.payment_id.is_not(None),
    )
    paid = {row.id for row in await receipts_of_orders(work, [order_id])}
    await lock_rows(work, Payment, sorted(paid | set(await work.values(receipts))))
    await lock_rows(work, Invoice, invoices)
    return unbilled


async def _lines_of_order(reader: Reader, order_id: int) -> Sequence[int]:
    return await reader.values(
        select(InvoiceLine.id).where(
            InvoiceLine.tenant_id == reader.tenant_id,
            InvoiceLine.order_id == order_id,
        )
    )


async def _given(work: Work, row: Row[Any], lines: Sequence[Row[Any]]) -> dict[int, Given]:
    """What goes back of each line that was billed: of goods by their lines of the order, of
    carriage what was granted of it."""
    line = ReturnCreditLine
    granted = await work.rows(
        select(
            line.order_line_id,
            func.sum(line.quantity).label("quantity"),
            func.sum(line.net_minor).cast(BigInteger).label("net_minor"),
            func.sum(line.tax_minor).cast(BigInteger).label("tax_minor"),
        )
        .where(line.tenant_id == work.tenant_id, line.credit_id == row.id)
        .group_by(line.order_line_id)
    )
    sold = await _sold(work, [each.shipment_line_id for each in lines if each.shipment_line_id])
    given: dict[int, Given] = {}
    for each in granted:
        own = [billed for billed in lines if billed.order_line_id == each.order_line_id]
        wanted = Given(each.quantity, each.net_minor, each.tax_minor)
        given |= _of_goods(own, wanted, sold)
    if row.shipping_minor:
        carriage = [billed for billed in lines if billed.kind == "shipping"]
        wanted = Given(Decimal(0), row.shipping_minor, 0)
        given |= _of_goods(carriage, wanted, {})
    return {n: g for n, g in given.items() if g.net_minor or g.tax_minor}


async def _sold(reader: Reader, ids: Collection[int]) -> dict[int, int]:
    """What each shipped line was sold for, as its shipment booked it."""
    rows = await reader.rows(
        select(ShipmentLine.id, ShipmentLine.revenue_minor).where(
            ShipmentLine.tenant_id == reader.tenant_id, ShipmentLine.id.in_(ids)
        )
    )
    return {row.id: row.revenue_minor for row in rows}


def _of_goods(lines: Sequence[Row[Any]], wanted: Given, sold: dict[int, int]) -> dict[int, Given]:
    """Taxes that came with the order go back as granted; those by code with what they are of."""
    coded = [line for line in lines if line.tax_code_id is not None]
    if not coded:
        parts = spread_over(wanted, [billed_line(line) for line in lines])
        return {line.id: part for line, part in zip(lines, parts, strict=True)}
    prices = [sold.get(line.shipment_line_id, line.net_minor) for line in lines]
    billed = [billed_line(line) for line in lines]
    whole = [_at_price(line, price) for line, price in zip(billed, prices, strict=True)]
    parts = spread_over(Given(wanted.quantity, wanted.net_minor, 0), whole)
    return {
        row.id: _with_tax(line, part, price)
        for row, line, part, price in zip(lines, billed, parts, prices, strict=True)
    }


def _at_price(line: BilledLine, price: int) -> BilledLine:
    """The line as it was sold: with the tax that was in its price."""
    gone = line.credited_net_minor
    if price != line.net_minor and line.net_minor:
        gone = (price * line.credited_net_minor) // line.net_minor
    return BilledLine(line.quantity, price, 0, line.credited_quantity, gone, 0)


def _with_tax(line: BilledLine, part: Given, price: int) -> Given:
    net = part.net_minor
    if price != line.net_minor and price:
        net = min(net * line.net_minor // price, line.left.net_minor)
    return Given(part.quantity, net, tax_of(line, net))

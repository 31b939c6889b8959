"""What the random workload does with customers' money and between entities: billed, paid in part
and too much, bounced, paid back, credited, written off; debts of entities paid and set off."""

from datetime import timedelta
from decimal import Decimal
from random import Random

from domain.approvals.models import ApprovalRequest
from domain.approvals.operations import approve, reject
from domain.finance.models import CreditNote, Invoice, InvoiceLine, Payment
from domain.finance.operations.credit_notes import (
    CreditedLine,
    apply_credit_note,
    credit_invoice,
)
from domain.finance.operations.invoicing import bill_order, bill_periods
from domain.finance.operations.payments import (
    AppliedTo,
    apply_payment,
    record_receipt,
    refund_credit_note,
    refund_payment,
    reverse_payment,
)
from domain.finance.operations.write_offs import request_write_off
from domain.intercompany.models import IntercompanyBalance, IntercompanyTradeLine
from domain.intercompany.operations.correcting import correct_transfer_price
from domain.intercompany.operations.settling import net_debts, pay_debt
from domain.orders.models import SalesOrder
from tests.factories.workload_sales import Deed, near
from tests.factories.workload_scene import COST, CURRENCIES, Scene

OPEN = Invoice.open_minor > 0
RECEIPTS = Payment.kind == "receipt"


async def bill(scene: Scene, dice: Random) -> None:
    """What left of an order is billed now."""
    row = await scene.some(dice, SalesOrder)
    async with scene.work() as work:
        await bill_order(work, order_id=row.id)


async def bill_the_period(scene: Scene, _dice: Random) -> None:
    """Whoever is billed by the week is, for weeks that are over."""
    async with scene.work() as work:
        await bill_periods(work)


async def pay(scene: Scene, dice: Random) -> None:
    """A customer pays an invoice: just so, less, more, or whatever is open; today or late told."""
    row = await scene.some(dice, Invoice, OPEN)
    amount = dice.choice(
        [row.open_minor, max(1, row.open_minor // 3), row.open_minor + dice.randint(1, 900)]
    )
    named = [AppliedTo(row.id)] if dice.random() < 0.5 else None
    ago = dice.choice([None, None, 0, 5])
    async with scene.work() as work:
        await record_receipt(
            work,
            entity_id=row.entity_id,
            party_id=row.party_id,
            currency=row.currency,
            amount_minor=amount,
            paid_on=None if ago is None else scene.today - timedelta(days=ago),
            invoices=named,
        )


async def pay_ahead(scene: Scene, dice: Random) -> None:
    """A customer pays before anything is billed."""
    async with scene.work() as work:
        await record_receipt(
            work,
            entity_id=scene.entity_ids[0],
            party_id=dice.choice(scene.party_ids),
            currency=dice.choice(CURRENCIES),
            amount_minor=dice.randint(1, 4000),
        )


async def apply(scene: Scene, dice: Random) -> None:
    """What is left of a payment settles something."""
    payment = await scene.some(dice, Payment, RECEIPTS, Payment.open_minor > 0)
    same = (Invoice.party_id == payment.party_id, Invoice.currency == payment.currency)
    invoice = await scene.some(dice, Invoice, OPEN, *same)
    async with scene.work() as work:
        await apply_payment(work, payment_id=payment.id, invoices=[AppliedTo(invoice.id)])


async def bounce(scene: Scene, dice: Random) -> None:
    """A payment comes to nothing."""
    payment = await scene.some(dice, Payment, RECEIPTS, Payment.status == "booked")
    async with scene.work() as work:
        await reverse_payment(work, payment_id=payment.id, reason="bounced")


async def pay_back(scene: Scene, dice: Random) -> None:
    """What a customer has left is paid back, or some of it."""
    if dice.random() < 0.5:
        payment = await scene.some(dice, Payment, RECEIPTS, Payment.open_minor > 0)
        part = dice.choice([None, dice.randint(1, payment.open_minor)])
        async with scene.work() as work:
            await refund_payment(work, payment_id=payment.id, amount_minor=part)
        return
    note = await scene.some(dice, CreditNote, CreditNote.open_minor > 0)
    part = dice.choice([None, dice.randint(1, note.open_minor)])
    async with scene.work() as work:
        await refund_credit_note(work, credit_note_id=note.id, amount_minor=part)


async def credit(scene: Scene, dice: Random) -> None:
    """An invoice is credited, or a part of a line."""
    invoice = await scene.some(dice, Invoice)
    lines = None
    if dice.random() < 0.7:
        line = await scene.some(dice, InvoiceLine, InvoiceLine.invoice_id == invoice.id)
        net = dice.randint(1, max(1, line.net_minor))
        lines = [CreditedLine(line_number=line.line_number, net_minor=net)]
    async with scene.work() as work:
        await credit_invoice(work, invoice_id=invoice.id, reason="agreed", lines=lines)


async def apply_credit(scene: Scene, dice: Random) -> None:
    """A credit note settles an invoice."""
    note = await scene.some(dice, CreditNote, CreditNote.open_minor > 0)
    same = (Invoice.party_id == note.party_id, Invoice.currency == note.currency)
    invoice = await scene.some(dice, Invoice, OPEN, *same)
    async with scene.work() as work:
        await apply_credit_note(work, credit_note_id=note.id, invoice_id=invoice.id)


async def write_off(scene: Scene, dice: Random) -> None:
    """Somebody asks to give up what is open of an invoice."""
    invoice = await scene.some(dice, Invoice, OPEN)
    part = dice.choice([None, dice.randint(1, invoice.open_minor)])
    async with scene.work() as work:
        await request_write_off(work, invoice_id=invoice.id, reason="small", amount_minor=part)


async def decide(scene: Scene, dice: Random) -> None:
    """Whatever waits for somebody's yes gets it, mostly."""
    row = await scene.some(dice, ApprovalRequest, ApprovalRequest.status == "waiting")
    async with scene.work(as_boss=True) as work:
        if dice.random() < 0.8:
            await approve(work, request_id=row.id)
        else:
            await reject(work, request_id=row.id, comment="no")


async def settle_debt(scene: Scene, dice: Random) -> None:
    """An entity pays another, all or a part; or what is owed in a circle is set off."""
    if dice.random() < 0.3:
        async with scene.work() as work:
            await net_debts(work, entity_ids=scene.entity_ids, currency=dice.choice(CURRENCIES))
        return
    owed = IntercompanyBalance.amount_minor > 0
    row = await scene.some(dice, IntercompanyBalance, owed)
    part = dice.choice([None, dice.randint(1, row.amount_minor)])
    async with scene.work() as work:
        await pay_debt(
            work,
            creditor_id=row.creditor_id,
            debtor_id=row.debtor_id,
            currency=row.currency,
            amount_minor=part,
        )


async def correct_price(scene: Scene, dice: Random) -> None:
    """A transfer price was wrong."""
    line = await scene.some(dice, IntercompanyTradeLine)
    async with scene.work() as work:
        price = near(dice, COST * Decimal("1.2"))
        await correct_transfer_price(
            work, trade_line_id=line.id, unit_price=price, reason="as agreed"
        )


DEEDS: dict[Deed, int] = {
    bill: 2,
    bill_the_period: 1,
    pay: 8,
    pay_ahead: 2,
    apply: 3,
    bounce: 1,
    pay_back: 2,
    credit: 2,
    apply_credit: 2,
    write_off: 2,
    decide: 6,
    settle_debt: 3,
    correct_price: 2,
}

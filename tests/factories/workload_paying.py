"""What the random workload does with money by the way: suppliers are paid by runs and give back,
channels say late that an order is paid, journals are written by hand, waits end."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from random import Random

from domain.finance.bills import Bill, take_bill
from domain.finance.matched import matched
from domain.finance.models import PaymentRun, PaymentRunLine, SupplierInvoice, SupplierInvoiceLine
from domain.finance.operations.paying_suppliers import (
    drop_payment_run,
    mark_run_paid,
    propose_payment_run,
    request_payment_run,
)
from domain.finance.settlement.waiting import reopen_waited
from domain.finance.taking_in import BilledLine
from domain.ledger.manual import ManualLine
from domain.ledger.models import Account
from domain.ledger.operations.calendars import set_manual_journal_limit
from domain.ledger.operations.manual_journals import write_manual_journal
from domain.orders.models import SalesOrder
from domain.orders.operations import set_payment_state
from tests.factories.workload_sales import Deed
from tests.factories.workload_scene import CURRENCIES, Scene


async def plan_run(scene: Scene, dice: Random) -> None:
    """Whatever is due to suppliers is to be paid in one go."""
    row = await scene.some(dice, SupplierInvoice, SupplierInvoice.open_minor > 0)
    async with scene.work() as work:
        await propose_payment_run(
            work,
            entity_id=row.entity_id,
            currency=row.currency,
            due_until=scene.today + timedelta(days=dice.choice([0, 30])),
        )


async def go_on_with_run(scene: Scene, dice: Random) -> None:
    """A run is asked for, paid, or given up."""
    open_runs = PaymentRun.status.in_(["proposed", "approved"])
    row = await scene.some(dice, PaymentRun, open_runs)
    async with scene.work() as work:
        if dice.random() < 0.2:
            await drop_payment_run(work, run_id=row.id, reason="not now")
        elif row.status == "proposed":
            await request_payment_run(work, run_id=row.id, reason="due")
        else:
            await mark_run_paid(work, run_id=row.id)


async def give_back(scene: Scene, dice: Random) -> None:
    """A supplier gives back some of what it billed, for goods or of their price."""
    row = await scene.some(dice, SupplierInvoice, SupplierInvoice.status == "booked")
    lines = await scene.rows(
        SupplierInvoiceLine,
        SupplierInvoiceLine.supplier_invoice_id == row.id,
        SupplierInvoiceLine.purchase_line_id.is_not(None),
    )
    net = dice.randint(1, max(1, sum(line.net_minor for line in lines)))
    async with scene.work() as work:
        await take_bill(
            work,
            Bill(
                external_number=f"C-{dice.randint(1, 10**9)}",
                invoiced_on=scene.today,
                lines=[BilledLine(quantity=Decimal(-1), net_minor=-net)],
                supplier_id=row.supplier_id,
                entity_id=row.entity_id,
                currency=row.currency,
                is_credit=True,
                corrects_id=row.id,
            ),
        )


async def pay_late(scene: Scene, dice: Random) -> None:
    """A channel says that an order is paid, or is not."""
    row = await scene.some(dice, SalesOrder, SalesOrder.external_id.is_not(None))
    state = dice.choice(["paid", "paid", "paid", "pending"])
    async with scene.work() as work:
        await set_payment_state(work, order_id=row.id, payment_state=state)


async def write_journal(scene: Scene, dice: Random) -> None:
    """A journal by hand, of today or of days ago, which may have to wait for a yes."""
    entity_id = dice.choice(scene.entity_ids)
    own = (Account.entity_id == entity_id, Account.kind.in_(["expense", "equity"]))
    one, other = await scene.some(dice, Account, *own), await scene.some(dice, Account, *own)
    amount = dice.randint(1, 2000)
    async with scene.work() as work:
        await write_manual_journal(
            work,
            entity_id=entity_id,
            posted_on=scene.today - timedelta(days=dice.choice([0, 0, 9, 40])),
            currency=dice.choice(CURRENCIES),
            description="By hand",
            lines=[
                ManualLine(account_id=one.id, amount_minor=amount),
                ManualLine(account_id=other.id, amount_minor=-amount),
            ],
        )


async def limit_journals(scene: Scene, dice: Random) -> None:
    """Above so much journals need a yes."""
    async with scene.work() as work:
        await set_manual_journal_limit(
            work,
            entity_id=dice.choice(scene.entity_ids),
            limit_minor=dice.choice([None, 0, 1000]),
        )


async def end_waits(scene: Scene, _dice: Random) -> None:
    """What was waited for and did not come is open again."""
    async with scene.work() as work:
        await reopen_waited(work)


async def left_undone(scene: Scene) -> list[str]:
    """What nobody will see to any more though it could be: suppliers' invoices that wait for goods
    that came, and invoices that two runs are to pay."""
    waiting = await scene.rows(SupplierInvoice, SupplierInvoice.status == "waiting")
    async with scene.work() as work:
        told = [each.number for each in waiting if not (await matched(work, each.id)).reasons]
    live = PaymentRun.status.in_(["proposed", "waiting", "approved"])
    runs = [row.id for row in await scene.rows(PaymentRun, live)]
    lines = await scene.rows(PaymentRunLine, PaymentRunLine.run_id.in_(runs))
    planned = Counter(line.supplier_invoice_id for line in lines)
    return told + [f"planned {n} times: {each}" for each, n in planned.items() if n > 1]


DEEDS: dict[Deed, int] = {
    plan_run: 2,
    go_on_with_run: 4,
    give_back: 1,
    pay_late: 3,
    write_journal: 2,
    limit_journals: 1,
    end_waits: 1,
}

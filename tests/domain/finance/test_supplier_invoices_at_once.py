"""What is done about a supplier's invoice while goods come for it, while another one bills the
same, and while somebody else proposes to pay it."""

from typing import Any

import pytest

from domain.approvals.operations import approve
from domain.finance.models import PaymentRunLine
from domain.finance.operations.paying_suppliers import propose_payment_run
from domain.finance.operations.supplier_invoices import (
    await_supplier_receipt,
    expect_supplier_credit,
    match_waiting,
    record_supplier_invoice,
    reject_supplier_invoice,
    request_supplier_invoice_acceptance,
)
from domain.finance.outcomes import NothingDue
from domain.finance.taking_in import BilledLine
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.work import Work
from domain.ledger.operations.accounts import create_account, update_account
from tests.factories.conditions import Step, one_waits_for_the_other
from tests.factories.delivering import deliver_all
from tests.factories.money import balances, rows_of
from tests.factories.orders import new_shop, violations
from tests.factories.purchases import Buying, new_buying
from tests.factories.suppliers_invoices import bill_line, bill_row, record_bill
from tests.factories.tenants import TenantUnderTest

BOSS = ("finance.approve", "approvals.decide", "approvals.read")


async def _buying(tenant: TenantUnderTest) -> Buying:
    return await new_buying(await new_shop(tenant))


async def _billed(
    buying: Buying, order_id: int, quantity: int, net_minor: int, *, number: str = "R-1"
) -> int:
    return await record_bill(buying, order_id, bill_line(quantity, net_minor), number=number)


async def _waiting(buying: Buying, *, came: int) -> tuple[int, int]:
    """An order of ten of which so many came, and its invoice, which waits for the others."""
    order_id = await buying.ordered(10)
    await buying.receive(order_id, came)
    invoice_id = await _billed(buying, order_id, 10, 2500)
    async with buying.shop.tenant.work() as work:
        await await_supplier_receipt(work, supplier_invoice_id=invoice_id, reason="on its way")
    await deliver_all(buying.shop.tenant)
    return order_id, invoice_id


async def test_an_invoice_that_is_sent_back_while_its_goods_come_stays_rejected(
    tenant: TenantUnderTest,
) -> None:
    buying = await _buying(tenant)
    order_id, invoice_id = await _waiting(buying, came=4)
    await buying.receive(order_id, 6)

    def reject(work: Work) -> Any:
        return reject_supplier_invoice(work, supplier_invoice_id=invoice_id, reason="not ours")

    def match(work: Work) -> Any:
        return match_waiting(work, purchase_order_id=order_id)

    await one_waits_for_the_other(tenant, reject, match)
    assert (await bill_row(tenant, invoice_id)).status == "rejected"
    assert await balances(tenant) == {"goods_received": -2500, "inventory": 2500}
    assert await violations(tenant) == {}


async def test_an_invoice_that_is_booked_while_some_of_its_goods_come_stays_booked(
    tenant: TenantUnderTest,
) -> None:
    buying = await _buying(tenant)
    order_id, invoice_id = await _waiting(buying, came=4)
    await buying.receive(order_id, 3)

    def book(work: Work) -> Any:
        return expect_supplier_credit(work, supplier_invoice_id=invoice_id, reason="no more come")

    def match(work: Work) -> Any:
        return match_waiting(work, purchase_order_id=order_id)

    await one_waits_for_the_other(tenant, book, match)
    row = await bill_row(tenant, invoice_id)
    assert (row.status, row.open_minor, row.credit_expected_minor) == ("booked", 2500, 750)
    assert await violations(tenant) == {}


async def test_an_invoice_is_not_left_waiting_for_goods_that_came_before(
    tenant: TenantUnderTest,
) -> None:
    buying = await _buying(tenant)
    order_id = await buying.ordered(10)
    await buying.receive(order_id, 4)
    invoice_id = await _billed(buying, order_id, 10, 2500)
    await buying.receive(order_id, 6)
    await deliver_all(tenant)
    assert (await bill_row(tenant, invoice_id)).status == "exception"
    async with tenant.work() as work:
        await await_supplier_receipt(work, supplier_invoice_id=invoice_id, reason="on its way")
    assert (await bill_row(tenant, invoice_id)).status == "booked"
    assert await balances(tenant) == {"inventory": 2500, "payables": -2500}
    assert await violations(tenant) == {}


async def test_a_yes_to_a_little_too_much_is_none_to_an_invoice_of_goods_billed_since(
    tenant: TenantUnderTest,
) -> None:
    buying = await _buying(tenant)
    order_id = await buying.ordered(10)
    await buying.receive(order_id, 10)
    dear = await _billed(buying, order_id, 10, 2600)
    async with tenant.work() as work:
        request_id = await request_supplier_invoice_acceptance(
            work, supplier_invoice_id=dear, reason="one euro more is fine"
        )
    billed = await _billed(buying, order_id, 10, 2500, number="R-2")
    assert (await bill_row(tenant, billed)).status == "booked"
    with pytest.raises(InvalidState):
        async with tenant.work(as_=tenant.user(*BOSS, id=9)) as work:
            await approve(work, request_id=request_id)
    assert (await bill_row(tenant, dear)).status == "exception"
    assert await balances(tenant) == {"inventory": 2500, "payables": -2500}
    assert await violations(tenant) == {}


async def test_two_runs_proposed_at_once_never_pay_the_same_invoice(
    tenant: TenantUnderTest,
) -> None:
    buying = await _buying(tenant)
    order_id = await buying.ordered(10)
    await buying.receive(order_id, 10)
    invoice_id = await _billed(buying, order_id, 10, 2500)

    def propose(work: Work) -> Any:
        return propose_payment_run(
            work,
            entity_id=buying.shop.setting.entity_id,
            currency="EUR",
            due_until=tenant.now.date(),
        )

    steps: tuple[Step, Step] = (propose, propose)
    with pytest.raises(NothingDue):
        await one_waits_for_the_other(tenant, *steps)
    lines = await rows_of(tenant, PaymentRunLine)
    assert [line.supplier_invoice_id for line in lines] == [invoice_id]


async def test_a_yes_posts_nothing_to_an_account_that_takes_none_by_now(
    tenant: TenantUnderTest,
) -> None:
    buying = await _buying(tenant)
    entity_id = buying.shop.setting.entity_id
    async with tenant.work() as work:
        account_id = await create_account(
            work, entity_id=entity_id, code="6999", name="Freight", kind="asset"
        )
        line = BilledLine(kind="other", net_minor=500, account_id=account_id)
        invoice_id = await record_supplier_invoice(
            work,
            supplier_id=buying.supplier_id,
            entity_id=entity_id,
            currency="EUR",
            external_number="F-1",
            invoiced_on=tenant.now.date(),
            lines=[line],
        )
        request_id = await request_supplier_invoice_acceptance(
            work, supplier_invoice_id=invoice_id, reason="freight"
        )
    async with tenant.work() as work:
        await update_account(work, account_id=account_id, role="receivables")
    with pytest.raises(InvalidInput):
        async with tenant.work(as_=tenant.user(*BOSS, id=9)) as work:
            await approve(work, request_id=request_id)
    assert (await bill_row(tenant, invoice_id)).status == "exception"
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await record_supplier_invoice(
                work,
                supplier_id=buying.supplier_id,
                entity_id=entity_id,
                currency="EUR",
                external_number="F-2",
                invoiced_on=tenant.now.date(),
                lines=[line],
            )
    assert await violations(tenant) == {}

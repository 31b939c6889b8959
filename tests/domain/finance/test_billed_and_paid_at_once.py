"""An order is billed while somebody tells that it is paid: whoever comes second settles the one
with the other, and what was paid is noted once."""

import pytest
from sqlalchemy import update

from domain.finance.billing import bill_shipments
from domain.finance.models import Invoice, Payment
from domain.finance.prepaying import note_prepayments
from domain.fulfilment.models import Shipment
from domain.intake.operations import process_message, receive_message
from domain.kernel.work import Work
from domain.orders.models import SalesOrder
from tests.factories.conditions import Step, one_waits_for_the_other
from tests.factories.money import balances, new_customer, rows_of, sold
from tests.factories.orders import new_shop, violations
from tests.factories.settling import Market, new_market, report
from tests.factories.tenants import TenantUnderTest


async def _steps(tenant: TenantUnderTest) -> dict[str, Step]:
    """What left for ten euros is billed; its channel says that it is paid."""
    shop = await new_shop(tenant)
    shipment_id = await sold(shop, await new_customer(tenant))
    [shipment] = await rows_of(tenant, Shipment)
    async with tenant.work() as work:
        await work.execute(
            update(SalesOrder).where(SalesOrder.tenant_id == tenant.id).values(payment_state="paid")
        )
    return {
        "billed": lambda work: bill_shipments(work, [shipment_id]),
        "paid": lambda work: note_prepayments(work, [shipment.order_id]),
    }


@pytest.mark.parametrize("order", [("billed", "paid"), ("paid", "billed")], ids="then".join)
async def test_an_invoice_and_the_payment_of_its_order_at_once_settle_each_other(
    tenant: TenantUnderTest, order: tuple[str, str]
) -> None:
    steps = await _steps(tenant)
    await one_waits_for_the_other(tenant, *(steps[name] for name in order))
    [invoice] = await rows_of(tenant, Invoice)
    [payment] = await rows_of(tenant, Payment)
    assert (invoice.paid_minor, invoice.open_minor) == (1000, 0)
    assert (payment.applied_minor, payment.open_minor) == (1000, 0)
    assert (await balances(tenant)).get("receivables", 0) == 0
    assert await violations(tenant) == {}


def _paying(market: Market, order_id: int) -> dict[str, Step]:
    """The marketplace pays an order out of which nobody had told that it is paid, and tells it."""
    raw = report(("A-1", "100.00"))

    async def paid_out(work: Work) -> None:
        message_id = await receive_message(work, channel_code=market.code, raw=raw)
        await process_message(work, message_id=message_id)

    return {"paid out": paid_out, "paid": lambda work: note_prepayments(work, [order_id])}


@pytest.mark.parametrize("order", [("paid out", "paid"), ("paid", "paid out")], ids="then".join)
async def test_what_is_paid_out_while_it_is_told_to_be_paid_is_noted_once(
    tenant: TenantUnderTest, order: tuple[str, str]
) -> None:
    market = await new_market(tenant)
    steps = _paying(market, await market.sell("A-1", paid=False))
    async with tenant.work() as work:
        await work.execute(
            update(SalesOrder).where(SalesOrder.tenant_id == tenant.id).values(payment_state="paid")
        )
    await one_waits_for_the_other(tenant, *(steps[name] for name in order))
    [payment] = await rows_of(tenant, Payment)
    assert (payment.amount_minor, payment.uncleared_minor) == (10000, 0)
    assert await market.differences() == []
    assert await violations(tenant) == {}

"""The invariants of orders find what they are there to find."""

import pytest
from sqlalchemy import text

from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest


async def _shipped_and_waiting(tenant: TenantUnderTest) -> Shop:
    """One shipped order, and one that is at work."""
    shop = await new_shop(tenant)
    await shop.stock(5, value_minor=500)
    first, second = await shop.place(shop.line(2)), await shop.place(shop.line(2))
    async with tenant.work() as work:
        [done] = await release_order(work, order_id=first.order_id)
        [waiting] = await release_order(work, order_id=second.order_id)
        for each in (done, waiting):
            await record_pick(work, fulfilment_order_id=each)
            await pack_fulfilment_order(work, fulfilment_order_id=each)
        await ship_fulfilment_order(work, fulfilment_order_id=done)
    return shop


BREAKS = [
    ("UPDATE sales_order SET total_minor = total_minor + 1", "order_money_closes"),
    ("UPDATE sales_order SET tax_minor = tax_minor + 1", "order_discount_and_tax_close"),
    ("UPDATE sales_order SET status = 'allocated'", "order_status_follows_lines"),
    (
        "UPDATE sales_order_line SET allocated = 1 WHERE allocated = 2 AND tenant_id = :tenant",
        "line_allocated_is_sum_of_allocations",
    ),
    (
        "UPDATE allocation SET status = 'cancelled' WHERE status = 'released'",
        "allocation_agrees_with_reservation",
    ),
    ("UPDATE allocation_decision SET allocated = 0", "decision_gave_what_was_allocated"),
    ("UPDATE sales_order_line SET shipped = 0", "line_shipped_is_sum_of_shipments"),
    (
        "UPDATE fulfilment_line SET quantity = 3 WHERE shipped = 0",
        "fulfilment_line_agrees_with_allocation",
    ),
    ("UPDATE carton_line SET quantity = 1", "carton_contents_are_packed"),
    ("UPDATE shipment_line SET quantity = 1", "shipment_left_stock"),
    ("UPDATE shipment_line SET cost_minor = 1", "shipment_is_in_the_books"),
    ("UPDATE shipment_line SET revenue_minor = 1", "shipped_order_is_booked_in_full"),
]


@pytest.mark.parametrize(("statement", "name"), BREAKS, ids=[name for _, name in BREAKS])
async def test_a_broken_invariant_is_found(
    tenant: TenantUnderTest, statement: str, name: str
) -> None:
    await _shipped_and_waiting(tenant)
    assert await violations(tenant) == {}
    async with tenant.work() as work:
        await work.execute(text(statement.replace(":tenant", str(tenant.id))))
    assert name in await violations(tenant)

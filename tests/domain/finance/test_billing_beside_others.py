"""Billing goes on beside whatever else is done to an order."""

import asyncio

from domain.finance.billing import bill_shipments
from domain.finance.models import Invoice
from domain.fulfilment.models import Shipment
from domain.orders.locking import lock_order
from tests.factories.money import new_customer, rows_of, sold
from tests.factories.orders import new_shop
from tests.factories.tenants import TenantUnderTest

LONG = 20.0


async def test_what_left_is_billed_while_somebody_is_at_the_order(tenant: TenantUnderTest) -> None:
    """Whoever is at the order may wait for the books that the billing holds: if the billing waited
    for the order, as it did, both would wait for each other."""
    shop = await new_shop(tenant)
    shipment_id = await sold(shop, await new_customer(tenant))
    [shipment] = await rows_of(tenant, Shipment)
    async with tenant.work() as at_the_order:
        await lock_order(at_the_order, shipment.order_id)
        async with asyncio.timeout(LONG), tenant.work() as billing:
            assert len(await bill_shipments(billing, [shipment_id])) == 1
    [invoice] = await rows_of(tenant, Invoice)
    assert invoice.order_id == shipment.order_id

"""What a company's promises rest on: calendars, transit times, suppliers, supply that comes."""

from datetime import timedelta
from decimal import Decimal

from domain.allocation.operations.lane_costs import NewLane, set_lane_costs
from domain.catalog.operations.supplier_items import WantedSupplierItem, set_supplier_items
from domain.entities.operations.calendars import create_calendar
from domain.entities.operations.parties import create_party
from domain.entities.operations.transit_times import WantedTransit, set_transit_times
from domain.inventory.expected import Announced
from domain.inventory.operations.expected_supplies import announce_supply
from domain.inventory.operations.receiving_expected import SupplyReceipt, receive_supplies
from domain.kernel.work import Work
from domain.promise.operations.rules import WantedRule, set_promise_rule


async def expect_supply(
    work: Work, mark: str, *, sites: tuple[int, int], items: list[int], channel: int
) -> None:
    """Two supplies of each item at its site, one of them partly received; and how they travel."""
    supplier = await create_party(
        work, code=f"{mark}-V", name=f"{mark} maker", is_customer=False, is_supplier=True
    )
    calendar = await create_calendar(
        work,
        code=f"{mark}-CAL",
        name=f"{mark} calendar",
        closed_days={work.now.date(): f"{mark} day"},
    )
    await set_promise_rule(work, rule=WantedRule(horizon_days=365), channel_id=channel)
    for serial, site, item in zip("12", sites, items, strict=True):
        await _come(work, f"{mark}-SUP{serial}", site=site, item=item, supplier=supplier)
        await set_transit_times(
            work, location_id=site, times=[WantedTransit(days=2, service=f"{mark}-SERVICE")]
        )
        lane = NewLane(country="DE", service_level=f"{mark}-SERVICE", per_order_minor=490)
        await set_lane_costs(work, location_id=site, lanes=[lane])
        bought = WantedSupplierItem(
            item_id=item, supplier_id=supplier, lead_days=9, calendar_id=calendar
        )
        await set_supplier_items(work, rows=[bought])


async def _come(work: Work, name: str, *, site: int, item: int, supplier: int) -> None:
    supplies = [
        await announce_supply(
            work,
            supply=Announced(
                item_id=item,
                location_id=site,
                quantity=Decimal(30),
                expected_on=work.now.date() + timedelta(days=days),
                supplier_id=supplier,
                external_reference=f"{name}-{days}",
            ),
        )
        for days in (10, 20)
    ]
    receipt = SupplyReceipt(supply_id=supplies[0], quantity=Decimal(1), unit_cost=Decimal("2.50"))
    await receive_supplies(work, receipts=[receipt], reason=f"{name} came")

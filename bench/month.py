"""A month of a company's business, with every document that stands at its end.

A thousandth of it is done by the product itself, document by document: bought, received, billed
and paid; ordered, shipped, invoiced and paid; some credited. What came of that is then copied
inside the server, each time under other ids and numbers, and the balances are raised by as much.
Events, the audit trail and what is sent to others are not: no closing looks at them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.trading_world import LOCATIONS, World
from domain.allocation.placing import PlacedOrder, place
from domain.entities.models import Location
from domain.entities.operations.parties import create_party
from domain.finance.billing import bill_shipments
from domain.finance.models import Invoice
from domain.finance.operations.credit_notes import credit_invoice
from domain.finance.operations.paying_suppliers import pay_supplier
from domain.finance.operations.payments import AppliedTo, record_receipt
from domain.finance.operations.supplier_invoices import record_supplier_invoice
from domain.finance.taking_in import BilledLine
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.kernel.work import Work, unit_of_work
from domain.ledger.models import FiscalPeriod
from domain.ledger.periods import ready_period, set_period_status
from domain.ledger.policy import HARD_CLOSED
from domain.orders.capture import NewLine, NewOrder
from domain.procurement.arriving import ReceivedPurchaseLine
from domain.procurement.drafts import WantedPurchaseLine
from domain.procurement.operations.ordering import create_purchase_order, send_purchase_order
from domain.procurement.operations.receiving import receive_purchase_order
from tenancy.principals import system_principal

ORDERS, LINES = 100, 3
BOUGHT_OF_EACH = 20
PRICE, COST = Decimal("9.99"), Decimal("4.11")
# Of so many orders one is not paid, and one is credited.
UNPAID, CREDITED = 10, 20


@dataclass(frozen=True, slots=True)
class Month:
    """The company in its month, which began on a day."""

    engine: AsyncEngine
    world: World
    begins_on: date

    @asynccontextmanager
    async def work(self, day: int) -> AsyncIterator[Work]:
        """A unit of work on a day of the month."""
        began = datetime.combine(self.begins_on, datetime.min.time(), tzinfo=UTC)
        now = began + timedelta(days=day, hours=9)
        async with unit_of_work(
            self.engine, system_principal(self.world.tenant_id), now=now
        ) as work:
            yield work


def last_month() -> date:
    """The first day of the month that ended last."""
    return (datetime.now(UTC).date().replace(day=1) - timedelta(days=1)).replace(day=1)


async def do_business(month: Month) -> None:
    """A thousandth of the month's documents, and nothing left to do before it closes."""
    async with month.work(0) as work:
        await ready_period(work, month.world.entity_id, month.begins_on)
        await _close_before(work, month)
        buyer, supplier = [
            await create_party(work, code=code, name=code, is_customer=n == 0, is_supplier=n == 1)
            for n, code in enumerate(("BUYER", "SUPPLIER"))
        ]
        places = await work.values(
            select(Location.id).where(Location.tenant_id == work.tenant_id).order_by(Location.id)
        )
    for number, place_id in enumerate(places):
        await _buy(month, supplier, place_id, number)
    for number in range(ORDERS):
        await _sell(month, buyer, number)


async def _close_before(work: Work, month: Month) -> None:
    """What was before is closed."""
    periods = await work.values(
        select(FiscalPeriod.id)
        .where(
            FiscalPeriod.tenant_id == work.tenant_id,
            FiscalPeriod.entity_id == month.world.entity_id,
            FiscalPeriod.ends_on < month.begins_on,
        )
        .order_by(FiscalPeriod.starts_on)
    )
    for period_id in periods:
        await set_period_status(work, period_id, HARD_CLOSED)


async def _buy(month: Month, supplier: int, place_id: int, number: int) -> None:
    """Every item of a location is ordered, comes, is billed and half of it is paid."""
    world = month.world
    items = [world.first_item + n for n in range(number, world.items, LOCATIONS)]
    wanted = [
        WantedPurchaseLine(
            item_id=item,
            quantity=Decimal(BOUGHT_OF_EACH),
            unit_price=COST,
            wanted_on=month.begins_on + timedelta(days=7),
        )
        for item in items
    ]
    async with month.work(0) as work:
        order_id = await create_purchase_order(
            work, supplier_id=supplier, location_id=place_id, lines=wanted
        )
        await send_purchase_order(work, order_id=order_id)
    async with month.work(0) as work:
        came = [
            ReceivedPurchaseLine(line_number=n, quantity=Decimal(BOUGHT_OF_EACH))
            for n in range(1, len(items) + 1)
        ]
        await receive_purchase_order(work, order_id=order_id, lines=came)
    async with month.work(3) as work:
        billed = [
            BilledLine(
                order_line_number=n,
                quantity=Decimal(BOUGHT_OF_EACH),
                net_minor=int(BOUGHT_OF_EACH * COST * 100),
            )
            for n in range(1, len(items) + 1)
        ]
        invoice_id = await record_supplier_invoice(
            work,
            purchase_order_id=order_id,
            external_number=f"R-{number}",
            invoiced_on=month.begins_on,
            lines=billed,
        )
    if number % 2:
        async with month.work(20) as work:
            await pay_supplier(work, supplier_invoice_id=invoice_id)


async def _sell(month: Month, buyer: int, number: int) -> None:
    """An order is sent from one location, invoiced, and paid or credited mostly."""
    day = number * 25 // ORDERS
    async with month.work(day) as work:
        [placed] = await place(work, [_order(work, month.world, buyer, number)])
        assert isinstance(placed, PlacedOrder)
        shipments = []
        for each in await release_order(work, order_id=placed.order_id):
            await record_pick(work, fulfilment_order_id=each)
            await pack_fulfilment_order(work, fulfilment_order_id=each)
            shipments.append(await ship_fulfilment_order(work, fulfilment_order_id=each))
    async with month.work(day) as work:
        invoices = await bill_shipments(work, shipments)
    async with month.work(day + 2) as work:
        await _settle(work, month, buyer, invoices, number)


async def _settle(
    work: Work, month: Month, buyer: int, invoices: Sequence[int], number: int
) -> None:
    if number % CREDITED == 1:
        for each in invoices:
            await credit_invoice(work, invoice_id=each, reason="agreed")
    elif number % UNPAID:
        owed = await work.values(
            select(Invoice.open_minor).where(
                Invoice.tenant_id == work.tenant_id, Invoice.id.in_(invoices)
            )
        )
        await record_receipt(
            work,
            entity_id=month.world.entity_id,
            party_id=buyer,
            currency="EUR",
            amount_minor=sum(owed),
            invoices=[AppliedTo(each) for each in invoices],
        )


def _order(work: Work, world: World, buyer: int, number: int) -> NewOrder:
    """Three items of one location."""
    first = number % (world.items - LINES * LOCATIONS)
    lines = tuple(
        NewLine(
            item_id=world.first_item + first + n * LOCATIONS,
            quantity_ordered=Decimal(1),
            unit="EA",
            quantity=Decimal(1),
            unit_price=PRICE,
            amount_minor=int(PRICE * 100),
        )
        for n in range(LINES)
    )
    return NewOrder(
        channel_id=world.channel_id,
        entity_id=world.entity_id,
        party_id=buyer,
        currency="EUR",
        ordered_at=work.now,
        lines=lines,
    )

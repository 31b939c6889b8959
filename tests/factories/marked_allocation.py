"""Pools, runs, priorities and rejections of a company, under names that carry its mark."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from domain.allocation.operations.backorder_priority import set_backorder_priority
from domain.allocation.operations.overrides import request_allocation_override
from domain.allocation.operations.place_order import place_order
from domain.allocation.operations.pools import NewPool, create_pool
from domain.allocation.ordering import OrderedLine
from domain.allocation.priority import PriorityKey
from domain.allocation.runs.asking import Scope
from domain.allocation.runs.operations import plan_allocation_run, plan_requested_run
from domain.fulfilment.models import FulfilmentLine
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.reject_fulfilment import reject_fulfilment
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.progress import LineQuantity
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from domain.kernel.work import Work
from domain.orders.models import SalesOrderLine
from tests.factories.tenants import TenantUnderTest


@dataclass(frozen=True, slots=True)
class Trade:
    """Who trades what, and where."""

    entity: int
    channel: int
    parties: tuple[int, int]
    items: list[int]


async def share_stock(work: Work, mark: str, trade: Trade) -> None:
    """A pool for each party, a rule of the queue, and two runs that have their plans."""
    group = PriorityKey(kind="customer_group", groups=(f"{mark}-GROUP",))
    await set_backorder_priority(work, keys=(group, PriorityKey(kind="order_age")))
    for serial, party, item in zip("12", trade.parties, trade.items, strict=True):
        pool = NewPool(
            code=f"{mark}-POOL{serial}",
            name=f"{mark} pool {serial}",
            owner_id=trade.entity,
            item_id=item,
            party_id=party,
            quantity=Decimal(1),
        )
        await create_pool(work, pool=pool)


async def plan_runs(tenant: TenantUnderTest, mark: str, *, site: int, item: int) -> None:
    """Two runs over all that waits, for which a little has come in; a plan sees what is
    committed."""
    runs = []
    async with tenant.work() as work:
        lines = [ReceiptLine(item_id=item, quantity=Decimal(2), unit_cost=Decimal("2.50"))]
        await receive_stock(work, location_id=site, reason=f"{mark} late", lines=lines)
        for serial in "12":
            name = f"{mark} run {serial}"
            runs.append(
                await plan_allocation_run(work, method="priority", scope=Scope(), name=name)
            )
    for run in runs:
        async with tenant.work() as work:
            await plan_requested_run(work, run_id=run)


async def reject_work(work: Work, mark: str, trade: Trade) -> None:
    """For each party work that a site rejects for good."""
    for party, item in zip(trade.parties, trade.items, strict=True):
        for site_work in await _released(work, trade.channel, party, item):
            await reject_fulfilment(
                work,
                fulfilment_order_id=site_work,
                reason="capacity",
                note_text=f"{mark} is too busy",
            )


async def pick_pieces(
    work: Work, mark: str, *, channel: int, parties: tuple[int, int], machines: list[int]
) -> None:
    """For each party a picked piece, by its number."""
    for serial, party, machine in zip("12", parties, machines, strict=True):
        (site_work,) = await _released(work, channel, party, machine)
        line = await work.value(
            select(FulfilmentLine.id).where(
                FulfilmentLine.tenant_id == work.tenant_id,
                FulfilmentLine.fulfilment_order_id == site_work,
            )
        )
        taken = LineQuantity(line, Decimal(1), serials=(f"{mark}-SN{serial}",))
        await record_pick(work, fulfilment_order_id=site_work, lines=[taken])


async def ask_for_stock(work: Work, mark: str) -> None:
    """A line that waits is to have what another order's line was given."""
    here = SalesOrderLine.__table__.c
    rows = await work.rows(
        select(here.id, here.item_id)
        .where(here.tenant_id == work.tenant_id, here.quantity.in_((3, 5000)))
        .order_by(here.quantity.desc(), here.id.desc())
    )
    waits = rows[0]
    gives = next(row for row in rows if row.item_id == waits.item_id and row.id < waits.id)
    await request_allocation_override(
        work,
        order_line_id=waits.id,
        from_order_line_id=gives.id,
        quantity=Decimal(1),
        reason=f"{mark} favour",
    )


async def _released(work: Work, channel: int, party: int, item: int) -> list[int]:
    line = OrderedLine(item_id=item, quantity=Decimal(1), unit_price=Decimal("9.90"))
    placed = await place_order(work, channel_id=channel, party_id=party, lines=[line])
    return list(await release_order(work, order_id=placed.order_id))

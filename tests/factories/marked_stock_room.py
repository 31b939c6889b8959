"""Counts, snapshots, transfers and what waits for approval, under names that carry a mark."""

from decimal import Decimal

from domain.approvals.operations import approve, reject
from domain.inventory.lines import AdjustmentLine
from domain.inventory.operations.counting import (
    CountEntry,
    close_stock_count,
    create_stock_count,
    record_stock_count,
)
from domain.inventory.operations.requesting_adjustments import request_stock_adjustment
from domain.inventory.operations.snapshots import reconcile_snapshot
from domain.inventory.operations.tolerances import set_stock_tolerance
from domain.inventory.operations.transferring import (
    WantedTransferLine,
    create_transfer,
    release_transfer,
)
from domain.inventory.snapshots import SnapshotRow
from domain.kernel.work import Work
from tests.factories.tenants import TenantUnderTest

DECIDER = ("approvals.read", "approvals.decide", "inventory.approve")


async def count_and_move(
    work: Work, mark: str, *, sites: tuple[int, int], items: list[int]
) -> list[int]:
    """At each site a count, a snapshot, a transfer and three requests; gives the requests' ids."""
    requests = []
    for serial, site, item in zip("12", sites, items, strict=True):
        await set_stock_tolerance(work, location_id=site, quantity=Decimal(1))
        await _count(work, f"{mark} cycle {serial}", site=site, item=item)
        rows = [SnapshotRow(codes=(("sku", f"{mark}-I{serial}"),), on_hand=Decimal(7))]
        await reconcile_snapshot(
            work,
            location_id=site,
            as_of=work.now,
            rows=rows,
            reason=f"{mark} reported {serial}",
            external_reference=f"{mark}-SNAP{serial}",
        )
        for asked in ("found", "lost", "broken"):
            line = AdjustmentLine(item_id=item, delta=Decimal(40))
            requests.append(
                await request_stock_adjustment(
                    work, location_id=site, lines=[line], reason=f"{mark} {asked} {serial}"
                )
            )
    for site, other, item in ((*sites, items[0]), (*reversed(sites), items[1])):
        await _move(work, mark, source=site, destination=other, item=item)
    return requests


async def _count(work: Work, reason: str, *, site: int, item: int) -> None:
    for is_closed in (True, False):
        count = await create_stock_count(work, location_id=site, reason=reason, item_ids=[item])
        entry = CountEntry(item_id=item, quantity=Decimal(3))
        await record_stock_count(work, count_id=count, entries=[entry])
        if is_closed:
            await close_stock_count(work, count_id=count)


async def _move(work: Work, mark: str, *, source: int, destination: int, item: int) -> None:
    transfer = await create_transfer(
        work,
        source_id=source,
        destination_id=destination,
        lines=[WantedTransferLine(item_id=item, quantity=Decimal(1))],
        reason=f"{mark} moved",
        external_reference=f"{mark}-MOVE-{source}",
    )
    await release_transfer(work, transfer_id=transfer)


async def decide(tenant: TenantUnderTest, mark: str, requests: list[int]) -> None:
    """Somebody else decides on the first two of all that was asked for; the others wait."""
    async with tenant.work(as_=tenant.user(*DECIDER, id=77, name=f"{mark} boss")) as work:
        await approve(work, request_id=requests[0], comment=f"{mark} yes")
        await reject(work, request_id=requests[1], comment=f"{mark} no")

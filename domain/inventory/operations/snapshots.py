"""A warehouse tells what it has as of a moment, and the books follow with care."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.inventory.balances import lock_balances_by_id
from domain.inventory.count_rows import (
    add_lines,
    change_count,
    change_lines,
    lines_of,
    lock_count,
)
from domain.inventory.counted import judge
from domain.inventory.models import StockCount
from domain.inventory.policies.counting import OVERSOLD, PIECES, SUPERSEDED
from domain.inventory.settling import settle
from domain.inventory.sites import Site, find_site
from domain.inventory.snapshots import (
    SnapshotRow,
    content_hash,
    lines_for,
    missing_stock,
    positions_as_of,
    raw_rows,
    row_of,
    understand,
)
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.work import Work

MOST_ROWS = 20_000


@operation("inventory.report")
async def reconcile_snapshot(
    work: Work,
    *,
    location_id: int,
    as_of: datetime,
    rows: Sequence[SnapshotRow],
    owner_id: int | None = None,
    is_whole: bool = False,
    reason: str = "stock reported",
    external_reference: str | None = None,
    channel_id: int | None = None,
) -> int:
    """Take what a location tells of its stock as of a moment, and reconcile it with what moved
    since: differences within tolerance are booked, above it once somebody approves.

    Nothing that was reserved, sold or received after the moment is touched. What is told of stock
    that was counted or told later is passed over; rows that name no item of ours, and stock that
    is promised but not there, wait for people. `is_whole`: what is not named is not there, unless
    a row was not understood. The same snapshot again gives the same id and has no effect.
    Raises NotFound, InvalidInput, LocationClosed."""
    reason = text.name(reason, path=("reason",))
    external_reference = text.optional(external_reference, path=("external_reference",))
    if as_of > work.now:
        raise InvalidInput("Must not be in the future.", path=("as_of",))
    if not 1 <= len(rows) <= MOST_ROWS:
        raise InvalidInput(f"Give 1 to {MOST_ROWS} rows.", path=("rows",))
    site = await find_site(work, location_id=location_id, owner_id=owner_id)
    await work.see_as_house()
    told = content_hash(as_of, rows, is_whole=is_whole)
    known = await _known(work, site, told)
    if known is None:
        fields = {
            "reason": reason,
            "external_reference": external_reference,
            "channel_id": channel_id,
            "as_of": as_of,
            "is_whole": is_whole,
            "content_hash": told,
            "raw": raw_rows(rows),
        }
        count = await _keep(work, site, fields)
        if count is not None:
            await _reconcile(work, count, site, rows)
            return int(count.id)
        known = await _known(work, site, told)
    assert known is not None
    return known


async def _known(work: Work, site: Site, told: str) -> int | None:
    found: int | None = await work.value(
        select(StockCount.id).where(
            StockCount.tenant_id == work.tenant_id,
            StockCount.location_id == site.location_id,
            StockCount.owner_id == site.owner_id,
            StockCount.content_hash == told,
        )
    )
    return found


async def _keep(work: Work, site: Site, fields: dict[str, Any]) -> Row[Any] | None:
    """The snapshot's row; None when the same one came at the same time."""
    # Drawn before any balance is locked, as for every count: no cycle of waits can form.
    number = (await draw_numbers(work, count=1))["count"][0]
    return await work.row(
        insert(StockCount)
        .values(
            tenant_id=work.tenant_id,
            number=number,
            kind="snapshot",
            location_id=site.location_id,
            owner_id=site.owner_id,
            created_at=work.now,
            created_by=work.principal.name,
            **fields,
        )
        .on_conflict_do_nothing(
            index_elements=["tenant_id", "location_id", "owner_id", "content_hash"],
            index_where=StockCount.content_hash.is_not(None),
        )
        .returning(*StockCount.__table__.c)
    )


async def _reconcile(work: Work, count: Row[Any], site: Site, rows: Sequence[SnapshotRow]) -> None:
    told, strange = await understand(work, site, rows, channel_id=count.channel_id)
    if count.is_whole and not strange:
        told += await missing_stock(work, site, told)
    elif count.is_whole:
        note = "Some rows were not understood, so nothing is taken to be gone for not being named."
        await change_count(work, count.id, note=note)
    await add_lines(work, count, await lines_for(work, told, strange, as_of=count.as_of))
    await _settle_lines(work, count, verdicts=("open",))
    if told and not strange:
        await _pass_over(work, count)
    work.audit(
        "reconcile_snapshot",
        subject="stock_count",
        subject_id=count.id,
        after={
            "number": count.number,
            "as_of": count.as_of.isoformat(),
            "rows": len(rows),
            "not_understood": len(strange),
        },
        reason=count.reason,
    )


async def _settle_lines(work: Work, count: Row[Any], *, verdicts: Sequence[str]) -> None:
    """Decide about the lines that stand so; their balances are locked before their position in
    the movements is looked up, so that nothing under way is missed. What was counted by hand has
    its position from then."""
    lines = await lines_of(work, count.id, verdicts=verdicts)
    balance_ids = [line.balance_id for line in lines]
    await lock_balances_by_id(work, balance_ids)
    if count.kind == "snapshot":
        positions = await positions_as_of(work, balance_ids, count.as_of)
        await change_lines(
            work, [{"id": line.id, "position": positions[line.balance_id]} for line in lines]
        )
        lines = await lines_of(work, count.id, verdicts=verdicts)
    judged = await judge(work, count, [line for line in lines if line.counted is not None])
    await settle(work, count, judged)


async def _pass_over(work: Work, count: Row[Any]) -> None:
    """A snapshot that is older in every line than what is known already says nothing new."""
    lines = await lines_of(work, count.id)
    if all(line.verdict == SUPERSEDED for line in lines):
        note = "Its stock was counted or told later than that; nothing was changed."
        await change_count(work, count.id, status="ignored", note=note)


@operation("inventory.count")
async def settle_stock_count(work: Work, *, count_id: int) -> int:
    """Look again through what waits for people in a snapshot: codes that are mapped by now, stock
    that is promised to fewer by now. Gives its id. Raises NotFound, InvalidState."""
    count = await lock_count(work, count_id, allowed=("exception",))
    site = await find_site(work, location_id=count.location_id, owner_id=count.owner_id)
    await _understand_again(work, count, site)
    await _settle_lines(work, count, verdicts=("open", OVERSOLD, PIECES))
    return count_id


async def _understand_again(work: Work, count: Row[Any], site: Site) -> None:
    """Rows whose code means something by now become lines that are looked through."""
    unknown = await lines_of(work, count.id, verdicts=("unknown",))
    rows = [row_of(each) for each in count.raw or ()]
    waiting = {(line.path, line.code): line for line in unknown}
    again = [row for row in rows if (row.path, row.code or None) in waiting]
    told, _ = await understand(work, site, again, channel_id=count.channel_id)
    lines = await lines_for(work, told, (), as_of=count.as_of)
    taken = {line.balance_id for line in await lines_of(work, count.id)}
    changes = [
        {
            "id": waiting[(line["path"], line["code"])].id,
            **{name: line[name] for name in _LEARNT},
        }
        for line in lines
        if line["balance_id"] not in taken
    ]
    await change_lines(work, changes)


_LEARNT = (
    "item_id",
    "balance_id",
    "counted",
    "counts_available",
    "counted_quality_control",
    "counted_damaged",
    "observed_at",
    "verdict",
    "problem",
)

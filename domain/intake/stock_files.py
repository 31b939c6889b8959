"""A stock document that came in becomes a snapshot of its location."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.entities.models import Location
from domain.intake.authority import channel_authority
from domain.intake.document import Moment, Problem, Reading
from domain.intake.formats.stock.reading import read_stock
from domain.intake.formats.stock.report import StockReport
from domain.intake.policy import aware
from domain.inventory.models import StockCount, StockCountLine
from domain.inventory.operations.snapshots import reconcile_snapshot, settle_stock_count
from domain.inventory.snapshots import SnapshotRow
from domain.kernel.work import Work

STORES = ("owned", "third_party", "store")


async def take_stock(
    work: Work, channel: Row[Any], message: Row[Any], reading: Reading
) -> tuple[str, Reading] | None:
    """Reconcile the stock that a document tells; the message's outcome and reading then. None for
    a document that tells none, or none of a location of ours.

    A location is known by its code in the document; a document that names none speaks of the only
    location of the channel's entity."""
    reports = read_stock(message.raw) if reading.kind == "not_an_order" else []
    places = await _places(work, channel, reports) if reports else []
    if not any(places):
        return None
    problems: list[Problem] = []
    for report, place in zip(reports, places, strict=True):
        if place is None:
            problems.append(_unknown_location(report))
        else:
            problems += await _reconcile(work, channel, message, report, place)
    waits = any(problem.severity == "error" for problem in problems)
    outcome = "exception" if waits else "accepted"
    told = Reading(reports[0].format, "not_an_order", problems=tuple(problems))
    return outcome, told


async def _places(
    work: Work, channel: Row[Any], reports: Sequence[StockReport]
) -> list[Row[Any] | None]:
    rows = await work.rows(
        select(Location.id, Location.code, Location.entity_id)
        .where(
            Location.tenant_id == work.tenant_id,
            Location.status == "active",
            Location.kind.in_(STORES),
        )
        .order_by(Location.id)
    )
    by_code = {row.code: row for row in rows}
    own = [row for row in rows if row.entity_id == channel.entity_id]
    only = own[0] if len(own) == 1 else None
    return [only if each.location is None else by_code.get(each.location) for each in reports]


async def _reconcile(
    work: Work, channel: Row[Any], message: Row[Any], report: StockReport, place: Row[Any]
) -> list[Problem]:
    as_of = min(_moment(report.as_of, message.received_at), work.now)
    with channel_authority(work):
        count_id = await reconcile_snapshot(
            work,
            location_id=place.id,
            as_of=as_of,
            rows=[
                SnapshotRow(
                    codes=row.codes,
                    on_hand=row.quantity,
                    is_available=row.is_available,
                    quality_control=row.quality_control,
                    damaged=row.damaged,
                    unit=row.unit,
                    lot=row.lot,
                    path=row.path,
                )
                for row in report.rows
            ],
            reason=f"{report.format} of channel {channel.code}",
            external_reference=report.reference,
            channel_id=channel.id,
        )
        if message.attempts:
            await _settle(work, count_id)
    return await _problems(work, count_id)


async def _settle(work: Work, count_id: int) -> None:
    """A document that is replayed is looked through again, with what was mapped since."""
    status = await work.value(
        select(StockCount.status).where(
            StockCount.tenant_id == work.tenant_id, StockCount.id == count_id
        )
    )
    if status == "exception":
        await settle_stock_count(work, count_id=count_id)


def _moment(told: Moment | None, received_at: datetime) -> datetime:
    """A day without a time is over: what happened on it has been counted in."""
    if told is None or isinstance(told, datetime):
        return aware(told, received_at)
    return aware(told, received_at) + timedelta(days=1)


async def _problems(work: Work, count_id: int) -> list[Problem]:
    rows = await work.rows(
        select(
            StockCount.number,
            StockCountLine.verdict,
            StockCountLine.path,
            StockCountLine.code,
            StockCountLine.problem,
        )
        .join(
            StockCountLine,
            (StockCountLine.tenant_id == StockCount.tenant_id)
            & (StockCountLine.count_id == StockCount.id),
        )
        .where(
            StockCount.tenant_id == work.tenant_id,
            StockCount.id == count_id,
            StockCountLine.verdict.in_(("unknown", "oversold", "pieces")),
        )
        .order_by(StockCountLine.line_number)
    )
    return [_problem(row) for row in rows]


def _problem(row: Row[Any]) -> Problem:
    if row.verdict == "unknown":
        return Problem(
            "unknown_item",
            row.path or "",
            row.problem or f"No item is known here as {row.code!r}.",
            f"Give an item this code (mapItemCode), then replay, or settle {row.number}.",
        )
    return Problem(
        f"stock_{row.verdict}",
        row.path or "",
        f"The stock told of {row.code!r} cannot be booked as it is.",
        f"See the line in {row.number}, decide about it, then settle {row.number}.",
    )


def _unknown_location(report: StockReport) -> Problem:
    named = "no location" if report.location is None else f"the location {report.location!r}"
    return Problem(
        "unknown_location",
        "",
        f"It tells the stock of {named}, which is not known here by that code.",
        "Give a location this code, then replay.",
    )

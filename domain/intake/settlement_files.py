"""A document of payouts that came in is read, kept line by line, and posted.

It is read to its end before anything of it is kept: what is wrong is told with line and field, and
nothing is done. A large one is kept part by part, each in a transaction of its own."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.finance.models import Settlement, SettlementTerms
from domain.finance.settlement.completing import complete
from domain.finance.settlement.events import SettlementRead, SettlementReceived
from domain.finance.settlement.mappings import TableMapping, mapping_of
from domain.finance.settlement.policy import Course
from domain.finance.settlement.taking import (
    INCOMPLETE,
    POSTED,
    READING,
    Summed,
    Taken,
    add_lines,
    lock_terms,
    take_payouts,
    unknown_lines,
)
from domain.finance.settlement.told import ToldLine
from domain.intake.booking import problems_json
from domain.intake.document import Problem, Reading
from domain.intake.formats.settled.reading import read_settled
from domain.intake.formats.settled.report import SettledReport
from domain.intake.models import IntakeMessage
from domain.intake.settled_sums import MOST_PROBLEMS, summed_payouts
from domain.kernel.errors import Expected
from domain.kernel.reading import Reader
from domain.kernel.work import Work

PART = 10_000
"""Lines that are kept in one transaction."""

_BATCH = 2_000


async def take_settlement(
    work: Work, channel: Row[Any], message: Row[Any], reading: Reading
) -> tuple[str, Reading] | None:
    """Keep and post the payouts that a document tells of; the message's outcome and reading then.
    None for a document that tells of none. The same report again does nothing."""
    if reading.kind == "order":
        return None
    report = read_settled(message.raw, await _mapping(work, channel.id))
    if report is None:
        return None
    if await _was_taken(work, message, report):
        return "duplicate", Reading(report.format, "not_an_order")
    summed, problems = summed_payouts(report)
    if not problems:
        terms = await lock_terms(work, channel.id)
        try:
            async with work.attempt():
                outcome, problems = await _take(work, channel, message, report, summed, terms)
        except Expected as refused:
            problems = [_refused(refused)]
    if problems:
        outcome = "exception"
    return outcome, Reading(report.format, "not_an_order", problems=tuple(problems))


async def _was_taken(reader: Reader, message: Row[Any], report: SettledReport) -> bool:
    """Whether the very document was taken before. Whole reports are known by their lines; of heads
    and pages an old one would undo what a later one told."""
    if any(each.is_whole for each in report.payouts):
        return False
    m = IntakeMessage
    earlier = select(m.id).where(
        m.tenant_id == reader.tenant_id,
        m.channel_id == message.channel_id,
        m.content_hash == message.content_hash,
        m.id < message.id,
        m.outcome == "accepted",
    )
    return await reader.value(earlier.limit(1)) is not None


async def _mapping(reader: Reader, channel_id: int) -> TableMapping | None:
    return mapping_of(
        await reader.value(
            select(SettlementTerms.mapping).where(
                SettlementTerms.tenant_id == reader.tenant_id,
                SettlementTerms.channel_id == channel_id,
            )
        )
    )


async def _take(
    work: Work,
    channel: Row[Any],
    message: Row[Any],
    report: SettledReport,
    summed: list[Summed],
    terms: Row[Any],
) -> tuple[str, list[Problem]]:
    taken = await take_payouts(work, channel, summed, format=report.format, message_id=message.id)
    late = await _late_lines(work, report, taken)
    if late:
        return "exception", late
    _tell(work, channel, message, taken, summed)
    # A report that is being read already is read to its end by its own message.
    taken = {
        name: each
        for name, each in taken.items()
        if (each.course, each.status) != (Course.SAME, READING)
    }
    wanted = {name: each.settlement_id for name, each in taken.items() if each.status == READING}
    currencies = {each.payout.external_id: each.payout.currency for each in summed}
    lines = _of(report, wanted)
    added = await _add_part(work, lines, wanted, currencies)
    if any(True for _ in lines):
        first = min(wanted.values())
        work.record(SettlementRead(aggregate_id=first, message_id=message.id, lines=added))
        return "accepted", []
    done = [
        each.status != await complete(work, each.settlement_id, terms)
        for each in taken.values()
        if each.status != POSTED
    ]
    is_new = added or any(each.is_new for each in taken.values()) or (not wanted and any(done))
    return ("accepted" if is_new else "duplicate"), []


async def _late_lines(
    reader: Reader, report: SettledReport, taken: Mapping[str, Taken]
) -> list[Problem]:
    """Lines that come to a payout that is posted: its total has no room for them."""
    posted = {
        name: each.settlement_id
        for name, each in taken.items()
        if each.status == POSTED and each.course is Course.EXTEND
    }
    if not posted:
        return []
    lines = [each for each in report.lines() if isinstance(each, ToldLine)]
    return [
        Problem(
            "payout_complete",
            f"{each.payout}, {each.external_id}",
            f"The payout {each.payout} is in the books, and adds up without {each.external_id}.",
            "Ask the channel which payout it belongs to.",
        )
        for each in await unknown_lines(reader, posted, lines)
    ][:MOST_PROBLEMS]


def _of(report: SettledReport, wanted: Mapping[str, int]) -> Iterator[ToldLine]:
    return (each for each in report.lines() if isinstance(each, ToldLine) and each.payout in wanted)


async def _add_part(
    work: Work,
    lines: Iterator[ToldLine],
    wanted: Mapping[str, int],
    currencies: Mapping[str, str],
) -> int:
    """Keep the next lines, as many as a transaction takes; how many were new."""
    added = read = 0
    while read < PART and (batch := list(islice(lines, _BATCH))):
        read += len(batch)
        for name, settlement_id in wanted.items():
            own = [each for each in batch if each.payout == name]
            if own:
                added += await add_lines(work, settlement_id, own, currency=currencies[name])
    return added


async def read_on(work: Work, message_id: int) -> None:
    """Keep the next part of a large report, and post it with the last."""
    message = await work.row(
        select(IntakeMessage.id, IntakeMessage.channel_id, IntakeMessage.raw)
        .where(IntakeMessage.tenant_id == work.tenant_id, IntakeMessage.id == message_id)
        .with_for_update(of=IntakeMessage)
    )
    assert message is not None
    terms = await lock_terms(work, message.channel_id)
    rows = await _being_read(work, message_id)
    if not rows:
        return
    report = read_settled(message.raw, mapping_of(terms.mapping))
    assert report is not None
    wanted = {row.external_id: row.id for row in rows}
    currencies = {row.external_id: row.currency for row in rows}
    lines = islice(_of(report, wanted), sum(row.line_count for row in rows), None)
    added = await _add_part(work, lines, wanted, currencies)
    if any(True for _ in lines):
        first = min(wanted.values())
        work.record(SettlementRead(aggregate_id=first, message_id=message_id, lines=added))
        return
    for settlement_id in sorted(wanted.values()):
        try:
            async with work.attempt():
                await complete(work, settlement_id, terms)
        except Expected as refused:
            await _leave(work, message_id, settlement_id, _refused(refused))


async def _leave(work: Work, message_id: int, settlement_id: int, problem: Problem) -> None:
    """What cannot be posted waits with its reason: the message is replayed once it is mended."""
    await work.execute(
        update(Settlement)
        .where(Settlement.tenant_id == work.tenant_id, Settlement.id == settlement_id)
        .values(status=INCOMPLETE)
    )
    m = IntakeMessage
    await work.execute(
        update(m)
        .where(m.tenant_id == work.tenant_id, m.id == message_id)
        .values(outcome="exception", problems=problems_json((problem,)))
    )


async def _being_read(work: Work, message_id: int) -> list[Row[Any]]:
    s = Settlement
    return list(
        await work.rows(
            select(s.id, s.external_id, s.currency, s.line_count)
            .where(s.tenant_id == work.tenant_id, s.message_id == message_id, s.status == READING)
            .order_by(s.id)
            .with_for_update()
        )
    )


def _tell(
    work: Work,
    channel: Row[Any],
    message: Row[Any],
    taken: Mapping[str, Taken],
    summed: list[Summed],
) -> None:
    lines = sum(each.lines for each in summed)
    for name, each in taken.items():
        if each.course in (Course.BEGIN, Course.REPLACE):
            work.record(
                SettlementReceived(
                    aggregate_id=each.settlement_id,
                    channel_id=channel.id,
                    external_id=name,
                    message_id=message.id,
                    reading=lines > PART,
                )
            )


def _refused(refused: Expected) -> Problem:
    return Problem(
        "settlement_refused", "", refused.message, "Mend what it says, then replay the message."
    )

"""The lines of a document of payouts are kept part by part, each in a transaction of its own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.engine import Row

from domain.finance.models import Settlement
from domain.finance.settlement.completing import complete
from domain.finance.settlement.events import SettlementRead
from domain.finance.settlement.keeping_lines import add_lines
from domain.finance.settlement.mappings import mapping_of
from domain.finance.settlement.taking import ANNOUNCED, INCOMPLETE, READING, lock_terms
from domain.finance.settlement.told import ToldLine
from domain.intake.booking import problems_json
from domain.intake.document import Problem
from domain.intake.formats.settled.reading import read_settled
from domain.intake.formats.settled.report import SettledReport
from domain.intake.models import IntakeMessage
from domain.intake.settled_sums import MOST_PROBLEMS
from domain.kernel.errors import Expected
from domain.kernel.work import Work

PART = 10_000
"""Lines that are kept in one transaction."""

_BATCH = 2_000


async def add_part(
    work: Work,
    report: SettledReport,
    wanted: Mapping[str, tuple[int, str]],
    *,
    message_id: int,
    begin: int,
) -> tuple[int, bool]:
    """Keep the next lines of a document, from a place on, as many as a transaction takes: those of
    the payouts that are `wanted`, with their settlements and currencies. How many were new, and
    whether there are more, which have their turn by an event."""
    if not wanted:
        return 0, False
    lines = islice(report.lines(), begin, None)
    added, place = 0, begin
    while place - begin < PART and (batch := list(islice(lines, _BATCH))):
        place += len(batch)
        by_payout: dict[str, list[ToldLine]] = defaultdict(list)
        for each in batch:
            if isinstance(each, ToldLine) and each.payout in wanted:
                by_payout[each.payout].append(each)
        for name, own in by_payout.items():
            settlement_id, currency = wanted[name]
            added += await add_lines(work, settlement_id, own, currency=currency)
    if next(lines, None) is None:
        return added, False
    first = min(settlement_id for settlement_id, _ in wanted.values())
    work.record(SettlementRead(aggregate_id=first, message_id=message_id, lines=added, read=place))
    return added, True


async def read_on(work: Work, message_id: int, begin: int) -> None:
    """Keep the next part of a large report, of which so many lines were read, and post it with the
    last."""
    message = await work.row(
        select(IntakeMessage.id, IntakeMessage.channel_id, IntakeMessage.raw)
        .where(IntakeMessage.tenant_id == work.tenant_id, IntakeMessage.id == message_id)
        .with_for_update(of=IntakeMessage)
    )
    assert message is not None
    terms = await lock_terms(work, message.channel_id)
    report = read_settled(message.raw, mapping_of(terms.mapping))
    assert report is not None
    rows = await _being_read(work, message, report)
    wanted = {row.external_id: (row.id, row.currency) for row in rows}
    _, has_more = await add_part(work, report, wanted, message_id=message_id, begin=begin)
    if has_more:
        return
    refused: list[tuple[int, Problem]] = []
    for row in rows:
        try:
            async with work.attempt():
                await complete(work, row.id, terms)
        except Expected as outcome:
            refused.append((row.id, refusal(outcome)))
    if refused:
        await _leave(work, message_id, refused)


async def _leave(work: Work, message_id: int, refused: list[tuple[int, Problem]]) -> None:
    """What cannot be posted waits with its reason: the message is replayed once it is mended."""
    await work.execute(
        update(Settlement)
        .where(
            Settlement.tenant_id == work.tenant_id,
            Settlement.id.in_([settlement_id for settlement_id, _ in refused]),
        )
        .values(status=INCOMPLETE)
    )
    problems = tuple(dict.fromkeys(problem for _, problem in refused))[:MOST_PROBLEMS]
    m = IntakeMessage
    await work.execute(
        update(m)
        .where(m.tenant_id == work.tenant_id, m.id == message_id)
        .values(outcome="exception", problems=problems_json(problems))
    )


async def _being_read(work: Work, message: Row[Any], report: SettledReport) -> Sequence[Row[Any]]:
    """The payouts of a document whose lines are still to come: of a whole report as long as it is
    the one that is read, of others until all of it is in the books."""
    s = Settlement
    names = [each.external_id for each in report.payouts]
    return await work.rows(
        select(s.id, s.external_id, s.currency)
        .where(
            s.tenant_id == work.tenant_id,
            s.channel_id == message.channel_id,
            s.external_id.in_(names),
            or_(
                (s.status == READING) & (s.message_id == message.id),
                s.status.in_((READING, INCOMPLETE, ANNOUNCED)) & s.digest.is_(None),
            ),
        )
        .order_by(s.id)
        .with_for_update()
    )


def refusal(refused: Expected) -> Problem:
    """Why a payout was not posted, as a problem of its message."""
    return Problem(
        "settlement_refused", "", refused.message, "Mend what it says, then replay the message."
    )

"""A document of payouts that came in is read, kept line by line, and posted.

It is read to its end before anything of it is kept: what is wrong is told with line and field, and
nothing is done. A large one is kept part by part, each in a transaction of its own."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.finance.models import SettlementTerms
from domain.finance.settlement.completing import complete
from domain.finance.settlement.events import SettlementReceived
from domain.finance.settlement.keeping_lines import unknown_lines
from domain.finance.settlement.mappings import TableMapping, mapping_of
from domain.finance.settlement.policy import Course
from domain.finance.settlement.taking import (
    POSTED,
    READING,
    Summed,
    Taken,
    lock_terms,
    take_payouts,
)
from domain.finance.settlement.told import ToldLine
from domain.intake.document import Problem, Reading
from domain.intake.formats.settled.reading import read_settled
from domain.intake.formats.settled.report import SettledReport
from domain.intake.models import IntakeMessage
from domain.intake.settled_sums import MOST_PROBLEMS, summed_payouts
from domain.intake.settlement_parts import PART, add_part, refusal
from domain.kernel.errors import Expected
from domain.kernel.reading import Reader
from domain.kernel.work import Work


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
                outcome = await _take(work, channel, message, report, summed, terms)
        except Expected as refused:
            problems = [refusal(refused)]
        except _Unfit as unfit:
            problems = unfit.problems
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


class _Unfit(Exception):
    """What a document tells does not go with what is known: nothing of it is kept."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems[:MOST_PROBLEMS]


async def _take(
    work: Work,
    channel: Row[Any],
    message: Row[Any],
    report: SettledReport,
    summed: list[Summed],
    terms: Row[Any],
) -> str:
    """The message's outcome. Raises _Unfit, and what posting raises."""
    taken = await take_payouts(work, channel, summed, format=report.format, message_id=message.id)
    unfit = _other_currencies(summed, taken) or await _late_lines(work, report, taken)
    if unfit:
        raise _Unfit(unfit)
    _tell(work, channel, message, taken, summed)
    # A report that is being read already is read to its end by its own message.
    taken = {
        name: each
        for name, each in taken.items()
        if (each.course, each.status) != (Course.SAME, READING)
    }
    wanted = {
        name: (each.settlement_id, each.currency)
        for name, each in taken.items()
        if each.status == READING
    }
    added, has_more = await add_part(work, report, wanted, message_id=message.id, begin=0)
    if has_more:
        return "accepted"
    done = [
        each.status != await complete(work, each.settlement_id, terms)
        for each in taken.values()
        if each.status != POSTED
    ]
    is_new = added or any(each.is_new for each in taken.values()) or (not wanted and any(done))
    return "accepted" if is_new else "duplicate"


def _other_currencies(summed: list[Summed], taken: Mapping[str, Taken]) -> list[Problem]:
    """Payouts that an earlier document told of in another currency."""
    return [
        Problem(
            "currency_differs",
            told.external_id,
            f"The payout {told.external_id} is in {told.currency} here, and was in {known} before.",
            "Ask the channel in which currency it paid.",
        )
        for told in (each.payout for each in summed)
        if (known := taken[told.external_id].currency) != told.currency
    ]


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
    lines = (each for each in report.lines() if isinstance(each, ToldLine))
    return [
        Problem(
            "payout_complete",
            f"{each.payout}, {each.external_id}",
            f"The payout {each.payout} is in the books, and adds up without {each.external_id}.",
            "Ask the channel which payout it belongs to.",
        )
        for each in await unknown_lines(reader, posted, lines)
    ]


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

"""What the lines of a document of payouts come to: it is read to its end before it is kept."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from domain.finance.settlement.taking import Summed
from domain.finance.settlement.told import ToldLine
from domain.intake.document import Problem
from domain.intake.formats.settled.report import SettledReport
from domain.kernel.money import to_major, to_minor

MOST_PROBLEMS = 100
_AGAIN = "Download the report again as the channel makes it, and send it unchanged."


@dataclass(slots=True)
class _Sum:
    """What the lines of one payout come to, as they pass by."""

    lines: int = 0
    minor: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    ids: set[str] = field(default_factory=set)


def summed_payouts(report: SettledReport) -> tuple[list[Summed], list[Problem]]:
    """What the document's lines come to, payout by payout; or what is wrong with it."""
    problems = list(report.problems)
    currencies = {each.external_id: each.currency for each in report.payouts}
    sums = {each.external_id: _Sum() for each in report.payouts}
    for line in report.lines():
        if len(problems) >= MOST_PROBLEMS:
            break
        if isinstance(line, Problem):
            problems.append(line)
        elif line.payout in sums:
            found = _add(sums[line.payout], line, currencies[line.payout])
            problems += [] if found is None else [found]
    summed = [
        Summed(
            payout=each,
            lines=sums[each.external_id].lines,
            lines_minor=sums[each.external_id].minor,
            digest=sums[each.external_id].digest.hexdigest(),
        )
        for each in report.payouts
    ]
    if not problems:
        problems = [problem for each in summed for problem in _total_problem(each)]
    return summed, problems[:MOST_PROBLEMS]


def _add(into: _Sum, line: ToldLine, currency: str) -> Problem | None:
    minor, named = to_minor(line.amount, currency), line.external_id or line.word
    if to_major(minor, currency) != line.amount:
        message = f"{line.amount} of {named!r} is no amount in {currency}."
        return Problem("value_invalid", f"{line.payout}, {named}", message, _AGAIN)
    if line.external_id is not None and line.external_id in into.ids:
        message = f"{named!r} stands in it twice."
        return Problem("line_twice", f"{line.payout}, {named}", message, _AGAIN)
    if line.external_id is not None:
        into.ids.add(line.external_id)
    into.lines += 1
    into.minor += minor if line.counts else 0
    into.digest.update(repr(line).encode())
    return None


def _total_problem(each: Summed) -> list[Problem]:
    total = each.total_minor
    if not each.payout.is_whole or total == each.lines_minor or total is None:
        return []
    currency = each.payout.currency
    return [
        Problem(
            "total_differs",
            "total-amount",
            f"The lines of the payout {each.payout.external_id} add up to "
            f"{to_major(each.lines_minor, currency)} {currency}, its total is "
            f"{to_major(total, currency)}.",
            "Download the whole report again; it may have been cut or edited.",
        )
    ]

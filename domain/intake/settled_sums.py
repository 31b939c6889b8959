"""What the lines of a document of payouts come to: it is read to its end before it is kept."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from domain.finance.settlement.taking import Summed
from domain.finance.settlement.told import ToldLine
from domain.intake.document import Problem
from domain.intake.formats.settled.locale_values import LARGEST
from domain.intake.formats.settled.report import SettledReport
from domain.kernel.money import to_major, to_minor

MOST_PROBLEMS = 100
# In minor units; one amount is below LARGEST by itself.
LARGEST_SUM = 10**17
# Each is a journal of its own, and all of one document are posted together.
MOST_PAYOUTS = 1_000
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
    problems = [*report.problems, *_payout_problems(report)]
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


def _payout_problems(report: SettledReport) -> list[Problem]:
    if len(report.payouts) > MOST_PAYOUTS:
        message = f"It tells of {len(report.payouts)} payouts; at most {MOST_PAYOUTS} are taken."
        return [Problem("too_many_payouts", "", message, "Send it in several documents.")]
    counts = Counter(each.external_id for each in report.payouts)
    twice = [name for name, count in counts.items() if count > 1]
    return [
        *(
            Problem("payout_twice", name, f"The payout {name} stands in it twice.", _AGAIN)
            for name in twice
        ),
        *(
            _too_large(each.external_id, "its total", each.total)
            for each in report.payouts
            if each.total is not None and abs(each.total) >= LARGEST
        ),
    ]


def _too_large(payout: str, named: str, amount: Decimal) -> Problem:
    message = f"{amount:f} is larger than any amount."
    return Problem("value_invalid", f"{payout}, {named}", message, _AGAIN)


def _add(into: _Sum, line: ToldLine, currency: str) -> Problem | None:
    named = line.external_id or line.word
    if abs(line.amount) >= LARGEST:
        return _too_large(line.payout, named, line.amount)
    minor = to_minor(line.amount, currency)
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
    if abs(each.lines_minor) >= LARGEST_SUM:
        amount = to_major(each.lines_minor, each.payout.currency)
        return [_too_large(each.payout.external_id, "what it adds up to", amount)]
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

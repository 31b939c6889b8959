"""Looking through what was counted or told, and booking it.

The count is locked first. A difference is taken against what the books held at the moment of the
observation, so that what was sold, received or moved since then is not touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.engine import Row

from domain.inventory.balances import Balance, lock_balances_by_id
from domain.inventory.corrections import Correction, book_corrections
from domain.inventory.costs import lock_costs
from domain.inventory.count_rows import change_count, change_lines, promised_of
from domain.inventory.models import StockCountLine
from domain.inventory.outcomes import StockPromised
from domain.inventory.policies.counting import (
    ABOVE,
    EVEN,
    OVERSOLD,
    PIECES,
    SUPERSEDED,
    WITHIN,
    Found,
    books_then,
    difference,
    verdict,
)
from domain.inventory.policy import Cost, States, value_at_average
from domain.inventory.positions import moved_since
from domain.inventory.sites import find_site
from domain.inventory.tolerances import tolerance_at
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A counted line and what is to be done about it; the balance is locked."""

    line: Row[Any]
    balance: Balance
    expected: States
    change: States
    value_minor: int
    verdict: str


async def judge(work: Work, count: Row[Any], lines: Sequence[Row[Any]]) -> list[Judged]:
    """Lock the balances and costs of counted lines and decide about each."""
    if not lines:
        return []
    balances = await lock_balances_by_id(work, {line.balance_id for line in lines})
    since = await moved_since(work, {line.balance_id: line.position for line in lines})
    later = await _observed_later(work, count, lines)
    tolerance = await tolerance_at(work, count.location_id)
    costs = await lock_costs(work, {(b.owner_id, b.item_id) for b in balances.values()})
    judged = []
    for line in lines:
        balance = balances[line.balance_id]
        then = books_then(balance.states, since.get(balance.id, States()))
        change = difference(_found(line), then)
        cost = costs.get((balance.owner_id, balance.item_id), Cost())
        value = _value(cost, change)
        said = verdict(
            change,
            now=balance.states,
            tolerance=tolerance,
            expected=then.on_hand,
            value_minor=value,
        )
        judged.append(
            Judged(
                line=line,
                balance=balance,
                expected=then,
                change=change,
                value_minor=value,
                verdict=_overruled(said, line, later),
            )
        )
    return judged


def _found(line: Row[Any]) -> Found:
    return Found(
        on_hand=line.counted,
        is_available=line.counts_available,
        quality_control=line.counted_quality_control,
        damaged=line.counted_damaged,
    )


def _value(cost: Cost, change: States) -> int:
    """What the difference is worth, in minor units; less than nothing for a loss."""
    value = value_at_average(cost, abs(change.on_hand))
    return -value if change.on_hand < 0 else value


def _overruled(said: str, line: Row[Any], later: set[int]) -> str:
    if line.balance_id in later:
        return SUPERSEDED
    # Which pieces are there and which are not, no quantity can tell.
    return PIECES if said != EVEN and line.tracking == "serial" else said


async def _observed_later(work: Work, count: Row[Any], lines: Sequence[Row[Any]]) -> set[int]:
    """The balances of which something was found later, and booked, than these lines say."""
    rows = await work.rows(
        select(StockCountLine.balance_id, func.max(StockCountLine.observed_at).label("at"))
        .where(
            StockCountLine.tenant_id == work.tenant_id,
            StockCountLine.balance_id.in_([line.balance_id for line in lines]),
            StockCountLine.count_id != count.id,
            StockCountLine.booked,
        )
        .group_by(StockCountLine.balance_id)
    )
    at = {row.balance_id: row.at for row in rows}
    return {
        line.balance_id
        for line in lines
        if line.balance_id in at and at[line.balance_id] > line.observed_at
    }


async def keep_judgements(work: Work, judged: Sequence[Judged]) -> None:
    """Write what was decided about each line, and what the books held then."""
    await change_lines(
        work,
        [
            {
                "id": each.line.id,
                "expected": each.expected.on_hand,
                "difference": each.change.on_hand,
                "difference_quality_control": each.change.quality_control,
                "difference_damaged": each.change.damaged,
                "value_minor": each.value_minor,
                "verdict": each.verdict,
            }
            for each in judged
        ],
    )


async def book(
    work: Work, count: Row[Any], judged: Sequence[Judged], *, verdicts: Sequence[str] = (WITHIN,)
) -> None:
    """Book the differences of these verdicts; what is even counts as booked, too."""
    wanted = [each for each in judged if each.verdict in verdicts]
    corrections = [
        Correction(
            balance=each.balance,
            delta=each.change.on_hand,
            quality_control=each.change.quality_control,
            damaged=each.change.damaged,
        )
        for each in wanted
    ]
    settled = [each.line.id for each in judged if each.verdict in (EVEN, *verdicts)]
    await work.execute(
        update(StockCountLine)
        .where(StockCountLine.tenant_id == work.tenant_id, StockCountLine.id.in_(settled))
        .values(booked=True)
    )
    if corrections:
        site = await find_site(work, location_id=count.location_id, owner_id=count.owner_id)
        document = await book_corrections(
            work,
            corrections,
            site=site,
            reason=count.reason,
            balance_ids=[each.balance.id for each in wanted],
            kind="count",
            external_reference=count.number,
        )
        await change_count(work, count.id, document_id=document.document_id)


async def promised_outcome(work: Work, judged: Sequence[Judged]) -> StockPromised | None:
    """Who is promised what was not found; None when nobody is."""
    oversold = [each for each in judged if each.verdict == OVERSOLD]
    if not oversold:
        return None
    promised = await promised_of(work, [each.balance.id for each in oversold])
    return StockPromised(
        "Less was found than is promised: decide about the orders first.",
        item_ids=sorted({each.balance.item_id for each in oversold}),
        order_line_ids=[row.order_line_id for row in promised if row.order_line_id],
        transfer_line_ids=[row.transfer_line_id for row in promised if row.transfer_line_id],
    )


def status_of(verdicts: Sequence[str]) -> str:
    """What a count has come to, from the verdicts on what is not booked of it."""
    if ABOVE in verdicts:
        return "waiting"
    if set(verdicts) - {EVEN, WITHIN, SUPERSEDED, "open"}:
        return "exception"
    return "booked"

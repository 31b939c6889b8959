"""Looking through what was counted or told, and booking it.

The count is locked first. A difference is taken against what the books held at the moment of the
observation, so that what was sold, received or moved since then is not touched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.engine import Row

from domain.inventory.balances import Balance, lock_balances_by_id
from domain.inventory.corrections import Correction, book_corrections
from domain.inventory.count_rows import change_count, change_lines, promised_of
from domain.inventory.counted_pieces import piece_differences
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
    Tolerance,
    books_then,
    difference,
    verdict,
)
from domain.inventory.policies.pieces import PieceDifference, verdict_on_pieces
from domain.inventory.policy import AVAILABLE, Cost, States, value_at_average
from domain.inventory.positions import moved_since, positions_of
from domain.inventory.serials import Piece
from domain.inventory.sites import find_site
from domain.inventory.tolerances import tolerance_at
from domain.inventory.valuation.costs import lock_costs
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
    # The balance's last movement, and the pieces that differ where such were named.
    position: int
    pieces: PieceDifference | None

    @property
    def missing(self) -> list[str] | None:
        """The pieces of the books that were not named."""
        return None if self.pieces is None else [code for code, _ in self.pieces.missing]

    @property
    def found(self) -> list[str] | None:
        """The pieces that were named and are in stock nowhere."""
        return None if self.pieces is None else list(self.pieces.found)

    @property
    def problem(self) -> str | None:
        """What has to be seen to before the line can be booked."""
        if self.pieces is None or not self.pieces.elsewhere:
            return None
        return f"By the books these lie elsewhere: {', '.join(self.pieces.elsewhere)}."

    @property
    def differs_from_line(self) -> bool:
        """Whether this is not what was decided about before."""
        return (self.change.on_hand, self.missing, self.found) != (
            self.line.difference,
            self.line.missing_serials,
            self.line.found_serials,
        )

    def correction(self) -> Correction:
        """What is to be booked."""
        here, pieces = self.balance, self.pieces or PieceDifference()
        return Correction(
            balance=here,
            delta=self.change.on_hand,
            quality_control=self.change.quality_control,
            damaged=self.change.damaged,
            gone=tuple(_piece(here, *each) for each in pieces.missing),
            found=tuple(_piece(here, code) for code in pieces.found),
        )


def _piece(balance: Balance, code: str, state: str = AVAILABLE) -> Piece:
    return Piece(item_id=balance.item_id, code=code, balance_id=balance.id, state=state)


async def judge(work: Work, count: Row[Any], lines: Sequence[Row[Any]]) -> list[Judged]:
    """Lock the balances and costs of counted lines and decide about each."""
    if not lines:
        return []
    balances = await lock_balances_by_id(work, {line.balance_id for line in lines})
    keys = {(b.owner_id, b.item_id) for b in balances.values()}
    books = _Books(
        balances=balances,
        since=await moved_since(work, {line.balance_id: line.position for line in lines}),
        positions=await positions_of(work, dict.fromkeys(balances)),
        pieces=await piece_differences(work, lines),
        tolerance=await tolerance_at(work, count.location_id),
        costs=await lock_costs(work, keys),
    )
    later = await _observed_later(work, count, lines)
    return [_judged(books, line, is_late=line.balance_id in later) for line in lines]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Books:
    """What lines are judged by."""

    balances: Mapping[int, Balance]
    since: Mapping[int, States]
    positions: Mapping[int, int]
    pieces: Mapping[int, PieceDifference]
    tolerance: Tolerance | None
    costs: Mapping[tuple[int, int], Cost]


def _judged(books: _Books, line: Row[Any], *, is_late: bool) -> Judged:
    balance = books.balances[line.balance_id]
    then = books_then(balance.states, books.since.get(balance.id, States()))
    pieces = books.pieces.get(line.id)
    change = difference(_found(line), then) if pieces is None else pieces.change
    cost = books.costs.get((balance.owner_id, balance.item_id), Cost())
    value = value_at_average(cost, abs(change.on_hand))
    known: dict[str, Any] = {
        "now": balance.states,
        "tolerance": books.tolerance,
        "expected": then.on_hand,
    }
    if pieces is None:
        said = verdict(change, value_minor=value, **known)
        # Which pieces are there and which are not, no quantity can tell.
        said = PIECES if said != EVEN and line.tracking == "serial" else said
    else:
        gross = value_at_average(cost, Decimal(pieces.amount))
        said = verdict_on_pieces(pieces, value_minor=gross, **known)
    return Judged(
        line=line,
        balance=balance,
        expected=then,
        change=change,
        value_minor=-value if change.on_hand < 0 else value,
        verdict=SUPERSEDED if is_late else said,
        position=books.positions[balance.id],
        pieces=pieces,
    )


def _found(line: Row[Any]) -> Found:
    return Found(
        on_hand=line.counted,
        is_available=line.counts_available,
        quality_control=line.counted_quality_control,
        damaged=line.counted_damaged,
    )


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
                "missing_serials": each.missing,
                "found_serials": each.found,
                "judged_position": each.position,
                "problem": each.problem,
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
    corrections = [each.correction() for each in wanted]
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

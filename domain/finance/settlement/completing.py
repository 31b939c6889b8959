"""A payout that is known as a whole is matched and posted, once."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from domain.finance.models import (
    Settlement,
    SettlementDifference,
    SettlementLine,
    SettlementMatch,
)
from domain.finance.settlement.booking import Booking, book_settlement
from domain.finance.settlement.events import SettlementPosted
from domain.finance.settlement.expected import lock_expected, note_what_was_paid
from domain.finance.settlement.finding import find_orders, find_shipments
from domain.finance.settlement.matching import Matched, Unexplained, match
from domain.finance.settlement.missing import raise_missing
from domain.finance.settlement.policy import (
    FEE_TOO_HIGH,
    RESERVE,
    ROUNDING,
    Cleared,
    fee_beyond,
    reserve_excess,
)
from domain.finance.settlement.replacing import (
    add_cleared,
    end_replaced,
    posted_before,
    replace_settlement,
)
from domain.finance.settlement.resolving import end_differences_of
from domain.finance.settlement.taking import ANNOUNCED, INCOMPLETE, POSTED, change_settlement
from domain.finance.settlement.told import FEES, SALE, WITHHELD
from domain.kernel.inserting import insert_rows
from domain.kernel.work import Work


async def complete(work: Work, settlement_id: int, terms: Row[Any]) -> str:
    """Post a settlement if its lines add up to its total and it is not only announced; its status
    then. The terms of its channel are locked.

    Locks payments and invoices of its orders, then draws numbers and locks the books. Raises
    ExchangeRateMissing."""
    row = await _locked(work, settlement_id)
    if row.status in (POSTED, "replaced"):
        return str(row.status)
    if row.total_minor is None or row.payout_state is None or row.lines_minor != row.total_minor:
        return await _wait(work, row, INCOMPLETE)
    if row.payout_state == "announced":
        return await _wait(work, row, ANNOUNCED)
    await _post(work, row, terms)
    return POSTED


async def _locked(work: Work, settlement_id: int) -> Row[Any]:
    row = await work.row(
        select(*Settlement.__table__.c)
        .where(Settlement.tenant_id == work.tenant_id, Settlement.id == settlement_id)
        .with_for_update()
    )
    assert row is not None
    return row


async def _wait(work: Work, row: Row[Any], status: str) -> str:
    await change_settlement(work, row, status=status)
    return status


async def _post(work: Work, row: Row[Any], terms: Row[Any]) -> None:
    on = day_of(row, work.now.date())
    await find_orders(work, row)
    await find_shipments(work, row)
    earlier = await posted_before(work, row)
    await lock_expected(work, row, None if earlier is None else earlier.id)
    if earlier is not None:
        await replace_settlement(work, earlier)
    await note_what_was_paid(work, row, on=on)
    matched = await match(work, row, terms.tolerance_minor)
    sums = await _sums(work, row.id)
    excess = await _reserve(work, row, sums, matched)
    beyond = await _fees_beyond(work, row, terms, sums, matched)
    booking = Booking(settlement=row, sums=sums, matched=matched, excess=excess, beyond=beyond)
    held = await book_settlement(work, booking, on=on)
    await _write_matches(work, row, matched)
    count = await write_differences(work, row, matched.unexplained, held)
    await change_settlement(
        work,
        row,
        status=POSTED,
        posted_on=on,
        reserve_minor=-sum(sums.get(kind, 0) for kind in WITHHELD) + excess,
    )
    count += await raise_missing(work, row, terms)
    _tell(work, row, count)


def day_of(row: Row[Any], today: date) -> date:
    """The day on which a payout counts: that of the deposit, never one to come."""
    return min(row.deposited_on or row.ends_on or today, today)


async def _sums(work: Work, settlement_id: int) -> dict[str, int]:
    n = SettlementLine
    rows = await work.rows(
        select(n.kind, func.sum(n.amount_minor).label("amount"))
        .where(n.tenant_id == work.tenant_id, n.settlement_id == settlement_id)
        .group_by(n.kind)
    )
    return {row.kind: int(row.amount) for row in rows}


async def _reserve(work: Work, row: Row[Any], sums: dict[str, int], matched: Matched) -> int:
    """What the channel gives back more than it is known to have kept."""
    kept = -sum(sums.get(kind, 0) for kind in WITHHELD)
    if kept >= 0:
        return 0
    s = Settlement
    held = await work.value(
        select(func.coalesce(func.sum(s.reserve_minor), 0)).where(
            s.tenant_id == work.tenant_id,
            s.channel_id == row.channel_id,
            s.currency == row.currency,
            s.status == POSTED,
        )
    )
    excess = reserve_excess(int(held) + await _failed(work, row), kept)
    if excess:
        matched.unexplained.append(
            Unexplained(
                kind=RESERVE, amount_minor=excess, held_minor=-excess, word="More than was kept"
            )
        )
    return excess


async def _failed(work: Work, row: Row[Any]) -> int:
    """What payouts that failed have left with the channel."""
    s = Settlement
    failed = await work.value(
        select(func.coalesce(func.sum(s.total_minor), 0)).where(
            s.tenant_id == work.tenant_id,
            s.channel_id == row.channel_id,
            s.currency == row.currency,
            s.status == POSTED,
            s.payout_state == "failed",
        )
    )
    return int(failed)


async def _fees_beyond(
    work: Work, row: Row[Any], terms: Row[Any], sums: dict[str, int], matched: Matched
) -> int:
    """What of the fees is above what is agreed of what was sold."""
    fees = -sum(sums.get(kind, 0) for kind in FEES)
    beyond = fee_beyond(sums.get(SALE, 0), fees, terms.most_fee_percent)
    if beyond:
        word = f"More than {terms.most_fee_percent} % of what was sold"
        matched.unexplained.append(
            Unexplained(kind=FEE_TOO_HIGH, amount_minor=-beyond, held_minor=beyond, word=word)
        )
    return beyond


async def _write_matches(work: Work, row: Row[Any], matched: Matched) -> None:
    sums: dict[int, tuple[int, int]] = {}
    for part, _ in matched.cleared:
        amount, base = sums.get(part.payment_id, (0, 0))
        sums[part.payment_id] = (amount + part.amount_minor, base + part.base_minor)
    await add_cleared(work, sums)
    await insert_rows(
        work, SettlementMatch, [_match(work, row, part) for part, _ in matched.cleared]
    )
    await end_differences_of(work, list(sums), "matched")


def _match(work: Work, row: Row[Any], part: Cleared) -> dict[str, Any]:
    return {
        "settlement_id": row.id,
        "payment_id": part.payment_id,
        "difference_id": None,
        "amount_minor": part.amount_minor,
        "base_minor": part.base_minor,
        "matched_at": work.now,
    }


async def write_differences(
    work: Work, row: Row[Any], unexplained: Sequence[Unexplained], held: Sequence[int]
) -> int:
    """Queue what is not explained; `held` are the base amounts on the clearing account. What is
    rounding is over as it is written, and so is what was said before of the same payments. How
    many wait."""
    short = [each.payment_id for each in unexplained if each.payment_id is not None]
    if short:
        await end_replaced(work, SettlementDifference.payment_id.in_(short))
    await insert_rows(
        work,
        SettlementDifference,
        [
            {
                "channel_id": row.channel_id,
                "entity_id": row.entity_id,
                "settlement_id": row.id,
                "currency": row.currency,
                "kind": each.kind,
                "status": "resolved" if each.kind == ROUNDING else "open",
                "amount_minor": each.amount_minor,
                "held_minor": each.held_minor,
                "held_base_minor": base,
                "order_id": each.order_id,
                "order_reference": each.order_reference,
                "payment_id": each.payment_id,
                "word": each.word,
                "raised_on": day_of(row, work.now.date()),
                "resolution": "rounding" if each.kind == ROUNDING else None,
                "resolved_at": work.now if each.kind == ROUNDING else None,
            }
            for each, base in zip(unexplained, held, strict=True)
        ],
    )
    return sum(each.kind != ROUNDING for each in unexplained)


def _tell(work: Work, row: Row[Any], differences: int) -> None:
    work.record(
        SettlementPosted(
            aggregate_id=row.id,
            channel_id=row.channel_id,
            external_id=row.external_id,
            currency=row.currency,
            total_minor=row.total_minor,
            differences=differences,
        )
    )
    work.audit(
        "post_settlement",
        subject="payout",
        subject_id=row.id,
        after={"total_minor": row.total_minor, "differences": differences},
    )

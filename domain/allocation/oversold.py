"""Less was found than is promised, and somebody accepts that: the newest orders give up what is
not there, and the count is booked. Declares what runs then.

What a warehouse works on, and what carts and transfers keep, is not taken from them."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.allocation.taking_back import newest_first, open_allocations, take_back
from domain.approvals.subjects import Request, approvable
from domain.inventory.balances import COLUMNS, balance_of
from domain.inventory.count_rows import lines_of, lock_count
from domain.inventory.counted import Judged, book, judge, keep_judgements, promised_outcome
from domain.inventory.models import StockBalance
from domain.inventory.outcomes import StockChanged
from domain.inventory.policies.counting import ABOVE, EVEN, OVERSOLD, WITHIN
from domain.inventory.policy import States
from domain.inventory.positions import adjusted_since
from domain.inventory.settling import conclude
from domain.kernel.errors import InvalidState
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.orders.locking import lock_orders

SUBJECT = "stock_oversold"
STATES = ("on_hand", "quality_control", "damaged")
UNSETTLED = ("open", "exception")


async def unsettled_lines(work: Work, count: Row[Any]) -> list[Row[Any]]:
    """The lines of a locked count that would be booked: of an open one all that was counted, of one
    that was looked through what is promised to orders."""
    verdicts = None if count.status == "open" else (OVERSOLD,)
    lines = await lines_of(work, count.id, verdicts=verdicts)
    return [line for line in lines if line.counted is not None and not line.booked]


def differences(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """What is accepted, as it is kept with the request."""
    return [
        {
            "line_id": each.line.id,
            "balance_id": each.balance.id,
            "item_id": each.balance.item_id,
            **{name: f"{plain(getattr(each.change, name)):f}" for name in STATES},
            "position": each.position,
            "pieces": None if each.pieces is None else [each.missing, each.found],
        }
        for each in judged
        if each.verdict != EVEN
    ]


@approvable(SUBJECT, title="Orders give up what was not found", permission="inventory.approve")
async def resolve_oversold(work: Work, request: Request) -> None:
    """Book the differences as they were accepted, after the newest orders gave up what is not
    there. Raises InvalidState, StockChanged, and StockPromised when more than orders have not
    begun to ship would have to be given up: then nothing is done."""
    count = await lock_count(work, request.subject_id, allowed=UNSETTLED)
    lines = await unsettled_lines(work, count)
    accepted = {each["line_id"]: each for each in request.details["differences"]}
    balance_ids = {each["balance_id"] for each in accepted.values()}
    orders = await _lock_newest(work, accepted.values(), balance_ids)
    held = await open_allocations(work, balance_ids)
    judged = await judge(work, count, lines)
    await _refuse_changed(work, judged, accepted)
    needed = {each.balance.id: _lacking(each.balance.states, each.change) for each in judged}
    given, _ = newest_first([row for row in held if row.order_id in orders], needed)
    await take_back(work, given, reason="oversold", note=request.reason)
    judged = await judge(work, count, lines)
    promised = await promised_outcome(work, judged)
    if promised is not None:
        raise promised
    await keep_judgements(work, judged)
    await book(work, count, judged, verdicts=(ABOVE, WITHIN))
    await conclude(work, count)


async def _lock_newest(
    work: Work, accepted: Collection[dict[str, Any]], balance_ids: Collection[int]
) -> set[int]:
    """Lock the newest orders, as many as have enough to give up by what stands now: orders are
    locked before balances. If that changes meanwhile, the approval is tried again."""
    rows = await work.rows(
        select(*COLUMNS).where(
            StockBalance.tenant_id == work.tenant_id, StockBalance.id.in_(balance_ids)
        )
    )
    states = {row.id: balance_of(row).states for row in rows}
    needed = {
        each["balance_id"]: _lacking(
            states[each["balance_id"]], States(**{name: Decimal(each[name]) for name in STATES})
        )
        for each in accepted
    }
    given, _ = newest_first(await open_allocations(work, balance_ids), needed)
    wanted = {each.allocation.order_id for each in given}
    return {order.id for order in await lock_orders(work, wanted)}


def _lacking(now: States, change: States) -> Decimal:
    """How much of what is promised would not be there."""
    return max(-now.plus(change).free, Decimal(0))


async def _refuse_changed(
    work: Work, judged: Sequence[Judged], accepted: dict[int, dict[str, Any]]
) -> None:
    if not any(each.verdict == OVERSOLD for each in judged):
        message = "Nothing of it is promised to orders any more: settle it."
        raise InvalidState(message, state="settled", allowed=["settle"])
    found = {each["line_id"]: each for each in differences(judged)}
    positions = {each["balance_id"]: each.get("position", 0) for each in accepted.values()}
    adjusted = await adjusted_since(work, positions)
    for each in judged:
        told = accepted.get(each.line.id)
        if each.balance.id in adjusted or _said(found.get(each.line.id)) != _said(told):
            raise StockChanged(
                "This was counted again, or the stock corrected, after the approval was asked for.",
                item_id=each.balance.item_id,
                location_id=each.balance.location_id,
                expected=plain(each.expected.on_hand),
                actual=plain(each.balance.on_hand),
            )


def _said(told: dict[str, Any] | None) -> dict[str, Any]:
    """What was accepted, wherever the balance stood then."""
    return {name: value for name, value in (told or {}).items() if name != "position"}

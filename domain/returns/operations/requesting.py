"""Somebody wants to send goods back, or does not want to any more."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Row

from domain.approvals.ending import end, lock_waiting
from domain.approvals.events import ApprovalWithdrawn
from domain.approvals.policies.rules import Facts
from domain.approvals.policy import WITHDRAWN
from domain.approvals.requesting import request_approval, waiting_requests
from domain.approvals.steps import drop_steps
from domain.entities.models import Party
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.records import require_record
from domain.kernel.work import Work
from domain.returns.asked import WantedReturn, last_shipments, lines_asked
from domain.returns.authorizing import SUBJECT, authorize, refuse, release
from domain.returns.claims import claim, lock_sales
from domain.returns.deciding import Decided, decided_lines, policy_in_effect
from domain.returns.ending import end_open_parts
from domain.returns.events import ReturnRequested
from domain.returns.models import ReturnRequest
from domain.returns.outcomes import ReturnNotEmpty
from domain.returns.policies.states import (
    APPROVED,
    CANCELLED,
    GOODS,
    OPEN,
    REPLACES,
    RESOLUTIONS,
    WAITING,
)
from domain.returns.rows import change_return, lines_of, lock_return, note, tell_end
from domain.returns.writing import WantedInstead, head_of, place_of, write_instead, write_return


@operation("returns.request")
async def request_return(
    work: Work,
    *,
    lines: Sequence[WantedReturn],
    resolution: str = "credit",
    replaces: str | None = None,
    instead: Sequence[WantedInstead] = (),
    party_id: int | None = None,
    entity_id: int | None = None,
    location_id: int | None = None,
    comment: str | None = None,
) -> int:
    """Ask to send goods back, of orders of one customer or of none; the return's id.

    The policy in effect answers each line, and says why: it is let at once, it waits for somebody,
    or it is refused; what is worth less than its way back may be kept. `instead` is what an
    exchange wants (a replacement is the same again). Raises NotFound, InvalidInput,
    QuantityNotExact, ReturnedTooMuch."""
    comment = text.prose(comment, path=("comment",))
    text.choice(resolution, RESOLUTIONS, path=("resolution",))
    replaces = _replaces(resolution, replaces, instead)
    asked = await lines_asked(work, lines)
    await require_record(work, Party.__table__, party_id, kind="party")
    orders = {line.order.order_id: line.order for line in asked if line.order is not None}
    head = await head_of(work, list(orders.values()), party_id, entity_id, location_id)
    await work.see_as_house()
    sales = await lock_sales(work, orders)
    shipped = await last_shipments(work, [line.order_line_id or 0 for line in asked])
    policy = await policy_in_effect(work)
    decided = decided_lines(work, policy, asked, sales, shipped)
    await claim(
        work,
        sales,
        [
            (each.line.order_line_id, each.line.quantity)
            for each in decided
            if each.line.order_line_id is not None and each.status != "refused"
        ],
    )
    place = place_of(head, decided, [each.location_id for each in shipped.values()])
    row = await write_return(work, head, place, policy, decided, resolution, replaces, comment)
    await write_instead(work, row, decided, instead)
    await _answer(work, row, decided, list(orders))
    return int(row.id)


@operation("returns.request")
async def cancel_return(
    work: Work, *, return_id: int, reason: str, expected_version: int | None = None
) -> int:
    """Take a return back of which nothing has come. Gives its id.

    Raises NotFound, StaleVersion, InvalidState, ReturnNotEmpty,
    InvalidInput."""
    reason = text.name(reason, path=("reason",))
    await require_record(work, ReturnRequest.__table__, return_id, kind="return")
    await _withdraw(work, return_id)
    row = await lock_return(
        work, return_id, allowed=(WAITING, APPROVED), expected_version=expected_version
    )
    lines = await lines_of(work, return_id)
    if any(line.received or line.credited or line.replaced for line in lines):
        message = "Something of it came, was credited, or replaced already."
        raise ReturnNotEmpty(message, number=row.number)
    await release(work, lines, status="cancelled")
    await end_open_parts(work, return_id, status="cancelled")
    await change_return(work, return_id, status=CANCELLED, ended_at=work.now, end_reason=reason)
    tell_end(work, row, CANCELLED)
    note(work, "cancel_return", row, status=CANCELLED, reason=reason)
    return return_id


@operation("returns.approve")
async def close_return(
    work: Work, *, return_id: int, reason: str, expected_version: int | None = None
) -> int:
    """Wait for no more of a return; what has come is dealt with still. Gives its id.

    Raises NotFound, StaleVersion, InvalidState, InvalidInput."""
    reason = text.name(reason, path=("reason",))
    row = await lock_return(work, return_id, allowed=OPEN, expected_version=expected_version)
    lines = await lines_of(work, return_id)
    await release(work, lines, status="cancelled")
    came = any(line.received for line in lines)
    await end_open_parts(work, return_id, status="cancelled", came=came)
    await change_return(work, return_id, status="closed", ended_at=work.now, end_reason=reason)
    tell_end(work, row, "closed")
    note(work, "close_return", row, status="closed", reason=reason)
    return return_id


def _replaces(
    resolution: str, replaces: str | None, instead: Sequence[WantedInstead]
) -> str | None:
    if resolution not in GOODS:
        if replaces is not None or instead:
            raise InvalidInput("Money replaces no goods.", path=("replaces",))
        return None
    if (resolution == "exchange") != bool(instead):
        message = "An exchange says what is wanted instead; a replacement is the same again."
        raise InvalidInput(message, path=("instead",))
    for place, each in enumerate(instead):
        if each.quantity <= 0 or (each.unit_price or 0) < 0:
            raise InvalidInput("Must be more than nothing.", path=("instead", place, "quantity"))
    return text.choice(replaces or "after_receipt", REPLACES, path=("replaces",))


async def _answer(
    work: Work, row: Row[Any], decided: Sequence[Decided], order_ids: list[int]
) -> None:
    """Let it, refuse it, or ask somebody; the last, because a rule may approve it here and now."""
    status = "approved"
    if all(each.status == "refused" for each in decided):
        status = "refused"
    elif any(each.asks for each in decided):
        status = WAITING
    work.record(
        ReturnRequested(
            aggregate_id=row.id,
            number=row.number,
            status=status,
            party_id=row.party_id,
            order_ids=tuple(order_ids),
        )
    )
    note(work, "request_return", row, status=status, reason=row.note)
    if status == "refused":
        await end_open_parts(work, row.id, status="cancelled")
        await refuse(work, row, reason="by the return policy")
    elif status == WAITING:
        await _ask(work, row, decided)
    else:
        await authorize(work, row)


async def _ask(work: Work, row: Row[Any], decided: Sequence[Decided]) -> None:
    asking = [(n, each) for n, each in enumerate(decided, start=1) if each.status != "refused"]
    value = sum(each.value_minor for _, each in asking)
    reasons = sorted({each.line.reason or "" for _, each in asking})
    await request_approval(
        work,
        subject=SUBJECT,
        subject_id=row.id,
        summary=f"{row.number}: {len(asking)} lines are to come back",
        details={
            "value_minor": value,
            "currency": row.currency,
            "kept": [n for n, each in asking if each.status == "kept"],
            "why": [said for _, each in asking for said in each.decision.explanation],
        },
        reason=reasons[0],
        facts=Facts(
            amount_minor=value,
            currency=row.currency,
            entity_id=row.entity_id,
            channel_id=row.channel_id,
            reason=reasons[0],
        ),
    )


async def _withdraw(work: Work, return_id: int) -> None:
    """Nobody is asked about a return any more; the request is locked before the return is."""
    async with work.house():
        found = await waiting_requests(work, subject=SUBJECT, subject_ids=[return_id])
        if return_id not in found:
            return
        request = await lock_waiting(work, found[return_id])
        await end(work, [request], WITHDRAWN)
        await drop_steps(work, [request.id])
    work.record(ApprovalWithdrawn(aggregate_id=request.id, subject=SUBJECT, subject_id=return_id))

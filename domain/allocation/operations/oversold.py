"""Asking that a shortage be accepted which orders are promised."""

from domain.allocation.oversold import SUBJECT, UNSETTLED, differences, unsettled_lines
from domain.approvals.requesting import request_approval
from domain.inventory.asking import facts_of_stock
from domain.inventory.count_rows import lock_count
from domain.inventory.counted import judge
from domain.inventory.policies.counting import OVERSOLD
from domain.kernel import text
from domain.kernel.errors import InvalidState
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("inventory.count")
async def request_oversold_resolution(work: Work, *, count_id: int, reason: str) -> int:
    """Ask that a count or snapshot be booked although less was found than is promised: the newest
    orders then give up what is not there, wait, and are served from elsewhere if they can be.

    Gives the request's id. Raises NotFound, InvalidInput, AwaitingApproval; InvalidState when the
    count has ended, or nothing of it is promised."""
    reason = text.name(reason, path=("reason",))
    count = await lock_count(work, count_id, allowed=UNSETTLED)
    judged = await judge(work, count, await unsettled_lines(work, count))
    oversold = [each for each in judged if each.verdict == OVERSOLD]
    if not oversold:
        message = "Nothing of it is promised to orders: close or settle it."
        raise InvalidState(message, state=count.status, allowed=["close", "settle"])
    value = sum(each.value_minor for each in judged)
    return await request_approval(
        work,
        subject=SUBJECT,
        subject_id=count_id,
        summary=f"{count.number}: {len(oversold)} balances with less than is promised",
        details={
            "number": count.number,
            "kind": count.kind,
            "lines": len(oversold),
            "value_minor": value,
            "differences": differences(judged),
        },
        reason=reason,
        facts=await facts_of_stock(
            work,
            location_id=count.location_id,
            value_minor=sum(abs(each.value_minor) for each in judged),
        ),
        location_id=count.location_id,
    )

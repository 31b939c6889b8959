"""Decisions about requests: values in, decision out."""

from collections.abc import Callable
from datetime import datetime

WAITING, APPROVED, REJECTED = "waiting", "approved", "rejected"
WITHDRAWN, EXPIRED = "withdrawn", "expired"
STATUSES = (WAITING, APPROVED, REJECTED, WITHDRAWN, EXPIRED)
VERDICTS = (APPROVED, REJECTED)
DECIDE, REQUEST, MANAGE = "approvals.decide", "approvals.request", "approvals.manage"

Who = tuple[str, int]


def standing(status: str, expires_at: datetime | None, now: datetime) -> str:
    """The status that a request has at a moment: one whose time is over has expired, though no
    worker has said so yet."""
    if status == WAITING and expires_at is not None and expires_at <= now:
        return EXPIRED
    return status


def actions(
    status: str,
    *,
    requester: Who,
    caller: Who,
    entitled: bool,
    may: Callable[[str], bool],
) -> list[str]:
    """What a caller may do now about a request: approve and reject another's, withdraw one's own.

    `entitled`: the caller has a right to decide in the step that it waits in."""
    if status != WAITING:
        return []
    if requester == caller:
        return ["withdraw"] if may(REQUEST) else []
    return ["approve", "reject"] if entitled and may(DECIDE) else []

"""Everything that happened to a request, in its order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row

from domain.approvals.policy import EXPIRED, WITHDRAWN

REQUESTED, ESCALATED = "requested", "escalated"
KINDS = (REQUESTED, "approved", "rejected", ESCALATED, WITHDRAWN, EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened: by whom, for whom if not for themselves, in which step, and why."""

    kind: str
    at: datetime
    by: str | None = None
    for_name: str | None = None
    step: str | None = None
    comment: str | None = None


def trail(
    request: Row[Any], steps: Sequence[Row[Any]], decisions: Sequence[Row[Any]]
) -> list[Entry]:
    """The entries of a request, oldest first."""
    entries = [
        Entry(
            kind=REQUESTED,
            at=request.requested_at,
            by=request.requested_by,
            comment=request.reason,
        )
    ]
    entries += [
        Entry(
            kind=row.verdict,
            at=row.decided_at,
            by=row.decided_by,
            for_name=row.for_name,
            step=row.step,
            comment=row.comment,
        )
        for row in decisions
    ]
    entries += [
        Entry(kind=ESCALATED, at=step.escalated_at, step=step.name)
        for step in steps
        if step.escalated_at is not None
    ]
    if request.status in (WITHDRAWN, EXPIRED):
        by = request.requested_by if request.status == WITHDRAWN else None
        entries.append(Entry(kind=request.status, at=request.ended_at, by=by))
    return sorted(entries, key=lambda entry: entry.at)

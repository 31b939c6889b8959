"""The kinds of thing that are approved. A higher area adds one by one declaration:

    @approvable("stock_count", title="…", permission="inventory.approve", dropped=forget_count)
    async def book_count(work: Work, request: Request) -> None: …

The decorated function runs in the transaction of the approval, looks at the state as it is then,
and raises an Expected outcome when the thing cannot happen any more: then nothing was decided."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row

from domain.kernel.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as its subject needs to know it; `details` as they were given."""

    id: int
    subject: str
    subject_id: int
    details: dict[str, Any]
    reason: str
    requested_by: str
    requested_at: datetime


Approved = Callable[[Work, Request], Awaitable[None]]
# Told all requests of the subject that came to nothing at once, and how: rejected, withdrawn or
# expired.
Dropped = Callable[[Work, Sequence[Request], str], Awaitable[None]]


async def _nothing_to_undo(work: Work, requests: Sequence[Request], status: str) -> None:
    """What was asked for has left no trace but the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A kind of thing that is approved: what it is called for people, who may decide, what runs
    then, and what runs when it comes to nothing."""

    name: str
    title: str
    permission: str
    approved: Approved
    dropped: Dropped


_subjects: dict[str, Subject] = {}


def approvable(
    name: str, *, title: str, permission: str, dropped: Dropped = _nothing_to_undo
) -> Callable[[Approved], Approved]:
    """Declare a subject, by the function that runs when a request of it is approved."""

    def declare(approved: Approved) -> Approved:
        _subjects[name] = Subject(
            name=name, title=title, permission=permission, approved=approved, dropped=dropped
        )
        return approved

    return declare


def subject_named(name: str) -> Subject:
    """The declared subject. Raises KeyError: its area was not imported."""
    return _subjects[name]


def subject_if_declared(name: str) -> Subject | None:
    """The declared subject, or None: for a name that a caller gives."""
    return _subjects.get(name)


def all_subjects() -> list[Subject]:
    """Every declared subject, by name."""
    return [_subjects[name] for name in sorted(_subjects)]


def request_of(row: Row[Any]) -> Request:
    """A row of the requests as its subject sees it."""
    return Request(
        id=row.id,
        subject=row.subject,
        subject_id=row.subject_id,
        details=row.details,
        reason=row.reason,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
    )

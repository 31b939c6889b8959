"""Requests for approval: all of them, and those that wait for the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, false, select
from sqlalchemy.engine import Row

from domain.approvals.models import ApprovalRequest
from domain.approvals.policy import DECIDE
from domain.approvals.waiting import waits_for
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

LATEST_FIRST = Ordering((ApprovalRequest.id,), descending=True)
OLDEST_FIRST = Ordering((ApprovalRequest.id,))
ORDERINGS = {"requested_at": LATEST_FIRST}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFilter:
    """Which requests; what is None does not narrow."""

    status: str | None = None
    subject: str | None = None
    subject_id: int | None = None
    location_id: int | None = None


@query("approvals.read")
async def approval_requests(
    reader: Reader,
    *,
    where: ApprovalFilter,
    ordering: Ordering = LATEST_FIRST,
    request: PageRequest,
) -> Listing:
    """A page of requests, the latest first."""
    statement = _all(reader)
    for name in ("status", "subject", "subject_id", "location_id"):
        if getattr(where, name) is not None:
            statement = statement.where(getattr(ApprovalRequest, name) == getattr(where, name))
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("approvals.read")
async def approval_requests_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The requests with these ids; an id of none that the caller may see is left out."""
    rows = await reader.rows(_all(reader).where(ApprovalRequest.id.in_(ids)))
    return {row.id: row for row in rows}


@query("approvals.read")
async def latest_requests_of(
    reader: Reader, *, subject: str, subject_ids: Sequence[int]
) -> dict[int, Row[Any]]:
    """The latest request for each of these things; one never asked for is left out."""
    rows = await reader.rows(
        _all(reader)
        .where(ApprovalRequest.subject == subject, ApprovalRequest.subject_id.in_(subject_ids))
        .order_by(ApprovalRequest.id)
    )
    return {row.subject_id: row for row in rows}


@query("approvals.read")
async def requests_about(
    reader: Reader, *, subjects: Sequence[str], subject_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """All requests of these subjects about each of these things, the oldest first."""
    rows = await reader.rows(
        _all(reader)
        .where(ApprovalRequest.subject.in_(subjects), ApprovalRequest.subject_id.in_(subject_ids))
        .order_by(ApprovalRequest.id)
    )
    return grouped(subject_ids, rows, key="subject_id")


@query("approvals.read")
async def requests_waiting_for_caller(
    reader: Reader,
    *,
    at: datetime,
    subject: str | None = None,
    ordering: Ordering = OLDEST_FIRST,
    request: PageRequest,
) -> Listing:
    """A page of the requests about which the caller may decide at that moment, in their own right
    or standing in for somebody, the oldest first."""
    if not reader.principal.may(DECIDE):
        statement = _all(reader).where(false())
    else:
        statement = _all(reader).where(*waits_for(reader, at=at))
    if subject is not None:
        statement = statement.where(ApprovalRequest.subject == subject)
    return await list_page(reader, statement, ordering=ordering, request=request)


def _all(reader: Reader) -> Select[Any]:
    return select(*ApprovalRequest.__table__.c).where(ApprovalRequest.tenant_id == reader.tenant_id)

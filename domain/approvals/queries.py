"""Requests for approval, and what was decided about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from domain.approvals.models import ApprovalDecision, ApprovalRequest
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

LATEST_FIRST = Ordering((ApprovalRequest.id,), descending=True)
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
async def decisions_of_requests(
    reader: Reader, *, request_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """What was decided about each request, oldest first."""
    rows = await reader.rows(
        select(*ApprovalDecision.__table__.c)
        .where(
            ApprovalDecision.tenant_id == reader.tenant_id,
            ApprovalDecision.request_id.in_(request_ids),
        )
        .order_by(ApprovalDecision.id)
    )
    return grouped(request_ids, rows, key="request_id")


def _all(reader: Reader) -> Select[Any]:
    return select(*ApprovalRequest.__table__.c).where(ApprovalRequest.tenant_id == reader.tenant_id)

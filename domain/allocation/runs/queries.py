"""Reads of runs: their figures, what they have for every line, and how two of them differ."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from domain.allocation.models import AllocationRun, AllocationRunLine
from domain.kernel.errors import NotFound
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page, list_pages
from domain.kernel.permissions import query
from domain.kernel.reading import Reader


@query("allocation.read")
async def allocation_runs_by_ids(
    reader: Reader, *, run_ids: Collection[int]
) -> dict[int, Row[Any]]:
    """Runs by their ids; what is not there is left out."""
    rows = await reader.rows(
        select(*AllocationRun.__table__.c).where(
            AllocationRun.tenant_id == reader.tenant_id, AllocationRun.id.in_(run_ids)
        )
    )
    return {row.id: row for row in rows}


@query("allocation.read")
async def allocation_runs(
    reader: Reader, *, request: PageRequest, statuses: Collection[str] | None = None
) -> Listing:
    """A page of all runs, the newest first."""
    statement = select(*AllocationRun.__table__.c).where(
        AllocationRun.tenant_id == reader.tenant_id
    )
    if statuses is not None:
        statement = statement.where(AllocationRun.status.in_(statuses))
    ordering = Ordering((AllocationRun.id,), descending=True)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("allocation.read")
async def allocation_run_lines(
    reader: Reader,
    *,
    run_ids: Sequence[int],
    request: PageRequest,
    statuses: Collection[str] | None = None,
) -> list[Listing]:
    """The same page of each run's lines, in the order of the queue; one statement for all."""
    statement = select(*AllocationRunLine.__table__.c).where(
        AllocationRunLine.tenant_id == reader.tenant_id
    )
    if statuses is not None:
        statement = statement.where(AllocationRunLine.status.in_(statuses))
    return await list_pages(
        reader,
        statement,
        parent=AllocationRunLine.run_id,
        ids=run_ids,
        ordering=Ordering((AllocationRunLine.position,)),
        request=request,
    )


@query("allocation.read")
async def two_runs(reader: Reader, *, run_ids: tuple[int, int]) -> tuple[Row[Any], Row[Any]]:
    """Two runs that are to be compared, in this order. Raises NotFound."""
    runs = await allocation_runs_by_ids(reader, run_ids=run_ids)
    if any(run_id not in runs for run_id in run_ids):
        raise NotFound("allocation run")
    return runs[run_ids[0]], runs[run_ids[1]]


@query("allocation.read")
async def differences_of_runs(
    reader: Reader, *, before_id: int, after_id: int, request: PageRequest
) -> Listing:
    """The lines that the second run gives something else, or from elsewhere, than the first."""
    before, after = (_lines_of(reader, each) for each in (before_id, after_id))
    either = {
        name: func.coalesce(getattr(before, name), getattr(after, name))
        for name in ("order_line_id", "order_id", "item_id")
    }
    joined = (
        select(
            *(column.label(name) for name, column in either.items()),
            before.given.label("given_before"),
            after.given.label("given_after"),
            before.takes.label("takes_before"),
            after.takes.label("takes_after"),
        )
        .select_from(before)
        .join(after, before.order_line_id == after.order_line_id, full=True)
        .where(
            or_(
                before.given.is_distinct_from(after.given),
                and_(before.given > 0, before.takes.is_distinct_from(after.takes)),
            )
        )
        .subquery()
    )
    ordering = Ordering((joined.c.order_line_id,))
    return await list_page(reader, select(joined), ordering=ordering, request=request)


def _lines_of(reader: Reader, run_id: int) -> Any:
    """A run's lines by themselves: in a full join a condition belongs to its side."""
    lines = (
        select(*AllocationRunLine.__table__.c)
        .where(AllocationRunLine.tenant_id == reader.tenant_id, AllocationRunLine.run_id == run_id)
        .subquery()
    )
    return aliased(AllocationRunLine, lines)

"""Why goods come back, and what is let."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.returns.models import ReturnPolicy, ReturnReason


@query("returns.read")
async def return_reasons(
    reader: Reader, *, status: str | None = None, request: PageRequest
) -> Listing:
    """A page of reasons by their codes."""
    statement = select(*ReturnReason.__table__.c).where(ReturnReason.tenant_id == reader.tenant_id)
    if status is not None:
        statement = statement.where(ReturnReason.status == status)
    ordering = Ordering((ReturnReason.code,))
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("returns.read")
async def reasons_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The reasons with these ids."""
    rows = await reader.rows(
        select(*ReturnReason.__table__.c).where(
            ReturnReason.tenant_id == reader.tenant_id, ReturnReason.id.in_(ids)
        )
    )
    return {row.id: row for row in rows}


@query("returns.read")
async def return_policies(reader: Reader, *, request: PageRequest) -> Listing:
    """A page of the versions of the policy, the latest first; none for a partner."""
    statement = select(*ReturnPolicy.__table__.c).where(ReturnPolicy.tenant_id == reader.tenant_id)
    ordering = Ordering((ReturnPolicy.id,), descending=True)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("returns.read")
async def policies_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The versions with these ids."""
    rows = await reader.rows(
        select(*ReturnPolicy.__table__.c).where(
            ReturnPolicy.tenant_id == reader.tenant_id, ReturnPolicy.id.in_(ids)
        )
    )
    return {row.id: row for row in rows}

"""Invitations, by id and as a list. What they prove with leaves nowhere."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.onboarding.models import Invitation

BY_AGE = Ordering((Invitation.created_at, Invitation.id))
COLUMNS: tuple[Any, ...] = (
    Invitation.id,
    Invitation.user_id,
    Invitation.email,
    Invitation.status,
    Invitation.invited_by,
    Invitation.created_at,
    Invitation.expires_at,
    Invitation.ended_at,
)


@query("users.read")
async def invitations(
    reader: Reader,
    *,
    status: str | None = None,
    ordering: Ordering = BY_AGE,
    request: PageRequest,
) -> Listing:
    """A page of invitations. Raises InvalidInput on a foreign cursor."""
    statement = _invitations(reader)
    if status is not None:
        statement = statement.where(Invitation.status == status)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("users.read")
async def invitations_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The invitations with these ids; an id of no row of the tenant is left out."""
    rows = await reader.rows(_invitations(reader).where(Invitation.id.in_(ids)))
    return {row.id: row for row in rows}


def _invitations(reader: Reader) -> Select[Any]:
    return select(*COLUMNS).where(Invitation.tenant_id == reader.tenant_id)

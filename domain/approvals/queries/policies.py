"""Approval policies, and who stands in for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from domain.approvals.models import ApprovalDelegation, ApprovalPolicy
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from tenancy.models import Role, UserAccount

POLICIES_LATEST_FIRST = Ordering((ApprovalPolicy.id,), descending=True)
DELEGATIONS_LATEST_FIRST = Ordering((ApprovalDelegation.id,), descending=True)
_GIVER, _TAKER = aliased(UserAccount), aliased(UserAccount)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFilter:
    """Which policies; what is None does not narrow."""

    subject: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationFilter:
    """Which delegations: of (either side) a person, those in force at a moment; what is None does
    not narrow."""

    user_id: int | None = None
    in_force_at: datetime | None = None


@query("approvals.read")
async def approval_policies(
    reader: Reader, *, where: PolicyFilter, request: PageRequest
) -> Listing:
    """A page of all versions of all policies, the latest first."""
    statement = _policies(reader)
    for name in ("subject", "status"):
        if getattr(where, name) is not None:
            statement = statement.where(getattr(ApprovalPolicy, name) == getattr(where, name))
    return await list_page(reader, statement, ordering=POLICIES_LATEST_FIRST, request=request)


@query("approvals.read")
async def approval_policies_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The policies with these ids."""
    rows = await reader.rows(_policies(reader).where(ApprovalPolicy.id.in_(ids)))
    return {row.id: row for row in rows}


@query("approvals.read")
async def names_of_roles(reader: Reader, *, ids: Sequence[int]) -> dict[int, str]:
    """What the roles that policies name are called."""
    rows = await reader.rows(
        select(Role.id, Role.name).where(Role.tenant_id == reader.tenant_id, Role.id.in_(ids))
    )
    return {row.id: row.name for row in rows}


@query("approvals.read")
async def names_of_people(reader: Reader, *, ids: Sequence[int]) -> dict[int, str]:
    """What the people that policies and delegations name are called."""
    rows = await reader.rows(
        select(UserAccount.id, UserAccount.display_name).where(
            UserAccount.tenant_id == reader.tenant_id, UserAccount.id.in_(ids)
        )
    )
    return {row.id: row.display_name for row in rows}


@query("approvals.read")
async def approval_delegations(
    reader: Reader, *, where: DelegationFilter, request: PageRequest
) -> Listing:
    """A page of delegations, the latest first, with the names of both sides."""
    statement = _delegations(reader)
    if where.user_id is not None:
        sides = (ApprovalDelegation.from_user_id, ApprovalDelegation.to_user_id)
        statement = statement.where((sides[0] == where.user_id) | (sides[1] == where.user_id))
    if where.in_force_at is not None:
        statement = statement.where(
            ApprovalDelegation.starts_at <= where.in_force_at,
            ApprovalDelegation.ends_at > where.in_force_at,
            ApprovalDelegation.revoked_at.is_(None),
        )
    return await list_page(reader, statement, ordering=DELEGATIONS_LATEST_FIRST, request=request)


@query("approvals.read")
async def approval_delegations_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The delegations with these ids."""
    rows = await reader.rows(_delegations(reader).where(ApprovalDelegation.id.in_(ids)))
    return {row.id: row for row in rows}


def _policies(reader: Reader) -> Select[Any]:
    return select(*ApprovalPolicy.__table__.c).where(ApprovalPolicy.tenant_id == reader.tenant_id)


def _delegations(reader: Reader) -> Select[Any]:
    giver, taker = _GIVER, _TAKER
    given = ApprovalDelegation
    return (
        select(
            *given.__table__.c,
            giver.display_name.label("from_name"),
            taker.display_name.label("to_name"),
        )
        .join(giver, (giver.tenant_id == given.tenant_id) & (giver.id == given.from_user_id))
        .join(taker, (taker.tenant_id == given.tenant_id) & (taker.id == given.to_user_id))
        .where(given.tenant_id == reader.tenant_id)
    )

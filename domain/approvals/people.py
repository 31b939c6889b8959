"""The tenant's own people as approvals know them: with their roles, and what they may do."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from domain.approvals.policies.quorum import USER, Person
from domain.approvals.policy import DECIDE
from domain.kernel.reading import Reader
from tenancy.models import RolePermission, UserAccount, UserRole


@dataclass(frozen=True, slots=True)
class Known:
    """An active person of the tenant's own: no partner's."""

    id: int
    name: str
    role_ids: frozenset[int]
    permissions: frozenset[str]

    def person(self, permission: str) -> Person:
        """As somebody who would decide about a subject with this permission."""
        permitted = DECIDE in self.permissions and permission in self.permissions
        return Person(who=(USER, self.id), role_ids=self.role_ids, permitted=permitted)


async def people(
    reader: Reader,
    *,
    permissions: Collection[str],
    user_ids: Iterable[int] = (),
    role_ids: Iterable[int] = (),
    everybody: bool = False,
) -> dict[int, Known]:
    """Who of these people, and of those with one of the roles, is active, by id; `everybody`
    narrows to none. Of what they may do only `permissions` is told. One statement."""
    statement = _active(reader, {DECIDE, *permissions})
    if not everybody:
        of_roles = select(UserRole.user_id).where(
            UserRole.tenant_id == reader.tenant_id, UserRole.role_id.in_(set(role_ids))
        )
        wanted = or_(UserAccount.id.in_(set(user_ids)), UserAccount.id.in_(of_roles))
        statement = statement.where(wanted)
    return {
        row.id: Known(
            row.id,
            row.display_name,
            frozenset(row.role_ids) - {None},
            frozenset(row.permissions) - {None},
        )
        for row in await reader.rows(statement)
    }


def _active(reader: Reader, permissions: Collection[str]) -> Any:
    has_role = (UserRole.tenant_id == UserAccount.tenant_id) & (UserRole.user_id == UserAccount.id)
    grants = (
        (RolePermission.tenant_id == UserRole.tenant_id)
        & (RolePermission.role_id == UserRole.role_id)
        & RolePermission.permission.in_(permissions)
    )
    return (
        select(
            UserAccount.id,
            UserAccount.display_name,
            func.array_agg(UserRole.role_id.distinct()).label("role_ids"),
            func.array_agg(RolePermission.permission.distinct()).label("permissions"),
        )
        .outerjoin(UserRole, has_role)
        .outerjoin(RolePermission, grants)
        .where(
            UserAccount.tenant_id == reader.tenant_id,
            UserAccount.status == "active",
            UserAccount.party_id.is_(None),
            UserAccount.location_id.is_(None),
        )
        .group_by(UserAccount.id, UserAccount.display_name)
        .order_by(UserAccount.id)
    )

"""Nobody gives away what they do not have, and somebody who may manage users always remains."""

from collections.abc import Collection, Iterable

from sqlalchemy import func, select

from domain.entities.models import Location, Party
from domain.kernel.errors import NotFound, NotPermitted
from domain.kernel.reading import Reader
from domain.kernel.records import require_record
from domain.kernel.work import Work
from domain.onboarding.access.outcomes import LastAdministrator
from domain.onboarding.access.policy import require_one_scope, require_within
from tenancy.models import Role, RolePermission, Tenant, UserAccount, UserRole
from tenancy.permissions import most_permissions

MANAGE = "users.manage"


async def permissions_of_roles(reader: Reader, role_ids: Collection[int]) -> frozenset[str]:
    """What the roles give together. Raises NotFound when one of them does not exist."""
    rows = await reader.rows(
        select(Role.id, RolePermission.permission)
        .outerjoin(
            RolePermission,
            (RolePermission.tenant_id == Role.tenant_id) & (RolePermission.role_id == Role.id),
        )
        .where(Role.tenant_id == reader.tenant_id, Role.id.in_(role_ids))
    )
    if {row.id for row in rows} != set(role_ids):
        raise NotFound("role")
    return frozenset(row.permission for row in rows if row.permission is not None)


async def role_ids_of_user(reader: Reader, user_id: int) -> frozenset[int]:
    """The roles of a user."""
    wanted = select(UserRole.role_id).where(
        UserRole.tenant_id == reader.tenant_id, UserRole.user_id == user_id
    )
    return frozenset(await reader.values(wanted))


def require_held(work: Work, permissions: Iterable[str]) -> None:
    """Raise NotPermitted for the first of `permissions` that the caller does not hold."""
    for permission in sorted(permissions):
        if not work.principal.may(permission):
            raise NotPermitted(permission)


async def require_above(work: Work, role_ids: Collection[int]) -> None:
    """Raise NotPermitted unless the caller holds all that a user with these roles does: whoever
    could change such a user could otherwise become that user."""
    require_held(work, await permissions_of_roles(work, role_ids))


def within_partner(
    work: Work, *, party_id: int | None, location_id: int | None
) -> dict[str, int | None]:
    """The scope of a user or key as it was asked for; for a partner who asks it is its own where
    none is named. Whether a party below it is meant, row security tells. Raises NotPermitted for
    the other kind of partner."""
    caller = work.principal
    if not caller.is_partner:
        return {"party_id": party_id, "location_id": location_id}
    if caller.party_id is not None and location_id is None:
        return {"party_id": party_id or caller.party_id, "location_id": None}
    if caller.location_id is not None and party_id is None:
        return {"party_id": None, "location_id": location_id or caller.location_id}
    raise NotPermitted(MANAGE)


def require_house(work: Work) -> None:
    """Raise NotPermitted for a partner: what concerns the whole tenant is the tenant's."""
    if work.principal.is_partner:
        raise NotPermitted(MANAGE)


async def require_scope(
    work: Work,
    *,
    party_id: int | None,
    location_id: int | None,
    permissions: Collection[str],
) -> None:
    """Check the scope of a partner's user or key. Raises InvalidInput, NotFound,
    TooMuchForPartner."""
    require_one_scope(party_id=party_id, location_id=location_id)
    await require_record(work, Party.__table__, party_id, kind="party")
    await require_record(work, Location.__table__, location_id, kind="location")
    require_within(permissions, most=most_permissions(party_id=party_id, location_id=location_id))


async def lock_administration(work: Work) -> None:
    """Let changes that could remove the last administrator take turns."""
    await work.execute(select(Tenant.id).where(Tenant.id == work.tenant_id).with_for_update())


async def require_administrator_left(work: Work) -> None:
    """Raise LastAdministrator when no active user of the tenant's own may manage users."""
    left = await work.value(
        select(func.count())
        .select_from(UserAccount)
        .join(
            UserRole,
            (UserRole.tenant_id == UserAccount.tenant_id) & (UserRole.user_id == UserAccount.id),
        )
        .join(
            RolePermission,
            (RolePermission.tenant_id == UserRole.tenant_id)
            & (RolePermission.role_id == UserRole.role_id),
        )
        .where(
            UserAccount.tenant_id == work.tenant_id,
            UserAccount.status == "active",
            UserAccount.party_id.is_(None),
            UserAccount.location_id.is_(None),
            RolePermission.permission == MANAGE,
        )
    )
    if not left:
        raise LastAdministrator("This would leave nobody who may manage users.")

"""Roles are made and given permissions."""

from collections.abc import Collection, Iterable

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from domain.kernel import text
from domain.kernel.errors import CodeTaken
from domain.kernel.governing import require_open
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.onboarding.access.events import RoleCreated, RolePermissionsChanged
from domain.onboarding.access.granting import (
    lock_administration,
    require_administrator_left,
    require_held,
    require_house,
)
from domain.onboarding.access.policy import ROLE, sound_permissions
from tenancy.models import Role, RolePermission
from tenancy.permissions import ALL_PERMISSIONS


@operation("users.manage")
async def create_role(
    work: Work, *, name: str, permissions: Iterable[str], description: str = ""
) -> int:
    """A new role; returns its id. Raises InvalidInput, CodeTaken, NotPermitted (a permission
    that the caller lacks), ChangeRequestRequired."""
    require_house(work)
    await require_open(work, ROLE)
    wanted = sound_permissions(permissions, known=ALL_PERMISSIONS)
    require_held(work, wanted)
    values = {"name": text.code(name, path=("name",)), "description": _prose(description)}
    role_id = await work.value(
        insert(Role)
        .values(tenant_id=work.tenant_id, **values)
        .on_conflict_do_nothing(index_elements=["tenant_id", "name"])
        .returning(Role.id)
    )
    if role_id is None:
        message = f"There is already a role with the name {values['name']}."
        raise CodeTaken(message, path=("name",), kind="role", value=values["name"])
    await _add(work, role_id, wanted)
    work.record(RoleCreated(aggregate_id=role_id, name=values["name"]))
    after = values | {"permissions": sorted(wanted)}
    work.audit("create_role", subject="role", subject_id=role_id, after=after)
    return int(role_id)


@operation("users.manage")
async def set_role_permissions(work: Work, *, role_id: int, permissions: Iterable[str]) -> None:
    """Give the role just these permissions; its users have them within seconds.

    Raises InvalidInput, NotFound, NotPermitted (one is new to the role and the caller lacks it),
    LastAdministrator, ChangeRequestRequired."""
    require_house(work)
    await require_open(work, ROLE)
    wanted = sound_permissions(permissions, known=ALL_PERMISSIONS)
    await lock_administration(work)
    await lock_record(work, Role, role_id, kind="role")
    held = await _permissions(work, role_id)
    added, removed = wanted - held, held - wanted
    require_held(work, added)
    if not added and not removed:
        return
    await _add(work, role_id, added)
    await _remove(work, role_id, removed)
    await require_administrator_left(work)
    work.record(
        RolePermissionsChanged(
            aggregate_id=role_id, added=tuple(sorted(added)), removed=tuple(sorted(removed))
        )
    )
    work.audit(
        "set_role_permissions",
        subject="role",
        subject_id=role_id,
        before={"permissions": sorted(held)},
        after={"permissions": sorted(wanted)},
    )


async def _permissions(work: Work, role_id: int) -> frozenset[str]:
    wanted = select(RolePermission.permission).where(
        RolePermission.tenant_id == work.tenant_id, RolePermission.role_id == role_id
    )
    return frozenset(await work.values(wanted))


async def _add(work: Work, role_id: int, permissions: Collection[str]) -> None:
    if permissions:
        await work.execute(
            insert(RolePermission),
            [
                {"tenant_id": work.tenant_id, "role_id": role_id, "permission": permission}
                for permission in sorted(permissions)
            ],
        )


async def _remove(work: Work, role_id: int, permissions: Collection[str]) -> None:
    await work.execute(
        delete(RolePermission).where(
            RolePermission.tenant_id == work.tenant_id,
            RolePermission.role_id == role_id,
            RolePermission.permission.in_(permissions),
        )
    )


def _prose(description: str) -> str:
    return text.prose(description, path=("description",)) or ""

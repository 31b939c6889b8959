"""Roles as governed configuration: a change request makes one, or changes what one gives."""

from collections.abc import Mapping
from typing import Any

from domain.governance.kinds import Content, configurable
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.onboarding.access.granting import permissions_of_roles, require_held
from domain.onboarding.access.operations.roles import create_role, set_role_permissions
from domain.onboarding.access.policy import ROLE, sound_permissions
from tenancy.models import Role
from tenancy.permissions import ALL_PERMISSIONS

NEW, CHANGED = ("name", "description", "permissions"), ("permissions",)


async def sound_role(work: Work, key: str | None, proposal: Content) -> Content:
    """A new role has a name, a description and permissions; of a role that stands the permissions
    change. Nobody proposes a permission that they lack. Raises InvalidInput, NotPermitted."""
    for name in proposal:
        if name not in (NEW if key is None else CHANGED):
            raise InvalidInput("This does not change.", path=(name,))
    wanted = sound_permissions(_needed(proposal, "permissions"), known=ALL_PERMISSIONS)
    require_held(work, wanted - await _held(work, key))
    sound: Content = {"permissions": sorted(wanted)}
    if key is None:
        sound["name"] = text.code(_needed(proposal, "name"), path=("name",))
        described = text.prose(proposal.get("description"), path=("description",))
        sound["description"] = described or ""
    return sound


async def role_as_it_is(work: Work, key: str | None, proposal: Content) -> Content:
    """The role's own values in the places of the proposal. Raises NotFound."""
    if key is None:
        return {}
    row = await lock_record(work, Role, role_id_of(key), kind="role")
    held = await permissions_of_roles(work, {row.id})
    content = {"name": row.name, "description": row.description, "permissions": sorted(held)}
    return {name: content[name] for name in proposal}


@configurable(ROLE, title="Role", validate=sound_role, snapshot=role_as_it_is)
async def apply_role(work: Work, key: str | None, proposal: Content) -> str:
    """Make the role, or give it just these permissions."""
    if key is None:
        return str(await create_role(work, **proposal))
    await set_role_permissions(work, role_id=role_id_of(key), **proposal)
    return key


def role_id_of(key: str) -> int:
    """The role's row id. Raises NotFound."""
    if not key.isdecimal():
        raise NotFound("role")
    return int(key)


async def _held(work: Work, key: str | None) -> frozenset[str]:
    return frozenset() if key is None else await permissions_of_roles(work, {role_id_of(key)})


def _needed(proposal: Mapping[str, Any], name: str) -> Any:
    if proposal.get(name) is None:
        raise InvalidInput("Is needed.", path=(name,))
    return proposal[name]

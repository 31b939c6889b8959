"""A tenant comes into being: the tenant, its first roles and its administrator, together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.errors import InvalidInput
from domain.kernel.text import name as sound_name
from domain.kernel.work import Work, unit_of_work
from domain.onboarding.access.credentials import hashed
from domain.onboarding.access.events import UserCreated
from tenancy.models import Role, RolePermission, UserAccount, UserRole
from tenancy.permissions import ROLE_TEMPLATES
from tenancy.principals import system_principal
from tenancy.transaction import enter_scope
from tenancy.usernames import normal_slug, normal_username

ADMINISTRATOR = "admin"
NO_TENANT = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionedTenant:
    """A tenant that is ready to sign in to. `is_new` tells whether this call made it.

    `role_ids` are those of the role templates, by name."""

    id: int
    administrator_id: int
    role_ids: Mapping[str, int]
    is_new: bool


async def provision_tenant(
    engine: AsyncEngine, *, slug: str, name: str, username: str, password: str, now: datetime
) -> ProvisionedTenant:
    """Make the tenant `slug` with its role templates and its administrator, in one transaction.

    Repeating it adds what is missing and changes nothing else: roles that the tenant changed and
    the administrator's password stay. Only for whoever runs the installation.
    Raises InvalidInput, PasswordRefused."""
    tenant_slug, administrator = normal_slug(slug), normal_username(username)
    if tenant_slug is None:
        raise InvalidInput("Must be letters, digits and hyphens.", path=("slug",))
    if administrator is None:
        raise InvalidInput("This cannot be a username.", path=("username",))
    # Before the transaction begins: hashing takes longer than all of the rest.
    password_hash = await hashed(password)
    async with unit_of_work(engine, system_principal(NO_TENANT), now=now) as outer:
        tenant_id, is_new = await _tenant(outer, tenant_slug, sound_name(name))
        principal = system_principal(tenant_id)
        await enter_scope(outer.connection, principal)
        work = Work(outer.connection, principal, now=now)
        role_ids = await _roles(work)
        user_id = await _administrator(
            work, administrator, password_hash, role_id=role_ids[ADMINISTRATOR]
        )
        await work.flush()
    return ProvisionedTenant(
        id=tenant_id, administrator_id=user_id, role_ids=role_ids, is_new=is_new
    )


async def _tenant(work: Work, slug: str, name: str) -> tuple[int, bool]:
    made = await work.value(
        text("SELECT create_tenant(:slug, :name, :now)"),
        {"slug": slug, "name": name, "now": work.now},
    )
    if made is not None:
        return int(made), True
    found = await work.value(text("SELECT tenant_id FROM tenant_of_slug(:slug)"), {"slug": slug})
    return int(found), False


async def _roles(work: Work) -> dict[str, int]:
    made = await work.values(
        insert(Role)
        .values(
            [
                {"tenant_id": work.tenant_id, "name": role.name, "description": role.description}
                for role in ROLE_TEMPLATES
            ]
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "name"])
        .returning(Role.name)
    )
    names = [role.name for role in ROLE_TEMPLATES]
    rows = await work.rows(
        select(Role.name, Role.id).where(Role.tenant_id == work.tenant_id, Role.name.in_(names))
    )
    role_ids = {row.name: row.id for row in rows}
    # The administrator's role also gets the permissions that a newer version brings.
    await _permissions(
        work, {**{name: role_ids[name] for name in made}, **_administrator_of(role_ids)}
    )
    return role_ids


def _administrator_of(role_ids: Mapping[str, int]) -> dict[str, int]:
    return {ADMINISTRATOR: role_ids[ADMINISTRATOR]}


async def _permissions(work: Work, role_ids: Mapping[str, int]) -> None:
    await work.execute(
        insert(RolePermission)
        .values(
            [
                {"tenant_id": work.tenant_id, "role_id": role_ids[role.name], "permission": each}
                for role in ROLE_TEMPLATES
                if role.name in role_ids
                for each in sorted(role.permissions)
            ]
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "role_id", "permission"])
    )


async def _administrator(work: Work, username: str, password_hash: str, *, role_id: int) -> int:
    made = await work.value(
        insert(UserAccount)
        .values(
            tenant_id=work.tenant_id,
            username=username,
            display_name=username,
            password_hash=password_hash,
            tokens_valid_from=work.now,
            created_at=work.now,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "username"])
        .returning(UserAccount.id)
    )
    if made is None:
        known = select(UserAccount.id).where(
            UserAccount.tenant_id == work.tenant_id, UserAccount.username == username
        )
        return int(await work.value(known))
    await work.execute(
        insert(UserRole).values(tenant_id=work.tenant_id, user_id=made, role_id=role_id)
    )
    work.record(UserCreated(aggregate_id=made, username=username))
    work.audit("provision_tenant", subject="user", subject_id=made, after={"username": username})
    return int(made)

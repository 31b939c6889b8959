"""A tenant comes into being: the tenant, its first roles and its administrator, together."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.errors import CodeTaken, InvalidInput
from domain.kernel.quotas import set_ceiling
from domain.kernel.text import name as sound_name
from domain.kernel.work import Work, unit_of_work
from domain.onboarding.access.credentials import hashed
from domain.onboarding.access.events import UserCreated
from tenancy.models import Role, RolePermission, UserAccount, UserRole
from tenancy.permissions import ROLE_TEMPLATES
from tenancy.principals import HOUSE, system_principal
from tenancy.transaction import enter_scope
from tenancy.usernames import normal_slug, normal_username

ADMINISTRATOR = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionedTenant:
    """A tenant that is ready to sign in to. `is_new` tells whether this call made it.

    `role_ids` are those of the role templates, by name."""

    id: int
    slug: str
    administrator_id: int
    username: str
    role_ids: Mapping[str, int]
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstUser:
    """The administrator that a new tenant begins with. Without a password it is invited."""

    username: str
    display_name: str
    email: str | None = None
    password_hash: str | None = None


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
    first = FirstUser(
        username=administrator, display_name=administrator, password_hash=await hashed(password)
    )
    async with unit_of_work(engine, system_principal(HOUSE), now=now) as outer:
        tenant_id, is_new = await _tenant(outer, tenant_slug, sound_name(name))
        async with _entered(outer, tenant_id) as work:
            return await _furnish(work, tenant_slug, first, is_new=is_new)


@asynccontextmanager
async def found_tenant(
    outer: Work, slugs: Sequence[str], name: str, first: FirstUser
) -> AsyncIterator[tuple[Work, ProvisionedTenant]]:
    """A new tenant under the first slug that is free, furnished as `provision_tenant` does; the
    block may go on in it. `outer` is a work of tenant 0, and is in its own scope again after."""
    for slug in slugs:
        tenant_id, is_new = await _tenant(outer, slug, name)
        if is_new:
            async with _entered(outer, tenant_id) as work:
                yield work, await _furnish(work, slug, first, is_new=True)
            return
    message = "There is a tenant of this slug already."
    raise CodeTaken(message, path=("slug",), kind="tenant", value=slugs[0])


@asynccontextmanager
async def _entered(outer: Work, tenant_id: int) -> AsyncIterator[Work]:
    principal = system_principal(tenant_id)
    await enter_scope(outer.connection, principal)
    work = Work(outer.connection, principal, now=outer.now)
    yield work
    await work.flush()
    await enter_scope(outer.connection, outer.principal)


async def _furnish(work: Work, slug: str, first: FirstUser, *, is_new: bool) -> ProvisionedTenant:
    role_ids = await _roles(work)
    username = normal_username(first.username) or ADMINISTRATOR
    user_id = await _administrator(work, username, first, role_id=role_ids[ADMINISTRATOR])
    await set_ceiling(work)
    return ProvisionedTenant(
        id=work.tenant_id,
        slug=slug,
        administrator_id=user_id,
        username=username,
        role_ids=role_ids,
        is_new=is_new,
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


async def _administrator(work: Work, username: str, first: FirstUser, *, role_id: int) -> int:
    made = await work.value(
        insert(UserAccount)
        .values(
            tenant_id=work.tenant_id,
            username=username,
            display_name=first.display_name,
            email=first.email,
            password_hash=first.password_hash,
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

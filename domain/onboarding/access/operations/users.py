"""Users are made and changed."""

from collections.abc import Collection
from typing import Any, Unpack

from sqlalchemy import delete, insert, update
from sqlalchemy.engine import Row

from domain.kernel.errors import InvalidInput, NotPermitted
from domain.kernel.permissions import operation
from domain.kernel.quotas import require_room
from domain.kernel.records import lock_record, make_record
from domain.kernel.work import Work
from domain.onboarding.access.credentials import hashed, put_password, void_tokens
from domain.onboarding.access.events import SessionsEnded, UserChanged, UserCreated
from domain.onboarding.access.granting import (
    MANAGE,
    lock_administration,
    permissions_of_roles,
    require_above,
    require_administrator_left,
    require_held,
    require_scope,
    role_ids_of_user,
    within_partner,
)
from domain.onboarding.access.policy import UserFields, sound_user
from tenancy.models import UserAccount, UserRole
from tenancy.usernames import normal_username


@operation("users.manage")
async def create_user(
    work: Work,
    *,
    username: str,
    display_name: str,
    password: str | None = None,
    email: str | None = None,
    role_ids: Collection[int] = (),
    party_id: int | None = None,
    location_id: int | None = None,
) -> int:
    """A new user; returns its id. Without a password it signs in through an outside issuer only.
    With a party or a third-party location it is a partner's user and sees that one's rows only;
    whom a partner makes is its own, with roles that somebody of its own has.

    Raises InvalidInput, NotFound, NotPermitted (a role gives what the caller lacks), CodeTaken,
    PasswordRefused, TooMuchForPartner, QuotaReached."""
    fields = UserFields(display_name=display_name, email=email, role_ids=role_ids)
    values = sound_user(fields) | {"username": _username(username)}
    granted = await permissions_of_roles(work, role_ids)
    require_held(work, granted)
    scope = within_partner(work, party_id=party_id, location_id=location_id)
    await require_scope(work, **scope, permissions=granted)
    await work.see_as_house()
    values |= scope
    unseen: dict[str, Any] = {"tokens_valid_from": work.now}
    if password is not None:
        unseen["password_hash"] = await hashed(password)
    await require_room(work, "users", UserAccount, UserAccount.status == "active")
    user_id = await make_record(work, UserAccount, values | unseen, kind="user", code="username")
    await _add_roles(work, user_id, role_ids)
    work.record(UserCreated(aggregate_id=user_id, username=values["username"]))
    work.audit(
        "create_user",
        subject="user",
        subject_id=user_id,
        after={**values, "role_ids": sorted(set(role_ids))},
    )
    return user_id


@operation("users.manage")
async def update_user(work: Work, *, user_id: int, **fields: Unpack[UserFields]) -> None:
    """Change the given fields; a suspension also makes all tokens void.

    Raises InvalidInput, NotFound, NotPermitted (the user has or would get what the caller
    lacks), TooMuchForPartner, LastAdministrator."""
    values = sound_user(fields)
    await lock_administration(work)
    row = await lock_record(work, UserAccount, user_id, kind="user")
    held = await role_ids_of_user(work, user_id)
    await require_above(work, held)
    wanted = frozenset(fields.get("role_ids", held))
    granted = await permissions_of_roles(work, wanted)
    require_held(work, granted)
    await _require_scope(work, row, values, granted)
    await work.see_as_house()
    before = await _change(work, row, values)
    if wanted != held:
        await _replace_roles(work, user_id, held=held, wanted=wanted)
        before["role_ids"], values["role_ids"] = sorted(held), sorted(wanted)
    if before.get("status", "active") != "active":
        await require_room(work, "users", UserAccount, UserAccount.status == "active", adding=0)
    if before:
        await require_administrator_left(work)
        _note_change(work, user_id, before, values)


@operation("users.manage")
async def reset_password(work: Work, *, user_id: int, password: str) -> None:
    """Set another's password; all that user's tokens become void.

    Raises NotFound, NotPermitted (the user holds what the caller lacks), PasswordRefused."""
    await lock_record(work, UserAccount, user_id, kind="user")
    await require_above(work, await role_ids_of_user(work, user_id))
    await put_password(
        work, user_id=user_id, password_hash=await hashed(password), action="reset_password"
    )


@operation("users.manage")
async def end_sessions(work: Work, *, user_id: int) -> None:
    """Make all tokens of a user void; it may sign in again. Raises NotFound, NotPermitted."""
    await lock_record(work, UserAccount, user_id, kind="user")
    await require_above(work, await role_ids_of_user(work, user_id))
    await void_tokens(work, user_id=user_id)
    work.record(SessionsEnded(aggregate_id=user_id))
    work.audit("end_sessions", subject="user", subject_id=user_id)


def _username(given: str) -> str:
    username = normal_username(given)
    if username is None:
        message = "Must be 1 to 100 letters, digits or . _ @ + -, beginning with a letter or digit."
        raise InvalidInput(message, path=("username",))
    return username


async def _require_scope(
    work: Work, row: Row[Any], values: dict[str, Any], granted: Collection[str]
) -> None:
    wanted = {name: values.get(name, getattr(row, name)) for name in ("party_id", "location_id")}
    scope = within_partner(work, **wanted)
    if scope != wanted:
        # A partner cannot make a person of its own the tenant's.
        raise NotPermitted(MANAGE)
    await require_scope(work, **scope, permissions=granted)


async def _change(work: Work, row: Row[Any], values: dict[str, Any]) -> dict[str, Any]:
    """Write what differs; returns what it was."""
    before = {name: getattr(row, name) for name in values if getattr(row, name) != values[name]}
    if before:
        await work.execute(
            update(UserAccount)
            .where(UserAccount.tenant_id == work.tenant_id, UserAccount.id == row.id)
            .values({name: values[name] for name in before})
        )
    if "status" in before:
        await void_tokens(work, user_id=row.id)
    return before


async def _replace_roles(
    work: Work, user_id: int, *, held: frozenset[int], wanted: frozenset[int]
) -> None:
    await work.execute(
        delete(UserRole).where(
            UserRole.tenant_id == work.tenant_id,
            UserRole.user_id == user_id,
            UserRole.role_id.in_(held - wanted),
        )
    )
    await _add_roles(work, user_id, wanted - held)


async def _add_roles(work: Work, user_id: int, role_ids: Collection[int]) -> None:
    if role_ids:
        await work.execute(
            insert(UserRole),
            [
                {"tenant_id": work.tenant_id, "user_id": user_id, "role_id": role_id}
                for role_id in sorted(set(role_ids))
            ],
        )


def _note_change(work: Work, user_id: int, before: dict[str, Any], values: dict[str, Any]) -> None:
    work.record(UserChanged(aggregate_id=user_id, changed=tuple(sorted(before))))
    work.audit(
        "update_user",
        subject="user",
        subject_id=user_id,
        before=before,
        after={name: values[name] for name in before},
    )

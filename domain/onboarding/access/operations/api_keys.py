"""API keys are made and revoked."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update

from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.quotas import require_room
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.onboarding.access.events import ApiKeyCreated, ApiKeyRevoked
from domain.onboarding.access.granting import (
    permissions_of_roles,
    require_held,
    require_scope,
)
from domain.onboarding.access.key_owners import owner_of_key
from domain.onboarding.door.opened import lock_open_app
from tenancy.api_keys import hash_secret, new_secret, write_key
from tenancy.models import ApiKey


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedKey:
    """A new key: its id, and the whole key, which is told this once and kept nowhere."""

    id: int
    key: str = field(repr=False)


@operation("users.manage")
async def create_api_key(
    work: Work,
    *,
    name: str,
    role_id: int,
    party_id: int | None = None,
    location_id: int | None = None,
    app_id: int | None = None,
    user_id: int | None = None,
    is_machine: bool = False,
    expires_at: datetime | None = None,
) -> CreatedKey:
    """A key for a program, with the permissions of a role; with a party or a third-party location
    it is a partner's key. With a client app it is that app's: the app's origins, documents and
    budget count for it.

    It is the caller's own, or `user_id`'s, unless it is said to be a machine's: that user answers
    for what is done with it, sees by it what they see, and may by it at most what they may. A
    partner's key is a machine's where no user is named.

    Raises InvalidInput, NotFound, NotPermitted (the role gives what the caller lacks, or the user
    holds it), TooMuchForPartner, ClientAppIsClosed, QuotaReached."""
    _require_future(expires_at, work.now)
    granted = await permissions_of_roles(work, {role_id})
    require_held(work, granted)
    partner = {"party_id": party_id, "location_id": location_id}
    whose = await owner_of_key(work, user_id=user_id, is_machine=is_machine, **partner)
    await require_scope(work, **whose.partner, permissions=granted)
    if app_id is not None:
        await lock_open_app(work, app_id)
    await work.see_as_house()
    await require_room(work, "api_keys", ApiKey, ApiKey.revoked_at.is_(None))
    told = {"name": text.name(name), "role_id": role_id, "app_id": app_id, "expires_at": expires_at}
    return await _insert(work, told | whose.partner | {"user_id": whose.user_id})


async def _insert(work: Work, values: dict[str, Any]) -> CreatedKey:
    secret = new_secret()
    key_id = await work.value(
        insert(ApiKey)
        .values(
            tenant_id=work.tenant_id,
            secret_hash=hash_secret(secret),
            created_at=work.now,
            **values,
        )
        .returning(ApiKey.id)
    )
    work.record(ApiKeyCreated(aggregate_id=key_id, name=str(values["name"])))
    work.audit("create_api_key", subject="api_key", subject_id=key_id, after=values)
    return CreatedKey(id=key_id, key=write_key(work.tenant_id, key_id, secret))


@operation("users.manage")
async def revoke_api_key(work: Work, *, key_id: int) -> None:
    """Make a key void for good; repeating it is harmless. Raises NotFound."""
    row = await lock_record(work, ApiKey, key_id, kind="API key")
    if row.revoked_at is not None:
        return
    await work.execute(
        update(ApiKey)
        .where(ApiKey.tenant_id == work.tenant_id, ApiKey.id == key_id)
        .values(revoked_at=work.now)
    )
    work.record(ApiKeyRevoked(aggregate_id=key_id))
    work.audit("revoke_api_key", subject="api_key", subject_id=key_id)


def _require_future(moment: datetime | None, now: datetime) -> None:
    if moment is not None and moment.tzinfo is None:
        raise InvalidInput("Must have an offset, such as Z.", path=("expires_at",))
    if moment is not None and moment <= now:
        raise InvalidInput("Must be in the future.", path=("expires_at",))

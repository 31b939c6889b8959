"""Client apps are made, changed and closed."""

from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

from sqlalchemy import update

from domain.kernel import text
from domain.kernel.permissions import operation
from domain.kernel.records import change_record, lock_record, make_record
from domain.kernel.work import Work
from domain.onboarding.access.events import ApiKeyRevoked
from domain.onboarding.door.events import ClientAppChanged, ClientAppClosed, ClientAppCreated
from domain.onboarding.door.opened import require_open
from domain.onboarding.door.policy import KINDS, sound_origins
from tenancy.models import ApiKey, ClientApp


class ClientAppFields(TypedDict, total=False):
    """What can be changed of an app; what is missing is left as it was."""

    name: str
    kind: str
    origins: Sequence[str]
    only_registered: bool


@operation("apps.manage")
async def create_client_app(
    work: Work,
    *,
    name: str,
    kind: str,
    origins: Sequence[str] = (),
    only_registered: bool = False,
) -> int:
    """A new app (internal, partner or public); returns its id. Raises InvalidInput, CodeTaken."""
    values = _sound(
        ClientAppFields(name=name, kind=kind, origins=origins, only_registered=only_registered)
    )
    app_id = await make_record(work, ClientApp, values, kind="client app", code="name")
    work.record(ClientAppCreated(aggregate_id=app_id, name=values["name"], kind=kind))
    work.audit("create_client_app", subject="client_app", subject_id=app_id, after=values)
    return app_id


@operation("apps.manage")
async def update_client_app(
    work: Work,
    *,
    app_id: int,
    expected_version: int | None = None,
    **fields: Unpack[ClientAppFields],
) -> None:
    """Change the given fields. Raises InvalidInput, NotFound, StaleVersion, CodeTaken,
    ClientAppIsClosed."""
    values = _sound(fields)
    row = await lock_record(
        work, ClientApp, app_id, kind="client app", expected_version=expected_version
    )
    require_open(row)
    before = await change_record(work, ClientApp, row, values, kind="client app", code="name")
    if before:
        after = {name: values[name] for name in before}
        work.record(ClientAppChanged(aggregate_id=app_id, changed=tuple(sorted(before))))
        work.audit(
            "update_client_app",
            subject="client_app",
            subject_id=app_id,
            before=before,
            after=after,
        )


@operation("apps.manage")
async def close_client_app(work: Work, *, app_id: int) -> None:
    """Close an app for good: its keys become void, its origins and documents count no more.
    Repeating it is harmless. Raises NotFound."""
    row = await lock_record(work, ClientApp, app_id, kind="client app")
    if row.closed_at is not None:
        return
    await work.execute(
        update(ClientApp)
        .where(ClientApp.tenant_id == work.tenant_id, ClientApp.id == app_id)
        .values(closed_at=work.now, version=ClientApp.version + 1)
    )
    keys = await work.values(
        update(ApiKey)
        .where(
            ApiKey.tenant_id == work.tenant_id,
            ApiKey.app_id == app_id,
            ApiKey.revoked_at.is_(None),
        )
        .values(revoked_at=work.now)
        .returning(ApiKey.id)
    )
    work.record(*(ApiKeyRevoked(aggregate_id=key_id) for key_id in sorted(keys)))
    work.record(ClientAppClosed(aggregate_id=app_id, revoked_keys=len(keys)))
    work.audit(
        "close_client_app",
        subject="client_app",
        subject_id=app_id,
        after={"revoked_key_ids": sorted(keys)},
    )


def _sound(fields: ClientAppFields) -> dict[str, Any]:
    text.refuse_nulls(fields)
    sound: dict[str, Any] = dict(fields)
    if "name" in fields:
        sound["name"] = text.name(fields["name"])
    if "kind" in fields:
        text.choice(fields["kind"], KINDS, path=("kind",))
    if "origins" in fields:
        sound["origins"] = sound_origins(fields["origins"])
    return sound

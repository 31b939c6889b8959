"""What a tenant settles for its door is changed."""

from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.kernel import text
from domain.kernel.permissions import operation
from domain.kernel.records import change_record, lock_record
from domain.kernel.work import Work
from domain.onboarding.door.events import DoorSettingsChanged
from domain.onboarding.door.policy import sound_origins
from tenancy.models import DoorSettings


class DoorFields(TypedDict, total=False):
    """What can be settled; what is missing is left as it was."""

    origins: Sequence[str]
    only_trusted_partners: bool
    only_trusted_public_apps: bool
    only_trusted_everybody: bool


@operation("apps.manage")
async def update_door_settings(
    work: Work, *, expected_version: int | None = None, **fields: Unpack[DoorFields]
) -> None:
    """Settle the given fields. A tenant that settled nothing has version 1.
    Raises InvalidInput, StaleVersion."""
    text.refuse_nulls(fields)
    values: dict[str, Any] = dict(fields)
    if "origins" in fields:
        values["origins"] = sound_origins(fields["origins"])
    settings_id = await _the_row(work)
    row = await lock_record(
        work,
        DoorSettings,
        settings_id,
        kind="door settings",
        expected_version=expected_version,
    )
    before = await change_record(work, DoorSettings, row, values, kind="door settings")
    if before:
        after = {name: values[name] for name in before}
        work.record(DoorSettingsChanged(aggregate_id=row.id, changed=tuple(sorted(before))))
        work.audit(
            "update_door_settings",
            subject="door_settings",
            subject_id=row.id,
            before=before,
            after=after,
        )


async def _the_row(work: Work) -> int:
    """The tenant's row, made where there is none."""
    made = await work.value(
        insert(DoorSettings)
        .values(tenant_id=work.tenant_id, created_at=work.now)
        .on_conflict_do_nothing(index_elements=["tenant_id"])
        .returning(DoorSettings.id)
    )
    if made is None:
        made = await work.value(
            select(DoorSettings.id).where(DoorSettings.tenant_id == work.tenant_id)
        )
    return int(made)

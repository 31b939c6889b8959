"""Locations are created and changed."""

from typing import Unpack

from domain.entities.events import LocationChanged, LocationCreated
from domain.entities.models import LegalEntity, Location, WorkingCalendar
from domain.entities.policy import LocationFields, require_given, sound_location
from domain.kernel.permissions import operation
from domain.kernel.quotas import require_room
from domain.kernel.records import change_record, lock_record, make_record, require_record
from domain.kernel.work import Work


@operation("entities.manage")
async def create_location(work: Work, **fields: Unpack[LocationFields]) -> int:
    """A new location of an entity: code, name, kind and entity_id are needed; returns its id.

    The time zone is an IANA name (UTC unless given), the cut-off a time of day in it.
    Raises InvalidInput, NotFound, CodeTaken, QuotaReached."""
    require_given(fields, "code", "name", "kind", "entity_id")
    values = sound_location(fields)
    await require_record(work, LegalEntity.__table__, values["entity_id"], kind="legal entity")
    await require_record(
        work, WorkingCalendar.__table__, values.get("calendar_id"), kind="calendar"
    )
    await require_room(work, "locations", Location, Location.status == "active")
    location_id = await make_record(work, Location, values, kind="location")
    work.record(LocationCreated(aggregate_id=location_id, code=values["code"]))
    work.audit("create_location", subject="location", subject_id=location_id, after=values)
    return location_id


@operation("entities.manage")
async def update_location(
    work: Work,
    *,
    location_id: int,
    expected_version: int | None = None,
    **fields: Unpack[LocationFields],
) -> None:
    """Change the given fields. Raises InvalidInput, NotFound, StaleVersion, CodeTaken."""
    values = sound_location(fields)
    row = await lock_record(
        work, Location, location_id, kind="location", expected_version=expected_version
    )
    await require_record(work, LegalEntity.__table__, values.get("entity_id"), kind="legal entity")
    await require_record(
        work, WorkingCalendar.__table__, values.get("calendar_id"), kind="calendar"
    )
    before = await change_record(work, Location, row, values, kind="location")
    if before.get("status", "active") != "active":
        await require_room(work, "locations", Location, Location.status == "active", adding=0)
    if before:
        work.record(LocationChanged(aggregate_id=location_id, changed=tuple(sorted(before))))
        work.audit(
            "update_location",
            subject="location",
            subject_id=location_id,
            before=before,
            after={name: values[name] for name in before},
        )

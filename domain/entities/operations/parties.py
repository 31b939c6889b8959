"""Parties are created and changed; their hierarchy never closes on itself."""

from typing import Any, Unpack

from domain.entities.events import PartyChanged, PartyCreated
from domain.entities.hierarchy import lock_hierarchy, require_no_cycle
from domain.entities.models import Party
from domain.entities.policy import PartyFields, require_given, require_some_role, sound_party
from domain.kernel.permissions import operation
from domain.kernel.records import change_record, lock_record, make_record, require_record
from domain.kernel.work import Work

ROLES = ("is_customer", "is_supplier", "is_carrier")


@operation("entities.manage")
async def create_party(work: Work, **fields: Unpack[PartyFields]) -> int:
    """A new party: code, name and at least one role are needed; returns its id.

    `parent_id` is the party above it, `bill_to_id` the one that gets its invoices.
    Raises InvalidInput, NotFound, CodeTaken."""
    require_given(fields, "code", "name")
    values = dict.fromkeys(ROLES, False) | sound_party(fields)
    require_some_role(**{role: values[role] for role in ROLES})
    await _require_others(work, values)
    party_id = await make_record(work, Party, values, kind="party")
    work.record(PartyCreated(aggregate_id=party_id, code=values["code"]))
    work.audit("create_party", subject="party", subject_id=party_id, after=values)
    return party_id


@operation("entities.manage")
async def update_party(
    work: Work,
    *,
    party_id: int,
    expected_version: int | None = None,
    **fields: Unpack[PartyFields],
) -> None:
    """Change the given fields.

    Raises InvalidInput, NotFound, StaleVersion, CodeTaken, PartyCycle."""
    values = sound_party(fields)
    if values.get("parent_id") is not None:
        await lock_hierarchy(work)
    row = await lock_record(work, Party, party_id, kind="party", expected_version=expected_version)
    require_some_role(**{role: values.get(role, getattr(row, role)) for role in ROLES})
    await _require_others(work, values)
    if values.get("parent_id") is not None:
        await require_no_cycle(work, party_id=party_id, parent_id=values["parent_id"])
    before = await change_record(work, Party, row, values, kind="party")
    if before:
        _note_change(work, party_id, before, values)


async def _require_others(work: Work, values: dict[str, Any]) -> None:
    for name in ("parent_id", "bill_to_id"):
        await require_record(work, Party.__table__, values.get(name), kind="party")


def _note_change(work: Work, party_id: int, before: dict[str, Any], values: dict[str, Any]) -> None:
    work.record(PartyChanged(aggregate_id=party_id, changed=tuple(sorted(before))))
    work.audit(
        "update_party",
        subject="party",
        subject_id=party_id,
        before=before,
        after={name: values[name] for name in before},
    )

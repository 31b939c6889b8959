"""Which kinds of configuration are governed: open until the tenant goes live, then by request."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.governance.events import GovernanceChanged
from domain.governance.kinds import Content, all_kinds, configurable, kind_named
from domain.kernel.errors import InvalidInput
from domain.kernel.governing import GOVERNANCE, GOVERNED, OPEN, unsettled_mode
from domain.kernel.models import GovernanceSetting
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from tenancy.models import Tenant

FIELDS = ("mode", "channel_variants", "entity_variants")
STANDARD: Mapping[str, Any] = {"mode": OPEN, "channel_variants": True, "entity_variants": True}


async def govern(work: Work) -> None:
    """From now on every declared kind changes only by change request: the tenant goes live.

    Done again it changes nothing."""
    standing = await settings_of(work, [kind.name for kind in all_kinds()])
    changed = {
        name: {**fields, "mode": GOVERNED}
        for name, fields in standing.items()
        if fields["mode"] != GOVERNED
    }
    await write_settings(work, changed, standing)


async def settings_of(reader: Reader, kinds: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Mode and local variants of each of these kinds; of those of which nothing was settled, what
    holds without it."""
    rows = await reader.rows(
        select(*GovernanceSetting.__table__.c).where(
            GovernanceSetting.tenant_id == reader.tenant_id, GovernanceSetting.kind.in_(kinds)
        )
    )
    found = {row.kind: {field: getattr(row, field) for field in FIELDS} for row in rows}
    if len(found) == len(set(kinds)):
        return {kind: found[kind] for kind in kinds}
    otherwise = await reader.value(select(unsettled_mode()).where(Tenant.id == reader.tenant_id))
    standing = {**STANDARD, "mode": otherwise or OPEN}
    return {kind: found.get(kind, dict(standing)) for kind in kinds}


async def write_settings(
    work: Work, changed: Mapping[str, Mapping[str, Any]], before: Mapping[str, Mapping[str, Any]]
) -> None:
    """Write these kinds' settings, in the kinds' order, and tell."""
    if not changed:
        return
    statement = insert(GovernanceSetting)
    rows = [
        {"tenant_id": work.tenant_id, "kind": kind, **changed[kind], "changed_at": work.now}
        for kind in sorted(changed)
    ]
    await work.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "kind"],
            set_={name: statement.excluded[name] for name in (*FIELDS, "changed_at")},
        ),
        rows,
    )
    work.record(GovernanceChanged(aggregate_id=0, kinds=tuple(sorted(changed))))
    for kind in sorted(changed):
        work.audit(
            "set_governance",
            subject=GOVERNANCE,
            subject_id=0,
            before={"kind": kind, **before[kind]},
            after={"kind": kind, **changed[kind]},
        )


def is_stricter(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether nothing is let go that was governed."""
    return not (before["mode"] == GOVERNED and after["mode"] == OPEN) and all(
        before[name] or not after[name] for name in ("channel_variants", "entity_variants")
    )


def sound_settings(proposal: Mapping[str, Any], fields: Collection[str] = FIELDS) -> Content:
    """What may be set of a kind. Raises InvalidInput."""
    for name, value in proposal.items():
        if name not in fields:
            raise InvalidInput("There is no such setting.", path=(name,))
        if name == "mode" and value not in (OPEN, GOVERNED):
            raise InvalidInput(f"Must be {OPEN} or {GOVERNED}.", path=(name,))
        if name != "mode" and not isinstance(value, bool):
            raise InvalidInput("Must be true or false.", path=(name,))
    return dict(proposal)


async def _sound(work: Work, key: str | None, proposal: Content) -> Content:
    kind_named(key or "")
    return sound_settings(proposal)


async def _standing(work: Work, key: str | None, proposal: Content) -> Content:
    kind = kind_named(key or "").name
    standing = (await settings_of(work, [kind]))[kind]
    return {name: standing[name] for name in proposal}


@configurable(GOVERNANCE, title="What is governed", validate=_sound, snapshot=_standing)
async def apply_settings(work: Work, key: str | None, proposal: Content) -> str:
    """Carry out a change of what is governed; the key is the kind."""
    kind = kind_named(key or "").name
    before = await settings_of(work, [kind])
    await write_settings(work, {kind: {**before[kind], **proposal}}, before)
    return kind

"""Locations and parties are written many at a time, by code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, any_, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain.entities.events import (
    LocationChanged,
    LocationCreated,
    PartyChanged,
    PartyCreated,
)
from domain.entities.models import Location, Party, PartyAddress, PartyIdentifier
from domain.entities.policy import ADDRESS_FIELDS
from domain.kernel.errors import Conflict
from domain.kernel.upserts import Upserted, change_records, upsert_records
from domain.kernel.work import Work


@dataclass(slots=True, kw_only=True)
class WantedParty:
    """A party as it shall be: sound fields, addresses by (kind, code), codes by (channel, value),
    and the codes of its parent and of who gets its invoices (by parent_id, bill_to_id)."""

    fields: dict[str, Any]
    addresses: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    identifiers: set[tuple[int | None, str]] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)


async def upsert_locations(work: Work, wanted: Mapping[str, Mapping[str, Any]]) -> Upserted:
    """Make or change locations by code, with sound fields; new ones need all that is not null."""
    done = await upsert_records(work, Location, wanted)
    for code in sorted(done.created):
        work.record(LocationCreated(aggregate_id=done.ids[code], code=code))
        _audit(work, "location", done.ids[code], None, wanted[code])
    for code, before in sorted(done.before.items()):
        changed = tuple(sorted(before))
        work.record(LocationChanged(aggregate_id=done.ids[code], changed=changed))
        _audit(work, "location", done.ids[code], before, wanted[code])
    return done


async def upsert_parties(
    work: Work, wanted: Mapping[str, WantedParty], *, others: Mapping[str, int]
) -> Upserted:
    """Make or change parties by code; addresses and codes are added or changed, none taken away.

    `others` gives the ids of linked parties that are not among `wanted`. The hierarchy must be
    locked and free of cycles. Raises Conflict when another party got one of the codes meanwhile."""
    done = await upsert_records(work, Party, {c: party.fields for c, party in wanted.items()})
    touched: dict[str, dict[str, Any]] = {code: dict(was) for code, was in done.before.items()}
    links = _resolved(wanted, {**others, **done.ids})
    for code, before in (await _write_links(work, done, links)).items():
        touched.setdefault(code, {}).update(before)
    for name, codes in (
        ("addresses", await _write_addresses(work, done, wanted)),
        ("identifiers", await _write_identifiers(work, done, wanted)),
    ):
        for code in codes:
            touched.setdefault(code, {})[name] = None
    changed = {code: before for code, before in touched.items() if code not in done.created}
    _note_parties(work, done, changed, wanted, links)
    return Upserted(done.ids, done.created, changed)


def _resolved(
    wanted: Mapping[str, WantedParty], ids: Mapping[str, int]
) -> dict[str, dict[str, int]]:
    return {
        code: {name: ids[other] for name, other in party.links.items()}
        for code, party in wanted.items()
        if party.links
    }


async def _write_links(
    work: Work, done: Upserted, links: Mapping[str, dict[str, int]]
) -> dict[str, dict[str, Any]]:
    ids = [done.ids[code] for code in links]
    rows = await work.rows(
        select(Party.id, Party.code, Party.parent_id, Party.bill_to_id).where(
            Party.tenant_id == work.tenant_id, Party.id == any_(literal(ids, ARRAY(BigInteger)))
        )
    )
    before = {
        row.code: was
        for row in rows
        if (was := {n: getattr(row, n) for n, v in links[row.code].items() if getattr(row, n) != v})
    }
    changes = {done.ids[code]: {n: links[code][n] for n in was} for code, was in before.items()}
    await change_records(work, Party, changes)
    return before


async def _write_addresses(
    work: Work, done: Upserted, wanted: Mapping[str, WantedParty]
) -> set[str]:
    rows = [
        {
            "tenant_id": work.tenant_id,
            "party_id": done.ids[code],
            "kind": kind,
            "code": address_code,
            **dict.fromkeys(ADDRESS_FIELDS),
            **address,
        }
        for code, party in wanted.items()
        for (kind, address_code), address in party.addresses.items()
    ]
    if not rows:
        return set()
    statement = insert(PartyAddress)
    given = {name: statement.excluded[name] for name in ADDRESS_FIELDS}
    differs = [getattr(PartyAddress, n).is_distinct_from(v) for n, v in given.items()]
    upsert = statement.on_conflict_do_update(
        index_elements=["tenant_id", "party_id", "kind", "code"],
        set_=given,
        where=or_(*differs),
    )
    changed = set(await work.values(upsert.returning(PartyAddress.party_id), rows))
    return {code for code, party_id in done.ids.items() if party_id in changed}


async def _write_identifiers(
    work: Work, done: Upserted, wanted: Mapping[str, WantedParty]
) -> set[str]:
    known = await work.rows(
        select(PartyIdentifier.party_id, PartyIdentifier.channel_id, PartyIdentifier.value).where(
            PartyIdentifier.tenant_id == work.tenant_id,
            PartyIdentifier.party_id == any_(literal(list(done.ids.values()), ARRAY(BigInteger))),
        )
    )
    standing = {(row.party_id, row.channel_id, row.value) for row in known}
    new = [
        (code, {"party_id": done.ids[code], "channel_id": channel_id, "value": value})
        for code, party in wanted.items()
        for channel_id, value in party.identifiers
        if (done.ids[code], channel_id, value) not in standing
    ]
    rows = [{"tenant_id": work.tenant_id, **row} for _, row in new]
    if rows:
        statement = insert(PartyIdentifier).on_conflict_do_nothing()
        written = await work.values(statement.returning(PartyIdentifier.id), rows)
        if len(written) < len(rows):
            raise Conflict("Another party was given one of these codes just now; try again.")
    return {code for code, _ in new}


def _note_parties(
    work: Work,
    done: Upserted,
    changed: Mapping[str, dict[str, Any]],
    wanted: Mapping[str, WantedParty],
    links: Mapping[str, dict[str, int]],
) -> None:
    for code in sorted(done.created):
        work.record(PartyCreated(aggregate_id=done.ids[code], code=code))
        _audit(work, "party", done.ids[code], None, _told(wanted[code], links.get(code, {})))
    for code, before in sorted(changed.items()):
        work.record(PartyChanged(aggregate_id=done.ids[code], changed=tuple(sorted(before))))
        _audit(work, "party", done.ids[code], before, _told(wanted[code], links.get(code, {})))


def _told(party: WantedParty, links: Mapping[str, int]) -> dict[str, Any]:
    return {
        **party.fields,
        **links,
        "addresses": [
            {"kind": kind, "code": code, **address}
            for (kind, code), address in party.addresses.items()
        ],
        "identifiers": [list(key) for key in sorted(party.identifiers, key=str)],
    }


def _audit(
    work: Work,
    subject: str,
    subject_id: int,
    before: dict[str, Any] | None,
    after: Mapping[str, Any],
) -> None:
    told = dict(after) if before is None else {name: after.get(name) for name in before}
    action = "import_locations" if subject == "location" else "import_parties"
    work.audit(action, subject=subject, subject_id=subject_id, before=before, after=told)

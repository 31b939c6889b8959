"""Parties: one row each, or several where a party has several addresses or codes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.channels.models import Channel
from domain.entities.hierarchy import lock_hierarchy
from domain.entities.master_upserts import WantedParty, upsert_parties
from domain.entities.models import Party, PartyIdentifier
from domain.entities.policy import ADDRESS_FIELDS
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.imports.drafts import (
    Draft,
    drafts_of,
    ids_by_code,
    require_fields,
    rows_by_code,
    sound_drafts,
)
from domain.onboarding.imports.party_columns import LINKS, ROLES
from domain.onboarding.imports.records import Faults, Record
from domain.onboarding.imports.written import Written, counted

_FIELDS = ("name", "roles", *ROLES.values(), *LINKS, "currency", "email", "status")


@dataclass(frozen=True, slots=True)
class PartyPlan:
    """Parties to write, and the ids of those they are linked to."""

    wanted: dict[str, WantedParty]
    others: dict[str, int]


async def check_parties(work: Work, records: list[Record], faults: Faults) -> PartyPlan:
    """The parties of the rows without faults, by code; every fault is noted.

    The hierarchy is locked: what is checked here still holds when it is written."""
    await lock_hierarchy(work)
    drafts = drafts_of(records, faults, code="code", fields=_FIELDS)
    linked = {d.fields[name] for d in drafts.values() for name in LINKS if name in d.fields}
    standing = await rows_by_code(work, Party, {*drafts, *linked})
    channels = await rows_by_code(work, Channel, _channels_named(drafts))
    require_fields(drafts, standing, ("name",), faults)
    wanted = {code: _wanted(d, code in standing, faults) for code, d in drafts.items()}
    for code, draft in drafts.items():
        for record in draft.rows:
            _add_address(wanted[code], record, faults)
            _add_identifiers(wanted[code], record, faults, channels)
    await _check_holders(work, drafts, wanted, faults)
    await _check_cycles(work, drafts, standing, faults)
    sound = _linked_drafts(drafts, standing, faults)
    ids = {code: row.id for code, row in standing.items()}
    return PartyPlan({code: wanted[code] for code in sound}, ids)


async def write_parties(work: Work, plan: PartyPlan) -> Written:
    """Make and change the parties."""
    return counted(await upsert_parties(work, plan.wanted, others=plan.others))


def _channels_named(drafts: Mapping[str, Draft]) -> set[str]:
    records = [record for draft in drafts.values() for record in draft.rows]
    named = {name for r in records for field, name, _, _ in r.repeated if field == "channel"}
    return named | {r.values["channel"] for r in records if "channel" in r.values}


def _wanted(draft: Draft, exists: bool, faults: Faults) -> WantedParty:
    said = {**draft.fields.get("roles", {})}
    said |= {field: draft.fields[field] for field in ROLES.values() if field in draft.fields}
    if not said and not exists:
        said = {"is_customer": True}
    if not exists:
        said = dict.fromkeys(ROLES.values(), False) | said
    if len(said) == len(ROLES) and not any(said.values()):
        message, remedy = "The party has no role.", "Say customer, supplier or carrier."
        faults.add(draft.first_row, "roles", "NO_ROLE", message, remedy)
    fields = {
        n: draft.fields[n] for n in ("name", "currency", "email", "status") if n in draft.fields
    }
    links = {LINKS[name]: draft.fields[name] for name in LINKS if name in draft.fields}
    return WantedParty(fields=fields | said, links=links)


def _add_address(party: WantedParty, record: Record, faults: Faults) -> None:
    address = {name: record.values[name] for name in ADDRESS_FIELDS if name in record.values}
    named = [name for name in ("address_kind", "address_code") if name in record.values]
    if not address:
        if "address_code" in named:
            message = "The address has a code and nothing else."
            faults.add(record.row, "address_code", "MISSING", message, "Fill in the address.")
        return
    key = (record.values.get("address_kind", "ship_to"), record.values.get("address_code", "1"))
    if party.addresses.get(key, address) != address:
        message = f"Another row gives another {key[0]} address under the code {key[1]}."
        remedy = "Give each address its own address_code."
        faults.add(record.row, "address_code", "CONTRADICTION", message, remedy)
    party.addresses[key] = address


def _add_identifiers(
    party: WantedParty, record: Record, faults: Faults, channels: Mapping[str, Any]
) -> None:
    given: list[tuple[str | None, str, str]] = [
        (name, value, label) for field, name, value, label in record.repeated if field == "channel"
    ]
    if "channel_identifier" in record.values:
        channel = record.values.get("channel")
        given.append((channel, record.values["channel_identifier"], "channel"))
    elif "channel" in record.values:
        message, remedy = "channel needs channel_identifier.", "Fill both cells, or none."
        faults.add(record.row, "channel_identifier", "MISSING", message, remedy)
    for channel, value, column in given:
        if channel is None:
            party.identifiers.add((None, value))
        elif channel in channels:
            party.identifiers.add((channels[channel].id, value))
        else:
            message = f"There is no channel {channel}."
            faults.add(record.row, column, "UNKNOWN_CHANNEL", message, "Create the channel first.")


async def _check_holders(
    work: Work, drafts: Mapping[str, Draft], wanted: Mapping[str, WantedParty], faults: Faults
) -> None:
    """Note codes by which another party is known, in the tenant or in the file."""
    holders = await _holders(work, {v for p in wanted.values() for _, v in p.identifiers})
    first: dict[tuple[int | None, str], str] = {}
    for code, party in wanted.items():
        for key in party.identifiers:
            holder = holders.get(key, code)
            if holder == code:
                holder = first.setdefault(key, code)
            if holder != code:
                row, message = drafts[code].first_row, f"{key[1]} is the code of {holder}."
                remedy = "Give each code to one party."
                faults.add(row, "channel_identifier", "CODE_TAKEN", message, remedy)


async def _holders(reader: Reader, values: Iterable[str]) -> dict[tuple[int | None, str], str]:
    rows = await reader.rows(
        select(PartyIdentifier.channel_id, PartyIdentifier.value, Party.code)
        .join(
            Party,
            (Party.tenant_id == PartyIdentifier.tenant_id) & (Party.id == PartyIdentifier.party_id),
        )
        .where(
            PartyIdentifier.tenant_id == reader.tenant_id,
            PartyIdentifier.value == any_(literal(sorted(values), ARRAY(Text))),
        )
    )
    return {(row.channel_id, row.value): row.code for row in rows}


async def _check_cycles(
    work: Work, drafts: Mapping[str, Draft], standing: Mapping[str, Any], faults: Faults
) -> None:
    """Note parties that would stand above themselves when all rows are written."""
    parents = await _parents_above(work, [row.id for row in standing.values()])
    parents |= {c: d.fields["parent"] for c, d in drafts.items() if "parent" in d.fields}
    for code, draft in drafts.items():
        if "parent" in draft.fields and _returns(code, parents):
            message = f"{code} would stand above itself."
            row, remedy = draft.told_in["parent"], "Name another parent."
            faults.add(row, "parent", "PARTY_CYCLE", message, remedy)


def _returns(code: str, parents: Mapping[str, str]) -> bool:
    above, seen = parents.get(code), {code}
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above == code


async def _parents_above(reader: Reader, ids: list[int]) -> dict[str, str]:
    """By code, the parent of each of these parties and of all above them."""
    chain = (
        select(Party.id, Party.code, Party.parent_id)
        .where(
            Party.tenant_id == reader.tenant_id,
            Party.id == any_(literal(ids, ARRAY(BigInteger))),
        )
        .cte(recursive=True)
    )
    chain = chain.union(
        select(Party.id, Party.code, Party.parent_id).where(
            Party.tenant_id == reader.tenant_id, Party.id == chain.c.parent_id
        )
    )
    rows = await reader.rows(select(chain))
    codes = {row.id: row.code for row in rows}
    return {row.code: codes[row.parent_id] for row in rows if row.parent_id is not None}


def _linked_drafts(
    drafts: dict[str, Draft], standing: Mapping[str, Any], faults: Faults
) -> dict[str, Draft]:
    """The sound drafts; one that is linked to a party that is neither there nor sound is noted."""
    sound = sound_drafts(drafts, faults)
    while True:
        for draft in sound.values():
            for name in LINKS:
                other = draft.fields.get(name)
                if other is not None and other not in standing and other not in sound:
                    message = f"There is no party {other}, nor a sound row of it."
                    remedy = "Import that party first, or mend its row."
                    faults.add(draft.told_in[name], name, "UNKNOWN_PARTY", message, remedy)
        left = sound_drafts(sound, faults)
        if len(left) == len(sound):
            return left
        sound = left


async def found_parties(reader: Reader, plan: PartyPlan) -> Sequence[tuple[str, int]]:
    """Code and id of the wanted parties that stand."""
    return await ids_by_code(reader, Party, plan.wanted)

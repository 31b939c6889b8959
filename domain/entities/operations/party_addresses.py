"""A party's ship-to and bill-to addresses, under the party's own codes for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from domain.entities.events import PartyChanged
from domain.entities.models import Party, PartyAddress
from domain.entities.policy import ADDRESS_FIELDS, ADDRESS_KINDS, AddressFields, sound_address
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record
from domain.kernel.work import Work

LARGEST_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressUnderCode:
    """One address: `kind` is ship_to or bill_to, `code` is the party's own name for it."""

    kind: str
    code: str
    address: AddressFields


@operation("entities.manage")
async def set_party_addresses(
    work: Work, *, party_id: int, addresses: Sequence[AddressUnderCode]
) -> None:
    """Write each address under its kind and code, in place of what stood there.

    Others stay. Raises InvalidInput (path to the address), NotFound."""
    if not 0 < len(addresses) <= LARGEST_BATCH:
        raise InvalidInput(f"Give 1 to {LARGEST_BATCH} addresses.", path=("addresses",))
    rows = [_row(work, party_id, place, wanted) for place, wanted in enumerate(addresses)]
    if len({(row["kind"], row["code"]) for row in rows}) < len(rows):
        raise InvalidInput("A kind and code is given twice.", path=("addresses",))
    await lock_record(work, Party, party_id, kind="party")
    statement = insert(PartyAddress).values(rows)
    await work.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "party_id", "kind", "code"],
            set_={name: statement.excluded[name] for name in ADDRESS_FIELDS},
        )
    )
    _note(work, "set_party_addresses", party_id, after={"addresses": [_told(r) for r in rows]})


@operation("entities.manage")
async def remove_party_address(work: Work, *, party_id: int, kind: str, code: str) -> None:
    """Take away one address. Raises NotFound."""
    await lock_record(work, Party, party_id, kind="party")
    removed = await work.row(
        delete(PartyAddress)
        .where(
            PartyAddress.tenant_id == work.tenant_id,
            PartyAddress.party_id == party_id,
            PartyAddress.kind == kind,
            PartyAddress.code == code,
        )
        .returning(*(getattr(PartyAddress, name) for name in ("kind", "code", *ADDRESS_FIELDS)))
    )
    if removed is None:
        raise NotFound("address")
    _note(work, "remove_party_address", party_id, before={"address": dict(removed._mapping)})


def _row(work: Work, party_id: int, place: int, wanted: AddressUnderCode) -> dict[str, Any]:
    try:
        return {
            "tenant_id": work.tenant_id,
            "party_id": party_id,
            "kind": text.choice(wanted.kind, ADDRESS_KINDS, path=("kind",)),
            "code": text.code(wanted.code),
            **dict.fromkeys(ADDRESS_FIELDS),
            **sound_address(wanted.address),
        }
    except InvalidInput as error:
        raise InvalidInput(error.message, path=("addresses", place, *error.path)) from error


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("kind", "code", *ADDRESS_FIELDS)}


def _note(
    work: Work,
    action: str,
    party_id: int,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    work.record(PartyChanged(aggregate_id=party_id, changed=("addresses",)))
    work.audit(action, subject="party", subject_id=party_id, before=before, after=after)

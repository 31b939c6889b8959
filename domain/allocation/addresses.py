"""Postal addresses as orders keep them: a mapping of the known parts."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.engine import Row

from domain.entities.models import PartyAddress
from domain.entities.policy import COORDINATES, sound_coordinates
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput
from domain.kernel.reading import Reader

PARTS = ("name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone")

# Whose, of which kind (ship_to, bill_to), under which code.
AddressCode = tuple[int, str, str]


def sound_address(given: Mapping[str, Any] | None, *, path: str) -> dict[str, Any] | None:
    """The given parts, trimmed; None when there are none. Raises InvalidInput."""
    if given is None:
        return None
    if unknown := set(given) - {*PARTS, *COORDINATES}:
        raise InvalidInput(f"An address has no {sorted(unknown)[0]}.", path=(path,))
    parts = {name: text.optional(given.get(name), path=(path, name)) for name in PARTS}
    known: dict[str, Any] = {name: value for name, value in parts.items() if value is not None}
    for name, value in sound_coordinates(given).items():
        if value is not None:
            known[name] = format(value, "f")
    if "country" in known:
        iso.country(known["country"], path=(path, "country"))
    return known or None


async def addresses_under_codes(
    reader: Reader, codes: Collection[AddressCode]
) -> dict[AddressCode, dict[str, Any]]:
    """The parties' addresses under their codes; what is not there is left out."""
    if not codes:
        return {}
    rows = await reader.rows(
        select(PartyAddress).where(
            PartyAddress.tenant_id == reader.tenant_id,
            tuple_(PartyAddress.party_id, PartyAddress.kind, PartyAddress.code).in_(codes),
        )
    )
    return {(row.party_id, row.kind, row.code): _parts(row) for row in rows}


def _parts(row: Row[Any]) -> dict[str, Any]:
    parts = {name: getattr(row, name, None) for name in PARTS} | {"name": row.address_name}
    for name in COORDINATES:
        value = getattr(row, name)
        parts[name] = None if value is None else format(value, "f")
    return {name: value for name, value in parts.items() if value is not None}

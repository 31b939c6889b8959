"""Postal addresses as orders keep them: a mapping of the known parts."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from domain.entities.models import PartyAddress
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.reading import Reader

PARTS = ("name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone")


def sound_address(given: Mapping[str, Any] | None, *, path: str) -> dict[str, Any] | None:
    """The given parts, trimmed; None when there are none. Raises InvalidInput."""
    if given is None:
        return None
    if unknown := set(given) - set(PARTS):
        raise InvalidInput(f"An address has no {sorted(unknown)[0]}.", path=(path,))
    parts = {name: text.optional(given.get(name), path=(path, name)) for name in PARTS}
    known = {name: value for name, value in parts.items() if value is not None}
    if "country" in known:
        iso.country(known["country"], path=(path, "country"))
    return known or None


async def address_under_code(
    reader: Reader, *, party_id: int, kind: str, code: str
) -> dict[str, Any]:
    """The party's ship_to or bill_to address under its code. Raises NotFound."""
    row = await reader.row(
        select(PartyAddress).where(
            PartyAddress.tenant_id == reader.tenant_id,
            PartyAddress.party_id == party_id,
            PartyAddress.kind == kind,
            PartyAddress.code == code,
        )
    )
    if row is None:
        raise NotFound("address")
    parts = {name: getattr(row, name, None) for name in PARTS} | {"name": row.address_name}
    return {name: value for name, value in parts.items() if value is not None}

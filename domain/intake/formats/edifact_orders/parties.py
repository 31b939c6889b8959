"""Parties of an EDIFACT message: NAD with what follows it."""

from collections.abc import Sequence

from domain.intake.document import Address, PartyCode
from domain.intake.formats.edifact import Segment, at
from domain.intake.formats.edifact_orders.parts import Area

_CONTACT = {"TE": "phone", "AL": "phone", "EM": "email"}
_NAMES, _STREETS, _FREE = 5, 4, 5


def party_codes(heading: Area) -> tuple[PartyCode, ...]:
    """Role (3035), code (3039), whose code it is (3055, such as 9 for a GLN; else 1131), name."""
    return tuple(_party_code(group[0]) for group in heading.grouped("NAD"))


def _party_code(nad: Segment) -> PartyCode:
    name = _texts(nad, 4, _NAMES) or _texts(nad, 3, 1)
    return PartyCode(
        at(nad, 1),
        at(nad, 2) or None,
        at(nad, 2, 2) or at(nad, 2, 1) or None,
        name[0] if name else None,
    )


def address_of(heading: Area, roles: Sequence[str]) -> Address | None:
    """The address of who has the first of these roles that is there; None if it has none."""
    for role in roles:
        for group in heading.grouped("NAD"):
            if at(group[0], 1) == role:
                return _address(group)
    return None


def _address(group: Sequence[Segment]) -> Address | None:
    nad, contact = group[0], _contact(group)
    names, free = _texts(nad, 4, _NAMES), _texts(nad, 3, _FREE)
    if not names and free:
        names, free = free[:1], free[1:]
    streets = _texts(nad, 5, _STREETS) or free
    found = Address(
        name=names[0] if names else None,
        company=", ".join(names[1:]) or None,
        line1=streets[0] if streets else None,
        line2=", ".join(streets[1:]) or None,
        city=at(nad, 6) or None,
        region=at(nad, 7) or at(nad, 7, 3) or None,
        postal_code=at(nad, 8) or None,
        country=at(nad, 9).upper() or None,
        phone=contact.get("phone"),
        email=contact.get("email"),
    )
    return None if found.is_blank else found


def _contact(group: Sequence[Segment]) -> dict[str, str]:
    found: dict[str, str] = {}
    for segment in group:
        if at(segment, 0) == "COM":
            name = _CONTACT.get(at(segment, 1, 1))
            if name and at(segment, 1):
                found.setdefault(name, at(segment, 1))
    return found


def _texts(segment: Segment, element: int, most: int) -> list[str]:
    return [text for n in range(most) if (text := at(segment, element, n))]

"""N1 loops of X12: names, codes and addresses of parties."""

from domain.intake.document import Address, PartyCode
from domain.intake.formats.x12.loops import Loop, Placed

_CONTACT = {"TE": "phone", "EM": "email"}


def party_code(loop: Loop) -> PartyCode:
    """Role (N101), code (N104) with its qualifier (N103), and name (N102)."""
    head = loop.head
    return PartyCode(head.text(1) or "", head.text(4), head.text(3), head.text(2))


def address_of(loop: Loop) -> Address | None:
    """The address of a party: N1 name, N2 further names, N3 lines, N4 place, PER contact."""
    lines = [text for n3 in loop.all("N3") for text in (n3.text(1), n3.text(2)) if text]
    further = [text for n2 in loop.all("N2") for text in (n2.text(1), n2.text(2)) if text]
    place, contact = loop.first("N4"), _contact(loop.all("PER"))
    found = Address(
        name=loop.head.text(2),
        company=", ".join(further) or None,
        line1=lines[0] if lines else None,
        line2=", ".join(lines[1:]) or None,
        city=place.text(1) if place else None,
        region=place.text(2) if place else None,
        postal_code=place.text(3) if place else None,
        country=place.text(4) if place else None,
        phone=contact.get("phone"),
        email=contact.get("email"),
    )
    return None if found.is_blank else found


def _contact(segments: list[Placed]) -> dict[str, str]:
    """Telephone and mail of the first PER that has them (number and qualifier pairs 03 to 08)."""
    found: dict[str, str] = {}
    for placed in segments:
        for place in (3, 5, 7):
            name, value = _CONTACT.get(placed.text(place) or ""), placed.text(place + 1)
            if name and value:
                found.setdefault(name, value)
    return found

"""Parties and addresses of ORDER-X orders."""

from collections.abc import Iterator

from domain.intake.document import Address, PartyCode
from domain.intake.formats.cii_parts import PARTY_CODES, PARTY_NAMES
from domain.intake.formats.ordered.words import joined, party_codes
from domain.intake.formats.xml_fields import texts
from domain.intake.formats.xml_tree import Node

_AGREED = (
    ("buyer", "BuyerTradeParty"),
    ("originator", "BuyerRequisitionerTradeParty"),
    ("seller", "SellerTradeParty"),
)
_DELIVERED = (("ship_to", "ShipToTradeParty"), ("ship_from", "ShipFromTradeParty"))
_SETTLED = (("bill_to", "InvoiceeTradeParty"),)


def parties(agreement: Node, delivery: Node, settlement: Node) -> tuple[PartyCode, ...]:
    """Everybody who is named, by codes and name; places only by codes."""
    areas = ((agreement, _AGREED), (settlement, _SETTLED), (delivery, _DELIVERED))
    found: list[PartyCode] = []
    for area, roles in areas:
        for role, element in roles:
            node = area.first(element)
            name = None if area is delivery else name_of(node)
            found += party_codes(role, _codes(node), name)
    return tuple(dict.fromkeys(found))


def key_of(node: Node | None) -> str | None:
    """What stands for a party in all that it sends of an order."""
    return next(texts(node, *PARTY_CODES, *PARTY_NAMES), None)


def name_of(node: Node | None) -> str | None:
    """What a party is called."""
    return next(texts(node, *PARTY_NAMES), None)


def endpoint(node: Node | None) -> str | None:
    """The electronic address of a party, behind its scheme."""
    found = None if node is None else node.first("URIUniversalCommunication", "URIID")
    if found is None or not found.text:
        return None
    return joined((found.attributes.get("schemeID"), found.text), ":")


def _codes(node: Node | None) -> Iterator[tuple[str, str | None]]:
    for path in PARTY_CODES if node is not None else ():
        assert node is not None
        for each in node.all(*path):
            if each.text:
                yield each.text, each.attributes.get("schemeID")


def address(node: Node | None) -> Address | None:
    """Where a party is."""
    if node is None:
        return None
    place = ("PostalTradeAddress",)
    contact = ("DefinedTradeContact",)
    found = Address(
        name=name_of(node),
        line1=next(texts(node, (*place, "LineOne"), (*place, "StreetName")), None),
        line2=joined(texts(node, (*place, "LineTwo"), (*place, "LineThree"))),
        city=next(texts(node, (*place, "CityName")), None),
        region=next(texts(node, (*place, "CountrySubDivisionName")), None),
        postal_code=next(texts(node, (*place, "PostcodeCode")), None),
        country=next(texts(node, (*place, "CountryID")), None),
        phone=next(
            texts(node, (*contact, "TelephoneUniversalCommunication", "CompleteNumber")), None
        ),
        email=email_of(node),
    )
    return None if found.is_blank else found


def email_of(node: Node | None) -> str | None:
    """To whom of a party one may write."""
    return next(
        texts(node, ("DefinedTradeContact", "EmailURIUniversalCommunication", "URIID")), None
    )

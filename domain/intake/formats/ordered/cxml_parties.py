"""Parties and addresses of cXML orders."""

from collections.abc import Iterator

from domain.intake.document import Address, PartyCode
from domain.intake.formats.ordered.words import joined, party_codes
from domain.intake.formats.xml_fields import texts
from domain.intake.formats.xml_tree import Node

_PLACES = (("bill_to", "BillTo"), ("ship_to", "ShipTo"))
# Contacts of an order that say who buys, and in whose words.
_CONTACTS = {"soldTo": "buyer", "buyer": "buyer", "billTo": "bill_to", "shipTo": "ship_to"}


def parties(root: Node, header: Node) -> tuple[PartyCode, ...]:
    """Who sends the order, and the places and contacts that have a code."""
    found: list[PartyCode] = []
    for node in header.all("Contact"):
        role = _CONTACTS.get(node.attributes.get("role", ""))
        if role is not None:
            found += party_codes(role, _address_id(node), node.value("Name"))
    for role, element in (("buyer", "From"), ("seller", "To")):
        found += party_codes(role, identities(root, element), None)
    for role, element in _PLACES:
        address = header.first(element, "Address")
        if address is not None:
            name = address.value("Name") if role == "bill_to" else None
            found += party_codes(role, _address_id(address), name)
    return tuple(dict.fromkeys(found))


def identities(root: Node, element: str) -> Iterator[tuple[str, str | None]]:
    """The identities of a side (From, To), each with its domain."""
    for each in root.all("Header", element, "Credential"):
        if (identity := each.value("Identity")) is not None:
            yield identity, each.attributes.get("domain")


def _address_id(node: Node) -> Iterator[tuple[str, str | None]]:
    if node.attributes.get("addressID"):
        yield node.attributes["addressID"], node.attributes.get("addressIDDomain")


def address(node: Node | None, *names: str) -> Address | None:
    """The address that a place has (ShipTo, BillTo)."""
    found = None if node is None else node.first(*names, "Address")
    if found is None:
        return None
    postal = found.first("PostalAddress")
    streets = list(texts(postal, ("Street",)))
    country = None if postal is None else postal.first("Country")
    code = None if country is None else country.attributes.get("isoCountryCode")
    told = Address(
        name=found.value("Name"),
        company=joined(texts(postal, ("DeliverTo",))),
        line1=streets[0] if streets else None,
        line2=joined(streets[1:]),
        city=next(texts(postal, ("City",)), None),
        region=next(texts(postal, ("State",), ("Municipality",)), None),
        postal_code=next(texts(postal, ("PostalCode",)), None),
        country=code or found.attributes.get("isoCountryCode"),
        phone=_phone(found),
        email=found.value("Email"),
    )
    return None if told.is_blank else told


def _phone(node: Node) -> str | None:
    number = node.first("Phone", "TelephoneNumber")
    if number is None:
        return None
    country = number.value("CountryCode")
    rest = joined(texts(number, ("AreaOrCityCode",), ("Number",), ("Extension",)), " ")
    return joined((f"+{country}" if country else None, rest), " ")

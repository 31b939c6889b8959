"""Parties and addresses of UBL orders."""

from collections.abc import Iterator

from domain.intake.document import Address, PartyCode
from domain.intake.formats.ordered.words import joined, party_codes
from domain.intake.formats.ubl_parts import PARTY_NAMES, at
from domain.intake.formats.xml_fields import texts
from domain.intake.formats.xml_tree import Node

ROLES = (
    ("buyer", "BuyerCustomerParty"),
    ("bill_to", "AccountingCustomerParty"),
    ("originator", "OriginatorCustomerParty"),
    ("seller", "SellerSupplierParty"),
)
_ENDPOINT = ("Party", "EndpointID")
# The most telling first.
_CODES = (
    ("Party", "PartyIdentification", "ID"),
    ("SupplierAssignedAccountID",),
    _ENDPOINT,
    ("CustomerAssignedAccountID",),
    ("Party", "PartyLegalEntity", "CompanyID"),
    ("Party", "PartyTaxScheme", "CompanyID"),
)
_MORE_LINES = (
    ("AdditionalStreetName",),
    ("BuildingName",),
    ("Floor",),
    ("Room",),
    ("AddressLine", "Line"),
)


def parties(root: Node) -> tuple[PartyCode, ...]:
    """Everybody who is named, by codes and name; the place to deliver to by its own."""
    found: list[PartyCode] = []
    for role, element in ROLES:
        node = root.first(element)
        found += party_codes(role, _codes(node, _CODES), name_of(node))
    for delivery in root.all("Delivery"):
        found += party_codes("ship_to", _places(delivery), None)
    return tuple(dict.fromkeys(found))


def key_of_buyer(root: Node) -> str | None:
    """What stands for the buyer in all that it sends of an order."""
    buyer = root.first("BuyerCustomerParty")
    named = (_ENDPOINT, *_CODES, *PARTY_NAMES)
    return next(texts(buyer, *named), None)


def name_of(node: Node | None) -> str | None:
    """What a party is called."""
    return next(texts(node, *PARTY_NAMES), None)


def endpoint(node: Node | None) -> str | None:
    """The electronic address of a party, behind its scheme."""
    found = at(node, *_ENDPOINT)
    if found is None or not found.text:
        return None
    return joined((found.attributes.get("schemeID"), found.text), ":")


def _codes(
    node: Node | None, paths: tuple[tuple[str, ...], ...]
) -> Iterator[tuple[str, str | None]]:
    for path in paths if node is not None else ():
        assert node is not None
        for each in node.all(*path):
            if each.text:
                yield each.text, each.attributes.get("schemeID")


def _places(delivery: Node) -> Iterator[tuple[str, str | None]]:
    places = (
        ("DeliveryLocation", "ID"),
        ("DeliveryParty", "PartyIdentification", "ID"),
        ("DeliveryLocation", "Address", "ID"),
        ("DeliveryAddress", "ID"),
    )
    return _codes(delivery, places)


def ship_to(node: Node, contact: Node | None = None) -> Address | None:
    """Where to deliver to, of the order or of one line; `contact` where none is named there."""
    delivery = node.first("Delivery")
    if delivery is None:
        return None
    party = delivery.first("DeliveryParty")
    place = next(
        (
            found
            for names in (("DeliveryLocation", "Address"), ("DeliveryAddress",))
            if (found := delivery.first(*names)) is not None
        ),
        at(party, "PostalAddress"),
    )
    name = next(texts(party, ("PartyName", "Name"), ("PartyLegalEntity", "RegistrationName")), None)
    name = name or delivery.value("DeliveryLocation", "Name")
    return _address(place, name, at(party, "Contact") or contact)


def bill_to(root: Node, *, is_change: bool = False) -> Address | None:
    """Where the invoice goes to: who is named for it, else who buys. A change says nothing of it,
    unless it names somebody."""
    named = ("AccountingCustomerParty", "BuyerCustomerParty")
    for element in named[:1] if is_change else named:
        node = root.first(element)
        place = at(node, "Party", "PostalAddress")
        found = _address(place, name_of(node), at(node, "Party", "Contact"))
        if place is not None and found is not None:
            return found
    return None


def _post_box(place: Node | None) -> str | None:
    number = next(texts(place, ("Postbox",)), None)
    return f"PO Box {number}" if number is not None and number.isdigit() else number


def _address(place: Node | None, name: str | None, contact: Node | None) -> Address | None:
    street = joined(texts(place, ("StreetName",), ("BuildingNumber",)), " ")
    told = [line for line in (street, *texts(place, *_MORE_LINES), _post_box(place)) if line]
    found = Address(
        name=name,
        line1=told[0] if told else None,
        line2=joined(told[1:]),
        city=next(texts(place, ("CityName",)), None),
        region=next(texts(place, ("CountrySubentityCode",), ("CountrySubentity",)), None),
        postal_code=next(texts(place, ("PostalZone",)), None),
        country=next(texts(place, ("Country", "IdentificationCode")), None),
        phone=next(texts(contact, ("Telephone",)), None),
        email=next(texts(contact, ("ElectronicMail",)), None),
    )
    return None if found.is_blank else found

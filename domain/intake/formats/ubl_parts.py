"""What the documents of UBL (invoice, order) have in common."""

from collections.abc import Iterator

from domain.intake.formats.invoiced.invoice import Adjustment
from domain.intake.formats.xml_fields import XmlFields
from domain.intake.formats.xml_tree import Node

NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:"
# Of a party: what it is known by, and what it is called.
PARTY_CODES = (
    ("Party", "PartyIdentification", "ID"),
    ("Party", "EndpointID"),
    ("CustomerAssignedAccountID",),
    ("Party", "PartyTaxScheme", "CompanyID"),
    ("Party", "PartyLegalEntity", "CompanyID"),
    ("Party", "PostalAddress", "ID"),
)
PARTY_NAMES = (("Party", "PartyName", "Name"), ("Party", "PartyLegalEntity", "RegistrationName"))
TOTALS = {
    "lines": "LineExtensionAmount",
    "allowances": "AllowanceTotalAmount",
    "charges": "ChargeTotalAmount",
    "net": "TaxExclusiveAmount",
    "gross": "TaxInclusiveAmount",
    "prepaid": "PrepaidAmount",
    "rounding": "PayableRoundingAmount",
    "payable": "PayableAmount",
}


def at(node: Node | None, *names: str) -> Node | None:
    """What is reached by these names, if there is anything to start from."""
    return None if node is None else node.first(*names)


def currency_of(totals: Node | None) -> str | None:
    """The currency in which the first of the amounts is told."""
    for node in totals.children if totals is not None else ():
        if (found := node.attributes.get("currencyID")) is not None:
            return found
    return None


def adjustments(told: XmlFields, node: Node) -> tuple[Adjustment, ...]:
    """The allowances and charges of a line or of the whole."""
    found = []
    for each in node.all("AllowanceCharge"):
        amount = told.number(each.first("Amount"))
        if amount is not None:
            found.append(
                Adjustment(
                    path=each.path,
                    amount=amount,
                    is_charge=each.value("ChargeIndicator") in ("true", "1"),
                    code=each.value("AllowanceChargeReasonCode"),
                    reason=each.value("AllowanceChargeReason"),
                )
            )
    return tuple(found)


def item_codes(item: Node | None) -> Iterator[tuple[str, Node]]:
    """The codes of an item, each with whose it is."""
    kinds = (
        ("gtin", "StandardItemIdentification"),
        ("buyer", "BuyersItemIdentification"),
        ("vendor", "SellersItemIdentification"),
        ("manufacturer", "ManufacturersItemIdentification"),
    )
    for kind, name in kinds if item is not None else ():
        assert item is not None
        yield from ((kind, each) for each in item.all(name, "ID") if each.text)

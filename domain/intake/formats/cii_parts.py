"""What the Cross Industry documents of UN/CEFACT (invoice, order) have in common."""

from collections.abc import Iterator

from domain.intake.formats.invoiced.invoice import Adjustment
from domain.intake.formats.xml_fields import XmlFields
from domain.intake.formats.xml_tree import Node

# Each as the present version calls it, and as ZUGFeRD 1 did.
HEADER = ("ExchangedDocument", "HeaderExchangedDocument")
BODY = ("SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
AGREEMENT = ("ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement")
SETTLEMENT = ("ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
SUMS = (
    "SpecifiedTradeSettlementHeaderMonetarySummation",
    "SpecifiedTradeSettlementMonetarySummation",
)
LINE_AGREEMENT = ("SpecifiedLineTradeAgreement", "SpecifiedSupplyChainTradeAgreement")
LINE_DELIVERY = ("SpecifiedLineTradeDelivery", "SpecifiedSupplyChainTradeDelivery")
LINE_SETTLEMENT = ("SpecifiedLineTradeSettlement", "SpecifiedSupplyChainTradeSettlement")
LINE_SUMS = (
    "SpecifiedTradeSettlementLineMonetarySummation",
    "SpecifiedTradeSettlementMonetarySummation",
)
TOTALS = {
    "lines": "LineTotalAmount",
    "allowances": "AllowanceTotalAmount",
    "charges": "ChargeTotalAmount",
    "net": "TaxBasisTotalAmount",
    "gross": "GrandTotalAmount",
    "prepaid": "TotalPrepaidAmount",
    "rounding": "RoundingAmount",
    "payable": "DuePayableAmount",
}
PARTY_CODES = (
    ("GlobalID",),
    ("ID",),
    ("URIUniversalCommunication", "URIID"),
    ("SpecifiedTaxRegistration", "ID"),
    ("SpecifiedLegalOrganization", "ID"),
)
PARTY_NAMES = (("Name",), ("SpecifiedLegalOrganization", "TradingBusinessName"))
# Lines that only head or explain others.
_ASIDE = frozenset({"GROUP", "INFORMATION"})


def either(node: Node, names: tuple[str, ...]) -> Node | None:
    """The first node that has one of these names."""
    return next((found for name in names if (found := node.first(name))), None)


def text_of_date(node: Node | None) -> Node | None:
    """The text of a date, which stands in a node of its own."""
    return None if node is None else next(iter(node.children), node)


def reference(node: Node | None) -> str | None:
    """The number of the document that is referred to."""
    return None if node is None else node.value("IssuerAssignedID") or node.value("ID")


def adjustments(told: XmlFields, node: Node | None) -> tuple[Adjustment, ...]:
    """The allowances and charges of a line or of the whole."""
    found = []
    for each in node.all("SpecifiedTradeAllowanceCharge") if node is not None else ():
        amount = told.number(each.first("ActualAmount"))
        if amount is not None:
            found.append(
                Adjustment(
                    path=each.path,
                    amount=amount,
                    is_charge=each.value("ChargeIndicator", "Indicator") in ("true", "1"),
                    code=each.value("ReasonCode"),
                    reason=each.value("Reason"),
                )
            )
    for each in node.all("SpecifiedLogisticsServiceCharge") if node is not None else ():
        amount = told.number(each.first("AppliedAmount"))
        if amount is not None:
            why = each.value("Description")
            found.append(
                Adjustment(path=each.path, amount=amount, is_charge=True, code="FC", reason=why)
            )
    return tuple(found)


def counts(line: Node) -> bool:
    """Whether a line is one of its own, and does not only head or explain others."""
    kind = line.value("AssociatedDocumentLineDocument", "LineStatusReasonCode") or ""
    return kind.upper() not in _ASIDE


def item_codes(product: Node | None) -> Iterator[tuple[str, Node]]:
    """The codes of an item, each with whose it is."""
    kinds = (
        ("gtin", "GlobalID"),
        ("buyer", "BuyerAssignedID"),
        ("vendor", "SellerAssignedID"),
        ("manufacturer", "ManufacturerAssignedID"),
    )
    for kind, name in kinds if product is not None else ():
        assert product is not None
        yield from ((kind, each) for each in product.all(name) if each.text)

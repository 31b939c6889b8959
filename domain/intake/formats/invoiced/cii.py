"""UN/CEFACT Cross Industry Invoice (Factur-X, ZUGFeRD 1 and 2, XRechnung)."""

from collections.abc import Iterator
from decimal import Decimal

from domain.intake.formats.invoiced.invoice import (
    Adjustment,
    InvoicedLine,
    InvoiceParty,
    ParsedInvoice,
    TaxPart,
    Totals,
    party,
)
from domain.intake.formats.invoiced.type_codes import CREDITS
from domain.intake.formats.invoiced.ubl import unit_missing
from domain.intake.formats.invoiced.xml_fields import XmlFields, texts
from domain.intake.formats.numbers import exact_sum
from domain.intake.formats.xml_tree import Node

FORMAT = "cii.invoice"
ROOTS = ("CrossIndustryInvoice", "CrossIndustryDocument")
# Each as the present version calls it, and as ZUGFeRD 1 did.
_HEADER = ("ExchangedDocument", "HeaderExchangedDocument")
_BODY = ("SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
_AGREEMENT = ("ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement")
_SETTLEMENT = ("ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
_SUMS = (
    "SpecifiedTradeSettlementHeaderMonetarySummation",
    "SpecifiedTradeSettlementMonetarySummation",
)
_LINE_AGREEMENT = ("SpecifiedLineTradeAgreement", "SpecifiedSupplyChainTradeAgreement")
_LINE_DELIVERY = ("SpecifiedLineTradeDelivery", "SpecifiedSupplyChainTradeDelivery")
_LINE_SETTLEMENT = ("SpecifiedLineTradeSettlement", "SpecifiedSupplyChainTradeSettlement")
_LINE_SUMS = (
    "SpecifiedTradeSettlementLineMonetarySummation",
    "SpecifiedTradeSettlementMonetarySummation",
)
_TOTALS = {
    "lines": "LineTotalAmount",
    "allowances": "AllowanceTotalAmount",
    "charges": "ChargeTotalAmount",
    "net": "TaxBasisTotalAmount",
    "gross": "GrandTotalAmount",
    "prepaid": "TotalPrepaidAmount",
    "rounding": "RoundingAmount",
    "payable": "DuePayableAmount",
}
_CODES = (
    ("GlobalID",),
    ("ID",),
    ("URIUniversalCommunication", "URIID"),
    ("SpecifiedTaxRegistration", "ID"),
    ("SpecifiedLegalOrganization", "ID"),
)
_NAMES = (("Name",), ("SpecifiedLegalOrganization", "TradingBusinessName"))
# Lines that only head or explain others.
_NOT_BILLED = frozenset({"GROUP", "INFORMATION"})


def read_cii(root: Node) -> ParsedInvoice:
    """What a Cross Industry Invoice says; its figures are not checked yet."""
    told = XmlFields()
    nothing = Node("nothing")
    header = _either(root, _HEADER) or nothing
    body = _either(root, _BODY) or nothing
    agreement = _either(body, _AGREEMENT) or nothing
    settlement = _either(body, _SETTLEMENT) or nothing
    sums = _either(settlement, _SUMS) or nothing
    currency = settlement.value("InvoiceCurrencyCode")
    due = settlement.first("SpecifiedTradePaymentTerms", "DueDateDateTime")
    lines = body.all("IncludedSupplyChainTradeLineItem")
    stated = {name: told.number(sums.first(own)) for name, own in _TOTALS.items()}
    return ParsedInvoice(
        format=FORMAT,
        path=root.name,
        number=header.value("ID"),
        is_credit=(header.value("TypeCode") or "") in CREDITS,
        issued_on=told.day(_date(header.first("IssueDateTime"))),
        due_on=told.day(_date(due)),
        currency=currency,
        order=_reference(agreement.first("BuyerOrderReferencedDocument")),
        corrects=tuple(_references(settlement)),
        seller=_party(agreement.first("SellerTradeParty")),
        buyer=_party(agreement.first("BuyerTradeParty")),
        lines=tuple(_line(told, each) for each in lines if _is_billed(each)),
        adjustments=_adjustments(told, settlement),
        taxes=tuple(_taxes(told, settlement)),
        totals=Totals(
            tax=exact_sum(
                told.number(each)
                for each in sums.all("TaxTotalAmount")
                if each.attributes.get("currencyID", currency) == currency
            ),
            **stated,
        ),
        problems=tuple(told.problems),
    )


def _either(node: Node, names: tuple[str, ...]) -> Node | None:
    return next((found for name in names if (found := node.first(name))), None)


def _date(node: Node | None) -> Node | None:
    """The text of a date, which stands in a node of its own."""
    return None if node is None else next(iter(node.children), node)


def _reference(node: Node | None) -> str | None:
    return None if node is None else node.value("IssuerAssignedID") or node.value("ID")


def _references(settlement: Node) -> Iterator[str]:
    for node in settlement.all("InvoiceReferencedDocument"):
        if (found := _reference(node)) is not None:
            yield found


def _party(node: Node | None) -> InvoiceParty:
    return party(texts(node, *_CODES), texts(node, *_NAMES))


def _taxes(told: XmlFields, settlement: Node) -> Iterator[TaxPart]:
    for node in settlement.all("ApplicableTradeTax"):
        amount = told.number(node.first("CalculatedAmount"))
        if amount is not None:
            rate = node.first("RateApplicablePercent") or node.first("ApplicablePercent")
            yield TaxPart(
                path=node.path,
                amount=amount,
                taxable=told.number(node.first("BasisAmount")),
                rate=told.number(rate),
                category=node.value("CategoryCode"),
            )


def _adjustments(told: XmlFields, node: Node | None) -> tuple[Adjustment, ...]:
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


def _is_billed(line: Node) -> bool:
    kind = line.value("AssociatedDocumentLineDocument", "LineStatusReasonCode") or ""
    return kind.upper() not in _NOT_BILLED


def _line(told: XmlFields, node: Node) -> InvoicedLine:
    nothing = Node("nothing")
    agreement = _either(node, _LINE_AGREEMENT) or nothing
    settlement = _either(node, _LINE_SETTLEMENT) or nothing
    quantity = (_either(node, _LINE_DELIVERY) or nothing).first("BilledQuantity")
    product = node.first("SpecifiedTradeProduct")
    order = agreement.first("BuyerOrderReferencedDocument")
    price = agreement.first("NetPriceProductTradePrice") or nothing
    sums = _either(settlement, _LINE_SUMS)
    unit = None if quantity is None else quantity.attributes.get("unitCode")
    if quantity is not None and quantity.text and not unit:
        told.problems.append(unit_missing(quantity))
    return InvoicedLine(
        path=node.path,
        line=node.value("AssociatedDocumentLineDocument", "LineID"),
        order=_reference(order),
        order_line=None if order is None else order.value("LineID"),
        codes=_codes(product),
        description=next(texts(product, ("Name",), ("Description",)), None),
        quantity=told.number(quantity),
        unit=unit,
        price=told.number(price.first("ChargeAmount")),
        price_basis=told.number(price.first("BasisQuantity")) or Decimal(1),
        amount=None if sums is None else told.number(sums.first("LineTotalAmount")),
        adjustments=_adjustments(told, settlement),
    )


def _codes(product: Node | None) -> tuple[tuple[str, str], ...]:
    kinds = (
        ("gtin", "GlobalID"),
        ("buyer", "BuyerAssignedID"),
        ("vendor", "SellerAssignedID"),
        ("manufacturer", "ManufacturerAssignedID"),
    )
    return tuple((kind, each) for kind, name in kinds for each in texts(product, (name,)))

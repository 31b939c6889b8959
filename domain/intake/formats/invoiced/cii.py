"""UN/CEFACT Cross Industry Invoice (Factur-X, ZUGFeRD 1 and 2, XRechnung)."""

from collections.abc import Iterator
from decimal import Decimal

from domain.intake.formats.cii_parts import (
    AGREEMENT,
    BODY,
    HEADER,
    LINE_AGREEMENT,
    LINE_DELIVERY,
    LINE_SETTLEMENT,
    LINE_SUMS,
    PARTY_CODES,
    PARTY_NAMES,
    SETTLEMENT,
    SUMS,
    TOTALS,
    adjustments,
    counts,
    either,
    item_codes,
    reference,
    text_of_date,
)
from domain.intake.formats.invoiced.invoice import (
    InvoicedLine,
    InvoiceParty,
    ParsedInvoice,
    TaxPart,
    Totals,
    party,
)
from domain.intake.formats.invoiced.type_codes import CREDITS
from domain.intake.formats.invoiced.ubl import unit_missing
from domain.intake.formats.numbers import exact_sum
from domain.intake.formats.xml_fields import XmlFields, texts
from domain.intake.formats.xml_tree import Node

FORMAT = "cii.invoice"
ROOTS = ("CrossIndustryInvoice", "CrossIndustryDocument")


def read_cii(root: Node) -> ParsedInvoice:
    """What a Cross Industry Invoice says; its figures are not checked yet."""
    told = XmlFields()
    nothing = Node("nothing")
    header = either(root, HEADER) or nothing
    body = either(root, BODY) or nothing
    agreement = either(body, AGREEMENT) or nothing
    settlement = either(body, SETTLEMENT) or nothing
    sums = either(settlement, SUMS) or nothing
    currency = settlement.value("InvoiceCurrencyCode")
    due = settlement.first("SpecifiedTradePaymentTerms", "DueDateDateTime")
    lines = body.all("IncludedSupplyChainTradeLineItem")
    stated = {name: told.number(sums.first(own)) for name, own in TOTALS.items()}
    return ParsedInvoice(
        format=FORMAT,
        path=root.name,
        number=header.value("ID"),
        is_credit=(header.value("TypeCode") or "") in CREDITS,
        issued_on=told.day(text_of_date(header.first("IssueDateTime"))),
        due_on=told.day(text_of_date(due)),
        currency=currency,
        order=reference(agreement.first("BuyerOrderReferencedDocument")),
        corrects=tuple(_references(settlement)),
        seller=_party(agreement.first("SellerTradeParty")),
        buyer=_party(agreement.first("BuyerTradeParty")),
        lines=tuple(_line(told, each) for each in lines if counts(each)),
        adjustments=adjustments(told, settlement),
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


def _references(settlement: Node) -> Iterator[str]:
    for node in settlement.all("InvoiceReferencedDocument"):
        if (found := reference(node)) is not None:
            yield found


def _party(node: Node | None) -> InvoiceParty:
    return party(texts(node, *PARTY_CODES), texts(node, *PARTY_NAMES))


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


def _line(told: XmlFields, node: Node) -> InvoicedLine:
    nothing = Node("nothing")
    agreement = either(node, LINE_AGREEMENT) or nothing
    settlement = either(node, LINE_SETTLEMENT) or nothing
    quantity = (either(node, LINE_DELIVERY) or nothing).first("BilledQuantity")
    product = node.first("SpecifiedTradeProduct")
    order = agreement.first("BuyerOrderReferencedDocument")
    price = agreement.first("NetPriceProductTradePrice") or nothing
    sums = either(settlement, LINE_SUMS)
    unit = None if quantity is None else quantity.attributes.get("unitCode")
    if quantity is not None and quantity.text and not unit:
        told.problems.append(unit_missing(quantity))
    return InvoicedLine(
        path=node.path,
        line=node.value("AssociatedDocumentLineDocument", "LineID"),
        order=reference(order),
        order_line=None if order is None else order.value("LineID"),
        codes=tuple((kind, each.text) for kind, each in item_codes(product)),
        description=next(texts(product, ("Name",), ("Description",)), None),
        quantity=told.number(quantity),
        unit=unit,
        price=told.number(price.first("ChargeAmount")),
        price_basis=told.number(price.first("BasisQuantity")) or Decimal(1),
        amount=None if sums is None else told.number(sums.first("LineTotalAmount")),
        adjustments=adjustments(told, settlement),
    )

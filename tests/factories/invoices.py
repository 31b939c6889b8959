"""What a supplier bills, written as UBL, CII, X12 and EDIFACT: the same figures in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CII = "urn:un:unece:uncefact:data:standard:"
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenLine:
    """A quantity of an item by the supplier's code, at a price."""

    code: str
    quantity: int
    price: str = "2.50"
    unit: str = "C62"
    order: str | None = None
    name: str = "Goods"

    @property
    def amount(self) -> Decimal:
        """What it comes to."""
        return (self.quantity * Decimal(self.price)).quantize(CENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An invoice, or a credit note."""

    number: str = "R-1"
    order: str | None = None
    lines: Sequence[WrittenLine] = ()
    seller: str = "ACMESUPPLIER"
    buyer: str = "BUYER"
    day: date = date(2026, 3, 2)
    currency: str = "EUR"
    tax_percent: int = 0
    allowance: str = "0"
    freight: str = "0"
    rounding: str = "0"
    prepaid: str = "0"
    is_credit: bool = False
    corrects: str | None = None

    @property
    def goods(self) -> Decimal:
        """The sum of the lines."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def net(self) -> Decimal:
        """What it comes to without tax."""
        return self.goods - Decimal(self.allowance) + Decimal(self.freight)

    @property
    def tax(self) -> Decimal:
        """The tax of all of it."""
        return (self.net * self.tax_percent / 100).quantize(CENT)

    @property
    def gross(self) -> Decimal:
        """With tax."""
        return self.net + self.tax

    @property
    def payable(self) -> Decimal:
        """What is left to be paid."""
        return self.gross - Decimal(self.prepaid) + Decimal(self.rounding)


def as_ubl(bill: Written) -> bytes:
    """As UBL Invoice or CreditNote, as Peppol has it."""
    name, quantity = ("CreditNote", "Credited") if bill.is_credit else ("Invoice", "Invoiced")
    lines = "".join(
        f"""<cac:{name}Line><cbc:ID>{n}</cbc:ID>
        <cbc:{quantity}Quantity unitCode="{line.unit}">{line.quantity}</cbc:{quantity}Quantity>
        {_money("LineExtensionAmount", line.amount, bill)}
        {_line_order(line)}
        <cac:Item><cbc:Name>{line.name}</cbc:Name><cac:SellersItemIdentification>
        <cbc:ID>{line.code}</cbc:ID></cac:SellersItemIdentification></cac:Item>
        <cac:Price>{_money("PriceAmount", line.price, bill)}</cac:Price></cac:{name}Line>"""
        for n, line in enumerate(bill.lines, start=1)
    )
    kind = f"<cbc:{name}TypeCode>{381 if bill.is_credit else 380}</cbc:{name}TypeCode>"
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
    <{name} xmlns="{UBL}{name}-2" xmlns:cac="{UBL}CommonAggregateComponents-2"
      xmlns:cbc="{UBL}CommonBasicComponents-2">
    <cbc:ID>{bill.number}</cbc:ID><cbc:IssueDate>{bill.day}</cbc:IssueDate>{kind}
    <cbc:DocumentCurrencyCode>{bill.currency}</cbc:DocumentCurrencyCode>
    {_ubl_references(bill)}{_ubl_party("Supplier", bill.seller)}{_ubl_party("Customer", bill.buyer)}
    {_ubl_adjustment(bill, bill.allowance, "false")}{_ubl_adjustment(bill, bill.freight, "true")}
    <cac:TaxTotal>{_money("TaxAmount", bill.tax, bill)}<cac:TaxSubtotal>
    {_money("TaxableAmount", bill.net, bill)}{_money("TaxAmount", bill.tax, bill)}
    <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{bill.tax_percent}</cbc:Percent>
    </cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal><cac:LegalMonetaryTotal>
    {_money("LineExtensionAmount", bill.goods, bill)}{_money("TaxExclusiveAmount", bill.net, bill)}
    {_money("TaxInclusiveAmount", bill.gross, bill)}
    {_money("AllowanceTotalAmount", bill.allowance, bill)}
    {_money("ChargeTotalAmount", bill.freight, bill)}{_money("PrepaidAmount", bill.prepaid, bill)}
    {_money("PayableRoundingAmount", bill.rounding, bill)}
    {_money("PayableAmount", bill.payable, bill)}</cac:LegalMonetaryTotal>{lines}</{name}>"""
    return text.encode()


def _money(name: str, amount: Decimal | str, bill: Written) -> str:
    return f'<cbc:{name} currencyID="{bill.currency}">{amount}</cbc:{name}>'


def _line_order(line: WrittenLine) -> str:
    if line.order is None:
        return ""
    return f"""<cac:OrderLineReference><cbc:LineID>1</cbc:LineID><cac:OrderReference>
    <cbc:ID>{line.order}</cbc:ID></cac:OrderReference></cac:OrderLineReference>"""


def _ubl_references(bill: Written) -> str:
    order = f"<cac:OrderReference><cbc:ID>{bill.order}</cbc:ID></cac:OrderReference>"
    corrects = f"""<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>{bill.corrects}
    </cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>"""
    return (order if bill.order else "") + (corrects if bill.corrects else "")


def _ubl_party(role: str, code: str) -> str:
    return f"""<cac:Accounting{role}Party><cac:Party><cac:PartyIdentification><cbc:ID>{code}
    </cbc:ID></cac:PartyIdentification></cac:Party></cac:Accounting{role}Party>"""


def _ubl_adjustment(bill: Written, amount: str, is_charge: str) -> str:
    if not Decimal(amount):
        return ""
    reason = "Freight" if is_charge == "true" else "Discount"
    return f"""<cac:AllowanceCharge><cbc:ChargeIndicator>{is_charge}</cbc:ChargeIndicator>
    <cbc:AllowanceChargeReason>{reason}</cbc:AllowanceChargeReason>
    {_money("Amount", amount, bill)}</cac:AllowanceCharge>"""


def as_cii(bill: Written) -> bytes:
    """As Cross Industry Invoice, as Factur-X has it."""
    lines = "".join(
        f"""<ram:IncludedSupplyChainTradeLineItem>
        <ram:AssociatedDocumentLineDocument><ram:LineID>{n}</ram:LineID>
        </ram:AssociatedDocumentLineDocument><ram:SpecifiedTradeProduct>
        <ram:SellerAssignedID>{line.code}</ram:SellerAssignedID><ram:Name>{line.name}</ram:Name>
        </ram:SpecifiedTradeProduct><ram:SpecifiedLineTradeAgreement>
        <ram:NetPriceProductTradePrice><ram:ChargeAmount>{line.price}</ram:ChargeAmount>
        </ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
        <ram:SpecifiedLineTradeDelivery>
        <ram:BilledQuantity unitCode="{line.unit}">{line.quantity}</ram:BilledQuantity>
        </ram:SpecifiedLineTradeDelivery><ram:SpecifiedLineTradeSettlement>
        <ram:SpecifiedTradeSettlementLineMonetarySummation>
        <ram:LineTotalAmount>{line.amount}</ram:LineTotalAmount>
        </ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
        </ram:IncludedSupplyChainTradeLineItem>"""
        for n, line in enumerate(bill.lines, start=1)
    )
    order = f"""<ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>{bill.order}
    </ram:IssuerAssignedID></ram:BuyerOrderReferencedDocument>"""
    return f"""<rsm:CrossIndustryInvoice xmlns:rsm="{CII}CrossIndustryInvoice:100"
      xmlns:ram="{CII}ReusableAggregateBusinessInformationEntity:100"
      xmlns:udt="{CII}UnqualifiedDataType:100"><rsm:ExchangedDocument>
    <ram:ID>{bill.number}</ram:ID><ram:TypeCode>{381 if bill.is_credit else 380}</ram:TypeCode>
    <ram:IssueDateTime><udt:DateTimeString format="102">{bill.day:%Y%m%d}</udt:DateTimeString>
    </ram:IssueDateTime></rsm:ExchangedDocument><rsm:SupplyChainTradeTransaction>{lines}
    <ram:ApplicableHeaderTradeAgreement>
    <ram:SellerTradeParty><ram:ID>{bill.seller}</ram:ID></ram:SellerTradeParty>
    <ram:BuyerTradeParty><ram:ID>{bill.buyer}</ram:ID></ram:BuyerTradeParty>
    {order if bill.order else ""}</ram:ApplicableHeaderTradeAgreement>
    <ram:ApplicableHeaderTradeSettlement>
    <ram:InvoiceCurrencyCode>{bill.currency}</ram:InvoiceCurrencyCode>
    <ram:ApplicableTradeTax><ram:CalculatedAmount>{bill.tax}</ram:CalculatedAmount>
    <ram:BasisAmount>{bill.net}</ram:BasisAmount>
    <ram:RateApplicablePercent>{bill.tax_percent}</ram:RateApplicablePercent>
    </ram:ApplicableTradeTax>{_cii_adjustment(bill.allowance, "false")}
    {_cii_adjustment(bill.freight, "true")}
    <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    <ram:LineTotalAmount>{bill.goods}</ram:LineTotalAmount>
    <ram:ChargeTotalAmount>{bill.freight}</ram:ChargeTotalAmount>
    <ram:AllowanceTotalAmount>{bill.allowance}</ram:AllowanceTotalAmount>
    <ram:TaxBasisTotalAmount>{bill.net}</ram:TaxBasisTotalAmount>
    <ram:TaxTotalAmount currencyID="{bill.currency}">{bill.tax}</ram:TaxTotalAmount>
    <ram:RoundingAmount>{bill.rounding}</ram:RoundingAmount>
    <ram:GrandTotalAmount>{bill.gross}</ram:GrandTotalAmount>
    <ram:TotalPrepaidAmount>{bill.prepaid}</ram:TotalPrepaidAmount>
    <ram:DuePayableAmount>{bill.payable}</ram:DuePayableAmount>
    </ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
    </rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>""".encode()


def _cii_adjustment(amount: str, is_charge: str) -> str:
    if not Decimal(amount):
        return ""
    return f"""<ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator>
    <udt:Indicator>{is_charge}</udt:Indicator></ram:ChargeIndicator>
    <ram:ActualAmount>{amount}</ram:ActualAmount><ram:Reason>{"Freight"}</ram:Reason>
    </ram:SpecifiedTradeAllowanceCharge>"""


def as_810(*bills: Written, count: int | None = None) -> bytes:
    """As one X12 interchange; `count` is what GE01 states where it is to be wrong."""
    seller = bills[0].seller
    isa = f"ISA*00*          *00*          *ZZ*{seller:<15}*ZZ*{'BUYER':<15}*260302*0930*U*00401*"
    parts = [f"{isa}000000001*0*P*>", f"GS*IN*{seller}*BUYER*20260302*0930*1*X*004010"]
    for n, bill in enumerate(bills, start=1):
        own = list(_x12_set(bill))
        parts += [f"ST*810*{n:04d}", *own, f"SE*{len(own) + 2}*{n:04d}"]
    parts += [f"GE*{len(bills) if count is None else count}*1", "IEA*1*000000001"]
    return ("~".join(parts) + "~").encode()


def _x12_set(bill: Written) -> list[str]:
    kind = "CR" if bill.is_credit else "DI"
    parts = [
        f"BIG*{bill.day:%Y%m%d}*{bill.number}**{bill.order or ''}***{kind}",
        f"CUR*SE*{bill.currency}",
    ]
    parts += [f"REF*OI*{bill.corrects}"] if bill.corrects else []
    parts += [f"N1*BT**92*{bill.buyer}"]
    for n, line in enumerate(bill.lines, start=1):
        parts.append(f"IT1*{n}*{line.quantity}*EA*{line.price}**VN*{line.code}")
        parts += [f"REF*PO*{line.order}"] if line.order else []
    parts.append(f"TDS*{_cents(bill.gross)}")
    parts += [f"TXI*ZZ*{bill.tax}*{bill.tax_percent}"] if bill.tax else []
    parts += [f"SAC*A*F800***{_cents(bill.allowance)}"] if Decimal(bill.allowance) else []
    parts += [f"SAC*C*D240***{_cents(bill.freight)}"] if Decimal(bill.freight) else []
    return [*parts, f"CTT*{len(bill.lines)}"]


def _cents(amount: Decimal | str) -> int:
    return int(Decimal(amount) * 100)


def as_invoic(*bills: Written, count: int | None = None) -> bytes:
    """As one EDIFACT interchange; `count` is what UNZ states where it is to be wrong."""
    parts = [f"UNB+UNOC:3+{bills[0].seller}:14+BUYER:14+260302:0930+77"]
    for n, bill in enumerate(bills, start=1):
        own = list(_edifact_message(bill))
        parts += [f"UNH+{n}+INVOIC:D:96A:UN:EAN008", *own, f"UNT+{len(own) + 2}+{n}"]
    parts.append(f"UNZ+{len(bills) if count is None else count}+77")
    return "".join(f"{part}'" for part in parts).encode()


def _edifact_message(bill: Written) -> list[str]:
    parts = [
        f"BGM+{381 if bill.is_credit else 380}+{bill.number}+9",
        f"DTM+137:{bill.day:%Y%m%d}:102",
    ]
    parts += [f"RFF+ON:{bill.order}"] if bill.order else []
    parts += [f"RFF+IV:{bill.corrects}"] if bill.corrects else []
    parts += [f"NAD+BY+{bill.buyer}::9", f"NAD+SU+{bill.seller}::9", f"CUX+2:{bill.currency}:4"]
    if Decimal(bill.allowance):
        parts += ["ALC+A++++DI", f"MOA+204:{bill.allowance}"]
    if Decimal(bill.freight):
        parts += ["ALC+C++++FC", f"MOA+23:{bill.freight}"]
    for n, line in enumerate(bill.lines, start=1):
        parts += [f"LIN+{n}", f"PIA+1+{line.code}:SA", f"QTY+47:{line.quantity}:PCE"]
        parts += [f"MOA+203:{line.amount}", f"PRI+AAA:{line.price}"]
        parts += [f"RFF+ON:{line.order}"] if line.order else []
    parts += ["UNS+S", f"CNT+2:{len(bill.lines)}", f"MOA+79:{bill.goods}"]
    parts += [f"MOA+125:{bill.net}", f"MOA+176:{bill.tax}", f"MOA+77:{bill.gross}"]
    return [*parts, f"TAX+7+VAT+++:::{bill.tax_percent}+S", f"MOA+124:{bill.tax}"]

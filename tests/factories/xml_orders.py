"""Orders in XML, and changes of them, as customers' systems send them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_UBL_SPACES = (
    f'xmlns:cac="{UBL}CommonAggregateComponents-2" xmlns:cbc="{UBL}CommonBasicComponents-2"'
)
_CII = "urn:un:unece:uncefact:data:"
_CII_SPACES = (
    f'xmlns:rsm="{_CII}SCRDMCCBDACIOMessageStructure:100" '
    f'xmlns:ram="{_CII}standard:ReusableAggregateBusinessInformationEntity:128" '
    f'xmlns:udt="{_CII}standard:UnqualifiedDataType:128"'
)


@dataclass(frozen=True, slots=True)
class XmlLine:
    """A line; `status` is what is to be done with it, in the words of the format."""

    sku: str
    quantity: str = "2"
    price: str = "10.00"
    number: str = "1"
    unit: str = "EA"
    basis: str = "1"
    amount: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class XmlOrder:
    """An order of a buyer, or a document about it; `about` is the order that it changes."""

    number: str = "PO-1"
    lines: Sequence[XmlLine] = (XmlLine("A-1"),)
    buyer: str = "7300010000001"
    currency: str = "EUR"
    issued: str = "2026-03-01"
    time: str = "09:00:00"
    wanted: str | None = None
    city: str = "Bremen"
    about: str | None = None
    more: str = field(default="")

    def as_ubl(self, root: str = "Order") -> str:
        """As a UBL Order, OrderChange or OrderCancellation."""
        sequence = "<cbc:SequenceNumberID>1</cbc:SequenceNumberID>" if root == "OrderChange" else ""
        reference = (
            f"<cac:OrderReference><cbc:ID>{self.about}</cbc:ID></cac:OrderReference>"
            if self.about
            else ""
        )
        rest = "" if root == "OrderCancellation" else self._ubl_body()
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{UBL}{root}-2" {_UBL_SPACES}>'
            f"<cbc:ID>{self.number}</cbc:ID><cbc:IssueDate>{self.issued}</cbc:IssueDate>"
            f"<cbc:IssueTime>{self.time}</cbc:IssueTime>{sequence}"
            f"<cbc:DocumentCurrencyCode>{self.currency}</cbc:DocumentCurrencyCode>{reference}"
            f"<cac:BuyerCustomerParty><cac:Party>"
            f'<cbc:EndpointID schemeID="0088">{self.buyer}</cbc:EndpointID>'
            "<cac:PartyName><cbc:Name>Buyer Ltd</cbc:Name></cac:PartyName></cac:Party>"
            f"</cac:BuyerCustomerParty>{rest}</{root}>"
        )

    def _ubl_body(self) -> str:
        period = (
            "<cac:RequestedDeliveryPeriod><cbc:StartDate>2026-03-02</cbc:StartDate>"
            f"<cbc:EndDate>{self.wanted}</cbc:EndDate></cac:RequestedDeliveryPeriod>"
            if self.wanted
            else ""
        )
        return (
            "<cac:Delivery><cac:DeliveryLocation><cac:Address>"
            f"<cbc:StreetName>Kai</cbc:StreetName><cbc:BuildingNumber>1</cbc:BuildingNumber>"
            f"<cbc:CityName>{self.city}</cbc:CityName><cbc:PostalZone>28195</cbc:PostalZone>"
            "<cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country>"
            f"</cac:Address></cac:DeliveryLocation>{period}</cac:Delivery>{self.more}"
            + "".join(self._ubl_line(line) for line in self.lines)
        )

    def _ubl_line(self, line: XmlLine) -> str:
        status = f"<cbc:LineStatusCode>{line.status}</cbc:LineStatusCode>" if line.status else ""
        amount = (
            f'<cbc:LineExtensionAmount currencyID="{self.currency}">{line.amount}'
            "</cbc:LineExtensionAmount>"
            if line.amount
            else ""
        )
        return (
            f"<cac:OrderLine><cac:LineItem><cbc:ID>{line.number}</cbc:ID>{status}"
            f'<cbc:Quantity unitCode="{line.unit}">{line.quantity}</cbc:Quantity>{amount}'
            f'<cac:Price><cbc:PriceAmount currencyID="{self.currency}">{line.price}'
            f'</cbc:PriceAmount><cbc:BaseQuantity unitCode="{line.unit}">{line.basis}'
            "</cbc:BaseQuantity></cac:Price><cac:Item><cbc:Name>Thing</cbc:Name>"
            f"<cac:SellersItemIdentification><cbc:ID>{line.sku}</cbc:ID>"
            "</cac:SellersItemIdentification></cac:Item></cac:LineItem></cac:OrderLine>"
        )

    def as_orderx(self, *, kind: str = "220", purpose: str = "9") -> str:
        """As an ORDER-X order or change."""
        about = (
            "<ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>"
            f"{self.about}</ram:IssuerAssignedID></ram:BuyerOrderReferencedDocument>"
            if self.about
            else ""
        )
        day = self.issued.replace("-", "")
        time = self.time.replace(":", "")[:4]
        return (
            f"<rsm:SCRDMCCBDACIOMessageStructure {_CII_SPACES}><rsm:ExchangedDocument>"
            f"<ram:ID>{self.number}</ram:ID><ram:TypeCode>{kind}</ram:TypeCode>"
            f'<ram:IssueDateTime><udt:DateTimeString format="203">{day}{time}'
            f"</udt:DateTimeString></ram:IssueDateTime><ram:PurposeCode>{purpose}"
            "</ram:PurposeCode></rsm:ExchangedDocument><rsm:SupplyChainTradeTransaction>"
            + "".join(_orderx_line(line) for line in self.lines)
            + "<ram:ApplicableHeaderTradeAgreement><ram:BuyerTradeParty>"
            f'<ram:GlobalID schemeID="0088">{self.buyer}</ram:GlobalID>'
            f"<ram:Name>Buyer Ltd</ram:Name></ram:BuyerTradeParty>{about}"
            "</ram:ApplicableHeaderTradeAgreement><ram:ApplicableHeaderTradeDelivery>"
            "<ram:ShipToTradeParty><ram:Name>Buyer Ltd</ram:Name><ram:PostalTradeAddress>"
            f"<ram:LineOne>Kai 1</ram:LineOne><ram:CityName>{self.city}</ram:CityName>"
            "<ram:CountryID>DE</ram:CountryID></ram:PostalTradeAddress></ram:ShipToTradeParty>"
            "</ram:ApplicableHeaderTradeDelivery><ram:ApplicableHeaderTradeSettlement>"
            f"<ram:OrderCurrencyCode>{self.currency}</ram:OrderCurrencyCode>{self.more}"
            "</ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction>"
            "</rsm:SCRDMCCBDACIOMessageStructure>"
        )

    def as_cxml(self, *, kind: str = "new", attributes: str = "", mode: str = "production") -> str:
        """As a cXML OrderRequest."""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.014/cXML.dtd">'
            f'<cXML payloadID="{self.number}.{kind}@buyer" timestamp="{self.issued}T{self.time}Z">'
            f'<Header><From><Credential domain="NetworkId"><Identity>{self.buyer}</Identity>'
            '</Credential></From><To><Credential domain="NetworkId"><Identity>US</Identity>'
            f'</Credential></To></Header><Request deploymentMode="{mode}"><OrderRequest>'
            f'<OrderRequestHeader orderID="{self.about or self.number}" type="{kind}" '
            f'orderDate="{self.issued}T{self.time}Z" {attributes}>{self.more}<ShipTo><Address>'
            "<Name>Buyer Ltd</Name><PostalAddress><Street>Kai 1</Street>"
            f'<City>{self.city}</City><Country isoCountryCode="DE">Germany</Country>'
            "</PostalAddress></Address></ShipTo></OrderRequestHeader>"
            + "".join(self._cxml_line(line) for line in self.lines)
            + "</OrderRequest></Request></cXML>"
        )

    def _cxml_line(self, line: XmlLine) -> str:
        basis = f'<PriceBasisQuantity quantity="{line.basis}" conversionFactor="1"/>'
        return (
            f'<ItemOut quantity="{line.quantity}" lineNumber="{line.number}"><ItemID>'
            f"<SupplierPartID>{line.sku}</SupplierPartID></ItemID><ItemDetail><UnitPrice>"
            f'<Money currency="{self.currency}">{line.price}</Money></UnitPrice>'
            f"<Description>Thing</Description><UnitOfMeasure>{line.unit}</UnitOfMeasure>"
            f"{basis if line.basis != '1' else ''}</ItemDetail></ItemOut>"
        )


def _orderx_line(line: XmlLine) -> str:
    status = f"<ram:LineStatusCode>{line.status}</ram:LineStatusCode>" if line.status else ""
    return (
        "<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument>"
        f"<ram:LineID>{line.number}</ram:LineID>{status}</ram:AssociatedDocumentLineDocument>"
        f"<ram:SpecifiedTradeProduct><ram:SellerAssignedID>{line.sku}</ram:SellerAssignedID>"
        "<ram:Name>Thing</ram:Name></ram:SpecifiedTradeProduct><ram:SpecifiedLineTradeAgreement>"
        f"<ram:NetPriceProductTradePrice><ram:ChargeAmount>{line.price}</ram:ChargeAmount>"
        f'<ram:BasisQuantity unitCode="{line.unit}">{line.basis}</ram:BasisQuantity>'
        "</ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>"
        f'<ram:SpecifiedLineTradeDelivery><ram:RequestedQuantity unitCode="{line.unit}">'
        f"{line.quantity}</ram:RequestedQuantity></ram:SpecifiedLineTradeDelivery>"
        "</ram:IncludedSupplyChainTradeLineItem>"
    )

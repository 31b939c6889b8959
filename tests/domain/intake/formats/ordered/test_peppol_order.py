"""An order as Peppol BIS Order 3 asks for it, read to the last of its facts."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from domain.intake.document import Address, ItemCode, PartyCode
from domain.intake.formats.registry import read

ORDER = """<Order
xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"><cbc:CustomizationID>
urn:fdc:peppol.eu:poacc:trns:order:3</cbc:CustomizationID><cbc:ProfileID>
urn:fdc:peppol.eu:poacc:bis:ordering:3</cbc:ProfileID><cbc:ID>34</cbc:ID><cbc:IssueDate>
2026-07-01</cbc:IssueDate><cbc:IssueTime>06:10:10+01:00</cbc:IssueTime><cbc:OrderTypeCode>220
</cbc:OrderTypeCode><cbc:Note>N</cbc:Note><cbc:DocumentCurrencyCode>EUR
</cbc:DocumentCurrencyCode><cbc:CustomerReference>A-REF</cbc:CustomerReference>
<cac:ValidityPeriod><cbc:EndDate>2026-08-01</cbc:EndDate></cac:ValidityPeriod>
<cac:BuyerCustomerParty><cac:Party><cbc:EndpointID schemeID="0192">987654325</cbc:EndpointID>
<cac:PartyIdentification><cbc:ID schemeID="0088">7300070011115</cbc:ID>
</cac:PartyIdentification><cac:PartyName><cbc:Name>B</cbc:Name></cac:PartyName>
<cac:PostalAddress><cbc:StreetName>S</cbc:StreetName><cbc:CityName>C</cbc:CityName>
<cac:Country><cbc:IdentificationCode>NO</cbc:IdentificationCode></cac:Country>
</cac:PostalAddress><cac:PartyLegalEntity><cbc:RegistrationName>B AS</cbc:RegistrationName>
</cac:PartyLegalEntity></cac:Party></cac:BuyerCustomerParty><cac:SellerSupplierParty>
<cac:Party><cbc:EndpointID schemeID="0192">123456785</cbc:EndpointID></cac:Party>
</cac:SellerSupplierParty><cac:Delivery><cac:DeliveryLocation><cbc:ID schemeID="0088">
7300070011122</cbc:ID><cac:Address><cbc:CityName>D</cbc:CityName><cac:AddressLine><cbc:Line>
Gate 4</cbc:Line></cac:AddressLine><cac:Country><cbc:IdentificationCode>NO
</cbc:IdentificationCode></cac:Country></cac:Address></cac:DeliveryLocation>
<cac:RequestedDeliveryPeriod><cbc:StartDate>2026-07-15</cbc:StartDate><cbc:EndDate>2026-07-16
</cbc:EndDate></cac:RequestedDeliveryPeriod><cac:DeliveryParty><cac:PartyIdentification>
<cbc:ID schemeID="0088">7300070011139</cbc:ID></cac:PartyIdentification><cac:PartyName>
<cbc:Name>Site</cbc:Name></cac:PartyName></cac:DeliveryParty></cac:Delivery>
<cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator>
<cbc:AllowanceChargeReasonCode>FC</cbc:AllowanceChargeReasonCode><cbc:MultiplierFactorNumeric>
10</cbc:MultiplierFactorNumeric><cbc:Amount currencyID="EUR">100</cbc:Amount>
<cbc:BaseAmount currencyID="EUR">1000</cbc:BaseAmount></cac:AllowanceCharge><cac:TaxTotal>
<cbc:TaxAmount currencyID="EUR">275</cbc:TaxAmount></cac:TaxTotal>
<cac:AnticipatedMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">1000
</cbc:LineExtensionAmount><cbc:TaxExclusiveAmount currencyID="EUR">1100
</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="EUR">1375
</cbc:TaxInclusiveAmount><cbc:ChargeTotalAmount currencyID="EUR">100</cbc:ChargeTotalAmount>
<cbc:PayableAmount currencyID="EUR">1375</cbc:PayableAmount></cac:AnticipatedMonetaryTotal>
<cac:OrderLine><cac:LineItem><cbc:ID>1</cbc:ID>
<cbc:Quantity unitCode="XBX" unitCodeListID="UNECERec20">10</cbc:Quantity>
<cbc:LineExtensionAmount currencyID="EUR">1000</cbc:LineExtensionAmount>
<cbc:PartialDeliveryIndicator>false</cbc:PartialDeliveryIndicator><cac:Price>
<cbc:PriceAmount currencyID="EUR">100</cbc:PriceAmount><cac:AllowanceCharge>
<cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:Amount currencyID="EUR">20</cbc:Amount>
<cbc:BaseAmount currencyID="EUR">120</cbc:BaseAmount></cac:AllowanceCharge></cac:Price>
<cac:Item><cbc:Description>D</cbc:Description><cbc:Name>Pen</cbc:Name>
<cac:StandardItemIdentification><cbc:ID schemeID="0160">05704066204093</cbc:ID>
</cac:StandardItemIdentification><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>25
</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory>
</cac:Item></cac:LineItem></cac:OrderLine></Order>"""


def test_a_peppol_order_is_read_whole() -> None:
    reading = read(ORDER.encode())
    assert (reading.format, reading.kind, reading.all_problems) == ("ubl.order", "order", ())
    (order,) = reading.orders
    zone = timezone(timedelta(hours=1))
    assert order.ordered_at == datetime(2026, 7, 1, 6, 10, 10, tzinfo=zone)
    assert (order.external_number, order.external_id) == ("34", "987654325/34")
    assert (order.currency, order.buyer_reference, order.source_status) == ("EUR", "A-REF", "220")
    assert (order.sender, order.receiver) == ("0192:987654325", "0192:123456785")
    assert order.requested_delivery_on == date(2026, 7, 16)
    assert order.ship_to == Address(name="Site", line1="Gate 4", city="D", country="NO")
    assert order.bill_to == Address(name="B", line1="S", city="C", country="NO")
    assert order.parties == (
        PartyCode("buyer", "7300070011115", "0088", "B"),
        PartyCode("buyer", "987654325", "0192", "B"),
        PartyCode("buyer", "B", "name", "B"),
        PartyCode("seller", "123456785", "0192", None),
        PartyCode("ship_to", "7300070011122", "0088", None),
        PartyCode("ship_to", "7300070011139", "0088", None),
    )
    totals = order.totals
    assert (totals.subtotal, totals.shipping, totals.tax) == (1000, 100, 275)
    assert (totals.total, totals.discount, order.total_is_net) == (1375, None, False)
    assert ("Charge", "100 FC") in order.notes


def test_a_line_of_it_has_the_net_price_and_its_standard_code() -> None:
    (order,) = read(ORDER.encode()).orders
    (line,) = order.lines
    assert line.codes == (ItemCode("gtin", "05704066204093", "0160"),)
    assert (line.external_code, line.description) == ("05704066204093", "Pen")
    assert (line.quantity, line.unit) == (10, "XBX")
    assert (line.unit_price, line.amount) == (Decimal(100), Decimal(1000))

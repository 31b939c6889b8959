"""What each syntax of XML orders says, and what is wrong with it, in one table for all."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from domain.intake.document import ParsedOrder, Reading
from domain.intake.formats.registry import read
from tests.factories.xml_orders import UBL, XmlLine, XmlOrder

Writer = Callable[[XmlOrder], str]


def as_ubl(order: XmlOrder) -> str:
    return order.as_ubl()


def as_orderx(order: XmlOrder) -> str:
    return order.as_orderx()


def as_cxml(order: XmlOrder) -> str:
    return order.as_cxml()


ALL = pytest.mark.parametrize("write", [as_ubl, as_orderx, as_cxml])


def _read(text: str) -> Reading:
    return read(text.encode())


def _order(text: str) -> ParsedOrder:
    (order,) = _read(text).orders
    return order


def _codes(text: str) -> list[tuple[str, str]]:
    return [(problem.code, problem.severity) for problem in _read(text).all_problems]


@ALL
def test_an_order_says_the_same_in_every_syntax(write: Writer) -> None:
    reading = _read(write(XmlOrder(lines=[XmlLine("A-1", "3", unit="CS")])))
    assert (reading.kind, reading.all_problems) == ("order", ())
    (order,) = reading.orders
    assert (order.external_number, order.external_id) == ("PO-1", "7300010000001/PO-1")
    assert (order.currency, order.purpose, order.cancelled) == ("EUR", "original", False)
    assert isinstance(order.ordered_at, datetime)
    assert order.ordered_at.replace(tzinfo=UTC) == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert order.parties[0].role == "buyer"
    assert order.parties[0].code == "7300010000001"
    assert order.ship_to is not None
    assert (order.ship_to.line1, order.ship_to.city) == ("Kai 1", "Bremen")
    assert order.ship_to.country == "DE"
    (line,) = order.lines
    assert (line.external_code, line.quantity, line.unit) == ("A-1", 3, "CS")
    assert (line.unit_price, line.line_reference) == (Decimal("10.00"), "1")


@ALL
@pytest.mark.parametrize("unit", ["EA", "C62", "PCE", "CS", "BX", "PF"])
def test_units_are_kept_as_they_are_written(write: Writer, unit: str) -> None:
    (line,) = _order(write(XmlOrder(lines=[XmlLine("A-1", unit=unit)]))).lines
    assert line.unit == unit


@ALL
@pytest.mark.parametrize(
    ("price", "basis", "quantity", "expected", "amount"),
    [
        ("10.00", "1", "2", "10.00", None),
        ("25.00", "10", "20", "2.50", None),
        ("1.00", "1000", "500", "0.001", None),
        ("10.00", "3", "6", None, "20"),
        ("10.00", "3", "1", None, "3.33333333"),
    ],
)
def test_a_price_may_be_for_several(
    write: Writer, price: str, basis: str, quantity: str, expected: str | None, amount: str | None
) -> None:
    line = XmlLine("A-1", quantity, price=price, basis=basis)
    (found,) = _order(write(XmlOrder(lines=[line]))).lines
    assert found.unit_price == (None if expected is None else Decimal(expected))
    assert found.amount == (None if amount is None else Decimal(amount))


@ALL
@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([XmlLine("A-1", "two")], "number_invalid"),
        ([XmlLine("A-1", "1e3")], "number_invalid"),
        ([XmlLine("A-1", "-1")], "quantity_negative"),
        ([XmlLine("A-1", "")], "quantity_missing"),
        ([XmlLine("A-1", price="free")], "number_invalid"),
        ([XmlLine("A-1", basis="0")], "price_basis_invalid"),
        ([], "lines_missing"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_remedy(
    write: Writer, lines: list[XmlLine], code: str
) -> None:
    reading = _read(write(XmlOrder(lines=lines)))
    assert reading.kind == "faulty"
    problem = reading.all_problems[0]
    assert (problem.code, problem.severity) == (code, "error")
    assert problem.path.count("/") >= (0 if code == "lines_missing" else 1)
    assert problem.message
    assert problem.remedy


@ALL
def test_an_order_without_a_number_is_faulty(write: Writer) -> None:
    assert ("order_number_missing", "error") in _codes(write(XmlOrder(number="")))


@ALL
def test_a_day_that_is_none_is_faulty(write: Writer) -> None:
    assert ("date_invalid", "error") in _codes(write(XmlOrder(issued="2026-02-30")))


@pytest.mark.parametrize("write", [as_ubl, as_cxml])
def test_two_currencies_in_one_order_are_faulty(write: Writer) -> None:
    text = write(XmlOrder(lines=[XmlLine("A-1"), XmlLine("A-2", number="2")]))
    last = text.rindex("EUR")
    mixed = f"{text[:last]}USD{text[last + 3 :]}"
    assert ("currencies_differ", "error") in _codes(mixed)


@ALL
def test_a_part_of_a_document_is_told_where_it_ends(write: Writer) -> None:
    reading = _read(write(XmlOrder())[:-20])
    assert reading.kind == "faulty"
    (problem,) = reading.all_problems
    assert problem.code == "xml_malformed"
    assert problem.path.startswith("line 1, column ")


@ALL
def test_entities_are_refused_and_nothing_is_fetched(write: Writer) -> None:
    text = write(XmlOrder())
    start = text.index("<", text.rindex("?>") + 2 if "?>" in text else 0)
    body = text[start:]
    body = body[body.index(">") + 1 :] if body.startswith("<!DOCTYPE") else body
    hostile = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + body
    reading = _read(hostile)
    assert [problem.code for problem in reading.all_problems] == ["entities_declared"]
    assert reading.orders == ()


def test_a_price_of_another_unit_needs_what_the_line_comes_to() -> None:
    text = XmlOrder(lines=[XmlLine("A-1", "2", unit="CS")]).as_ubl()
    other = text.replace('<cbc:BaseQuantity unitCode="CS">', '<cbc:BaseQuantity unitCode="EA">')
    assert _codes(other) == [("price_unit_differs", "error")]
    stated = XmlOrder(lines=[XmlLine("A-1", "2", unit="CS", amount="240.00")]).as_ubl()
    told = stated.replace('<cbc:BaseQuantity unitCode="CS">', '<cbc:BaseQuantity unitCode="EA">')
    (line,) = _order(told).lines
    assert (line.unit_price, line.amount) == (None, 240)


def test_spellings_of_one_unit_are_one_unit() -> None:
    text = XmlOrder(lines=[XmlLine("A-1", "2", unit="C62")]).as_ubl()
    text = text.replace('<cbc:BaseQuantity unitCode="C62">', '<cbc:BaseQuantity unitCode="EA">')
    assert _codes(text) == []
    assert _order(text).lines[0].unit_price == 10


def _allowance(amount: str, *, is_charge: bool) -> str:
    return (
        f"<cac:AllowanceCharge><cbc:ChargeIndicator>{str(is_charge).lower()}"
        f'</cbc:ChargeIndicator><cbc:Amount currencyID="EUR">{amount}</cbc:Amount>'
        "</cac:AllowanceCharge>"
    )


def _sums(**amounts: str) -> str:
    inner = "".join(f'<cbc:{n} currencyID="EUR">{v}</cbc:{n}>' for n, v in amounts.items())
    return f"<cac:AnticipatedMonetaryTotal>{inner}</cac:AnticipatedMonetaryTotal>"


TAX = '<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">3.80</cbc:TaxAmount></cac:TaxTotal>'


@pytest.mark.parametrize(
    ("more", "totals", "is_net", "codes"),
    [
        ("", (None, None, None, None), False, []),
        (_sums(PayableAmount="20.00"), (None, None, None, "20.00"), False, []),
        (TAX + _sums(PayableAmount="23.80"), (None, "3.80", None, "23.80"), False, []),
        (TAX + _sums(PayableAmount="20.00"), (None, "3.80", None, "20.00"), True, []),
        (
            TAX + _sums(TaxInclusiveAmount="23.80", PrepaidAmount="3.80", PayableAmount="20.00"),
            (None, "3.80", None, "23.80"),
            False,
            [],
        ),
        (
            _sums(PrepaidAmount="5.00", PayableRoundingAmount="0.01", PayableAmount="15.01"),
            (None, None, None, "20.00"),
            False,
            [],
        ),
        (
            _allowance("2.00", is_charge=False)
            + _allowance("5.00", is_charge=True)
            + _sums(PayableAmount="23.00"),
            ("2.00", None, "5.00", "23.00"),
            False,
            [],
        ),
        (_sums(PayableAmount="19.00"), (None, None, None, "19.00"), False, ["totals_differ"]),
        (_sums(LineExtensionAmount="21.00"), (None, None, None, None), False, ["totals_differ"]),
    ],
)
def test_totals_are_told_as_stated_and_compared_with_the_lines(
    more: str, totals: tuple[str | None, ...], is_net: bool, codes: list[str]
) -> None:
    order = _order(XmlOrder(more=more).as_ubl())
    told = order.totals
    expected = tuple(None if each is None else Decimal(each) for each in totals)
    assert (told.discount, told.tax, told.shipping, told.total) == expected
    assert order.total_is_net == is_net
    assert [problem.code for problem in order.problems] == codes


def test_a_line_amount_is_with_its_own_allowances() -> None:
    text = XmlOrder(lines=[XmlLine("A-1", amount="18.00")]).as_ubl()
    text = text.replace("<cac:Price>", f"{_allowance('2.00', is_charge=False)}<cac:Price>")
    reading = _read(text)
    assert reading.all_problems == ()
    (line,) = reading.orders[0].lines
    assert (line.unit_price, line.amount) == (10, 18)
    assert ("Allowance", "2.00") in line.notes


def test_a_gross_price_alone_is_less_what_is_taken_off_it() -> None:
    text = XmlOrder().as_orderx().replace("NetPrice", "GrossPrice")
    taken = (
        "<ram:AppliedTradeAllowanceCharge><ram:ChargeIndicator><udt:Indicator>false"
        "</udt:Indicator></ram:ChargeIndicator><ram:ActualAmount>1.50</ram:ActualAmount>"
        "</ram:AppliedTradeAllowanceCharge>"
    )
    text = text.replace("</ram:GrossPrice", f"{taken}</ram:GrossPrice")
    assert _order(text).lines[0].unit_price == Decimal("8.50")


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ('format="102">20260301', date(2026, 3, 1)),
        ('format="203">202603010915', datetime(2026, 3, 1, 9, 15)),  # noqa: DTZ001
        ('format="204">20260301091530', datetime(2026, 3, 1, 9, 15, 30)),  # noqa: DTZ001
        ('format="205">202603010915+0100', datetime(2026, 3, 1, 8, 15, tzinfo=UTC)),
        (">2026-03-01T09:15:00Z", datetime(2026, 3, 1, 9, 15, tzinfo=UTC)),
    ],
)
def test_moments_of_orderx(told: str, moment: date) -> None:
    text = XmlOrder().as_orderx().replace('format="203">202603010900', told, 1)
    assert _order(text.replace("String >", "String>")).ordered_at == moment


@pytest.mark.parametrize("kind", ["221", "223", "232"])
def test_what_orders_nothing_to_be_sent_is_faulty(kind: str) -> None:
    typed = f"<cbc:OrderTypeCode>{kind}</cbc:OrderTypeCode>"
    text = XmlOrder().as_ubl().replace("<cbc:IssueDate>", f"{typed}<cbc:IssueDate>")
    assert _codes(text) == [("order_kind_not_read", "error")]
    assert _codes(XmlOrder().as_orderx(kind=kind)) == [("order_kind_not_read", "error")]


def test_a_blanket_order_of_cxml_is_faulty() -> None:
    text = XmlOrder().as_cxml(attributes='orderType="blanket"')
    assert _codes(text) == [("order_kind_not_read", "error")]


def test_an_answer_to_an_order_is_no_order() -> None:
    reading = _read(XmlOrder().as_orderx(kind="231"))
    assert (reading.format, reading.kind) == ("orderx.response", "not_an_order")


@pytest.mark.parametrize(
    ("status", "action"),
    [
        ("Added", "add"),
        ("Revised", "change"),
        ("Cancelled", "remove"),
        ("NoStatus", "keep"),
        ("1", "add"),
        ("2", "remove"),
        ("3", "change"),
        (None, None),
    ],
)
def test_a_change_says_what_is_to_be_done_with_a_line(
    status: str | None, action: str | None
) -> None:
    change = XmlOrder("C-1", [XmlLine("A-1", status=status)], about="PO-1")
    order = _order(change.as_ubl("OrderChange"))
    assert (order.external_number, order.external_id) == ("PO-1", "7300010000001/PO-1")
    assert (order.purpose, order.lines[0].action) == ("change", action)
    assert order.sent_at == "2026-03-01T09:00:00.000000Z"
    assert order.change is not None
    assert (order.change.number, order.change.replaces_lines) == ("C-1", False)


def test_a_status_of_a_line_that_is_not_known_is_faulty() -> None:
    change = XmlOrder("C-1", [XmlLine("A-1", status="Whatever")], about="PO-1")
    assert _codes(change.as_ubl("OrderChange")) == [("line_status_unknown", "error")]


@pytest.mark.parametrize("root", ["OrderChange", "OrderCancellation"])
def test_what_does_not_say_which_order_it_is_about_is_faulty(root: str) -> None:
    codes = _codes(XmlOrder("C-1").as_ubl(root))
    assert codes == [("order_reference_missing", "error")]


def test_one_cancellation_may_take_back_several_orders() -> None:
    text = XmlOrder("X-1", about="PO-1").as_ubl("OrderCancellation")
    second = "<cac:OrderReference><cbc:ID>PO-2</cbc:ID></cac:OrderReference>"
    reading = _read(text.replace("<cac:BuyerCustomerParty>", f"{second}<cac:BuyerCustomerParty>"))
    assert (reading.format, reading.kind) == ("ubl.ordercancellation", "order")
    assert [order.external_number for order in reading.orders] == ["PO-1", "PO-2"]
    assert [(order.purpose, order.cancelled) for order in reading.orders] == [("cancel", True)] * 2


@pytest.mark.parametrize(
    ("kind", "purpose", "expected", "replaces"),
    [
        ("220", "9", "original", None),
        ("220", "7", "original", None),
        ("230", "4", "change", False),
        ("230", "9", "change", False),
        ("220", "5", "change", True),
        ("230", "1", "cancel", False),
        ("220", "1", "cancel", False),
    ],
)
def test_what_an_orderx_document_is_for(
    kind: str, purpose: str, expected: str, replaces: bool | None
) -> None:
    order = _order(XmlOrder("C-1", about="PO-1").as_orderx(kind=kind, purpose=purpose))
    assert (order.purpose, order.cancelled) == (expected, expected == "cancel")
    assert order.external_number == ("C-1" if expected == "original" else "PO-1")
    assert (None if order.change is None else order.change.replaces_lines) == replaces


@pytest.mark.parametrize(
    ("kind", "expected"), [("new", "original"), ("update", "change"), ("delete", "cancel")]
)
def test_what_a_cxml_order_is_for(kind: str, expected: str) -> None:
    order = _order(XmlOrder().as_cxml(kind=kind, attributes='orderVersion="2"'))
    assert (order.purpose, order.external_id) == (expected, "7300010000001/PO-1")
    assert order.source_version == "0000000002"
    if expected == "change":
        assert order.change is not None
        assert (order.change.replaces_lines, order.change.sequence) == (True, 2)


def test_a_type_of_cxml_that_is_not_known_is_faulty() -> None:
    assert _codes(XmlOrder().as_cxml(kind="other")) == [("purpose_unknown", "error")]


def test_freight_and_tax_of_cxml_stand_beside_its_total() -> None:
    more = (
        '<Total><Money currency="EUR">20.00</Money></Total>'
        '<Shipping><Money currency="EUR">5.00</Money><Description>Van</Description></Shipping>'
        '<Tax><Money currency="EUR">3.80</Money><Description>VAT</Description></Tax>'
    )
    reading = _read(XmlOrder(more=more).as_cxml())
    assert reading.all_problems == ()
    (order,) = reading.orders
    assert (order.totals.shipping, order.totals.tax) == (5, Decimal("3.80"))
    assert (order.totals.total, order.total_is_net) == (20, True)


def test_items_of_a_set_that_has_the_price_are_its_parts() -> None:
    text = XmlOrder(lines=[XmlLine("SET"), XmlLine("PART", number="2")]).as_cxml()
    text = text.replace(
        'lineNumber="1"', 'lineNumber="1" itemType="composite" compositeItemType="groupLevel"'
    ).replace('lineNumber="2"', 'lineNumber="2" itemType="item" parentLineNumber="1"')
    (line,) = _order(text).lines
    assert (line.external_code, [part.external_code for part in line.parts]) == ("SET", ["PART"])
    priced_one_by_one = text.replace("groupLevel", "itemLevel")
    assert [each.external_code for each in _order(priced_one_by_one).lines] == ["PART"]


def test_a_line_that_is_a_return_is_faulty() -> None:
    text = XmlOrder().as_cxml().replace('lineNumber="1"', 'lineNumber="1" isReturn="yes"')
    assert _codes(text) == [("line_is_return", "error")]


def test_a_standard_code_of_another_scheme_is_no_gtin() -> None:
    text = XmlOrder().as_ubl()
    for scheme, kind in (("0160", "gtin"), ("GTIN", "gtin"), ("ISBN", "other")):
        code = (
            "<cac:StandardItemIdentification>"
            f'<cbc:ID schemeID="{scheme}">04012345678901</cbc:ID></cac:StandardItemIdentification>'
        )
        coded = text.replace("<cac:SellersItem", f"{code}<cac:SellersItem", 1)
        first = _order(coded).lines[0].codes[0]
        assert (first.kind, first.qualifier) == (kind, scheme)


def test_an_order_of_another_prefix_and_encoding_is_the_same() -> None:
    plain = XmlOrder(city="Köln").as_ubl()
    prefixed = plain.replace("<Order ", "<o:Order ").replace("</Order>", "</o:Order>")
    prefixed = prefixed.replace(f'xmlns="{UBL}Order-2"', f'xmlns:o="{UBL}Order-2"')
    utf16 = plain.replace("UTF-8", "UTF-16").encode("utf-16")
    assert _read(prefixed) == _read(plain) == read(utf16)
    assert read(b"\xef\xbb\xbf" + plain.encode()) == _read(plain)


def test_an_order_in_the_header_of_peppol_is_the_same_order() -> None:
    plain = XmlOrder().as_ubl()
    body = plain[plain.index("?>") + 2 :]
    wrapped = (
        '<StandardBusinessDocument xmlns="http://www.unece.org/cefact/namespaces/'
        'StandardBusinessDocumentHeader"><StandardBusinessDocumentHeader><HeaderVersion>1.0'
        f"</HeaderVersion></StandardBusinessDocumentHeader>{body}</StandardBusinessDocument>"
    )
    reading = _read(wrapped)
    assert (reading.format, reading.kind) == ("ubl.order", "order")
    assert reading.orders[0].external_id == _order(plain).external_id
    assert reading.orders[0].lines[0].path == "StandardBusinessDocument/Order/OrderLine"


def test_a_tax_in_another_currency_beside_that_of_the_order_is_passed_over() -> None:
    other = TAX.replace('currencyID="EUR">3.80', 'currencyID="SEK">41.00')
    assert _order(XmlOrder(more=other + TAX).as_ubl()).totals.tax == Decimal("3.80")


def test_a_pdf_is_not_opened_and_that_is_told() -> None:
    (problem,) = read(b"%PDF-1.7 ...").all_problems
    assert problem.remedy.startswith("Send the XML that is within it")


@pytest.mark.parametrize("root", ["Order", "OrderChange"])
def test_figures_that_disagree_hold_an_order_and_stop_a_change(root: str) -> None:
    order = XmlOrder("C-1", [XmlLine("A-1", amount="21.00", status="3")], about="PO-1")
    expected = "warning" if root == "Order" else "error"
    assert _codes(order.as_ubl(root)) == [("line_amount_differs", expected)]


def test_freight_of_the_lines_counts_where_the_order_tells_none() -> None:
    freight = '<Shipping><Money currency="EUR">2.00</Money></Shipping>'
    text = XmlOrder().as_cxml().replace("</ItemOut>", f"{freight}</ItemOut>")
    assert _order(text).totals.shipping == 2
    whole = text.replace("<ShipTo>", freight.replace("2.00", "5.00") + "<ShipTo>")
    assert _order(whole).totals.shipping == 5

"""EDIFACT ORDERS and ORDCHG by segments: what each says, and what is told when it does not."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.intake.changes import Change
from domain.intake.document import ParsedLine, ParsedOrder
from domain.intake.formats.registry import read
from tests.factories.edifact_orders import (
    LINE,
    change_message,
    edifact_change,
    edifact_order,
    interchange,
    message,
    order_message,
)


def _order(text: str | bytes) -> ParsedOrder:
    raw = text if isinstance(text, bytes) else text.encode()
    return read(raw).orders[0]


def _line(*segments: str) -> ParsedLine:
    return _order(edifact_order("PO-1", segments)).lines[0]


def _codes(text: str) -> list[tuple[str, str]]:
    """Code and severity of each problem."""
    return [(p.code, p.severity) for p in read(text.encode()).all_problems]


def _heading(*segments: str) -> ParsedOrder:
    return _order(interchange(order_message("PO-1", heading=segments)))


@pytest.mark.parametrize(
    ("function", "purpose", "cancelled"),
    [
        ("9", "original", False),
        ("", "original", False),
        ("7", "original", False),
        ("31", "original", False),
        ("5", "change", False),
        ("4", "change", False),
        ("1", "cancel", True),
        ("3", "cancel", True),
        ("17", "cancel", True),
    ],
)
def test_functions_of_an_order(function: str, purpose: str, cancelled: bool) -> None:
    order = _order(edifact_order(function=function))
    assert (order.purpose, order.cancelled, order.change) == (purpose, cancelled, None)


@pytest.mark.parametrize(
    ("bgm", "code"),
    [
        ("BGM+220+PO-1+77", "purpose_unknown"),
        ("BGM+220++9", "order_number_missing"),
        ("BGM+221+PO-1+9", "kind_not_booked"),
        ("BGM+241+PO-1+9", "kind_not_booked"),
        ("RFF+ON:PO-1", "bgm_missing"),
    ],
)
def test_what_begins_an_order_wrongly(bgm: str, code: str) -> None:
    text = edifact_order().replace("BGM+220+PO-1+9", bgm)
    assert _codes(text) == [(code, "error")]
    assert read(text.encode()).kind == "faulty"


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        (["LIN+1++4012345678901:EN"], ("4012345678901", ["ean"])),
        (["LIN+1++4012345678901:SRV", "PIA+5+OURS:SA"], ("OURS", ["gtin", "vendor"])),
        (["LIN+1", "PIA+1+B-7:IN+C-8:BP"], ("B-7", ["buyer", "buyer"])),
        (["LIN+1++012345678905:UP", "PIA+1+88:LI"], ("012345678905", ["upc", "attribute"])),
        (["LIN+1++A-1:SA", "PIA+4+A-9:SA"], ("A-1", ["vendor", "attribute"])),
        (["LIN+1++X?+1:ZZZ"], ("X+1", ["other"])),
        (["LIN+1++70567894"], ("70567894", ["other"])),
        (["LIN+1"], (None, [])),
    ],
)
def test_codes_of_a_line(segments: list[str], expected: tuple[str | None, list[str]]) -> None:
    line = _line(*segments, "QTY+21:1")
    assert (line.external_code, [code.kind for code in line.codes]) == expected


@pytest.mark.parametrize(
    ("segments", "quantity", "unit", "problems"),
    [
        (["QTY+21:12:PCE"], "12", "PCE", []),
        (["QTY+21:12,5:KGM"], "12.5", "KGM", []),
        (["QTY+1:7"], "7", None, []),
        (["QTY+59:6", "QTY+21:3:CT"], "3", "CT", []),
        (["QTY+192:2:PCE"], "2", "PCE", []),
        (["QTY+21:10:PCE", "QTY+192:1:PCE"], "10", "PCE", ["free_goods"]),
        (["SCC+1", "QTY+21:4:PCE", "DTM+2:20260401:102", "SCC+1", "QTY+21:6:PCE"], "10", "PCE", []),
        (["LOC+7+4012345000016::9", "QTY+11:5:PCE"], "5", "PCE", []),
        (["QTY+21:-3"], None, None, ["quantity_negative"]),
        (["QTY+21:many"], None, None, ["number_invalid"]),
        (["QTY+21:"], None, None, ["quantity_missing"]),
        (["QTY+53:3"], None, None, ["quantity_missing"]),
        ([], None, None, ["quantity_missing"]),
    ],
)
def test_quantities_of_a_line(
    segments: list[str], quantity: str | None, unit: str | None, problems: list[str]
) -> None:
    order = _order(edifact_order("PO-1", ["LIN+1++A-1:SA", *segments]))
    line = order.lines[0]
    assert line.quantity == (None if quantity is None else Decimal(quantity))
    assert line.unit == unit
    assert [problem.code for problem in order.problems] == problems


def test_shares_of_a_line_have_places_and_days() -> None:
    line = _line(
        "LIN+1++A-1:SA", "QTY+21:11:PCE", "LOC+7+4012345000016::9", "QTY+11:5:PCE",
        "SCC+1", "QTY+21:6:PCE", "DTM+2:20260401:102",
    )  # fmt: skip
    assert line.quantity == 11
    shares: list[Any] = [(s.quantity, s.place, s.on) for s in line.schedule]
    assert shares == [
        (5, "4012345000016", None),
        (6, None, date(2026, 4, 1)),
    ]
    assert _line("LIN+1++A-1:SA", "QTY+21:1:CT", "QTY+59:24:PCE").unit_size == 24


TEN = ("LIN+1++A-1:SA", "QTY+21:10:PCE")


@pytest.mark.parametrize(
    ("segments", "price", "amount", "discount", "tax"),
    [
        (["PRI+AAA:2.50"], "2.50", None, None, None),
        (["PRI+AAA:250:::100:PCE"], "2.50", None, None, None),
        (["PRI+AAA:1:::3"], None, "3.3333333333", None, None),
        (["PRI+AAB:3", "PRI+AAA:2"], "2", None, None, None),
        (["PRI+AAB:3"], "3", None, None, None),
        (["PRI+INV:2"], "2", None, None, None),
        (["PRI+AAE:9"], None, None, None, None),
        (["MOA+203:25"], None, "25", None, None),
        (["MOA+203:25", "PRI+AAA:2.50"], "2.50", "25", None, None),
        (["PRI+AAB:3", "ALC+A", "PCD+1:10"], "3", None, "3", None),
        (["PRI+AAB:3", "ALC+A", "MOA+204:5"], "3", None, "5", None),
        (["PRI+AAB:3", "ALC+A", "RTE+1:0.5:1"], "3", None, "5", None),
        (["PRI+AAB:3", "ALC+C", "MOA+23:2"], "3", "32", None, None),
        (
            ["PRI+AAB:3", "ALC+A+++1", "PCD+1:10", "ALC+A+++2", "PCD+1:10"],
            "3",
            None,
            "5.7",
            None,
        ),
        (["PRI+AAB:3", "ALC+A", "PCD+1:10", "ALC+A", "PCD+1:10"], "3", None, "6", None),
        (["MOA+203:27", "PRI+AAB:3", "ALC+A", "PCD+1:10"], "2.7", "27", None, None),
        (["PRI+AAA:2", "ALC+A", "PCD+1:10"], "2", None, None, None),
        (["PRI+AAA:2", "TAX+7+VAT+++:::19+S", "MOA+124:3.80"], "2", None, None, "3.80"),
        (["MOA+203:40", "PRI+AAA:4:::1:KGM"], None, "40", None, None),
        ([], None, None, None, None),
    ],
)
def test_prices_of_ten(
    segments: list[str],
    price: str | None,
    amount: str | None,
    discount: str | None,
    tax: str | None,
) -> None:
    line = _line(*TEN, *segments)
    found = (line.unit_price, line.amount, line.discount, line.tax)
    assert found == tuple(None if n is None else Decimal(n) for n in (price, amount, discount, tax))


@pytest.mark.parametrize(
    ("segments", "code", "severity"),
    [
        (["PRI+AAA:4:::1:KGM"], "price_per_other_unit", "error"),
        (["PRI+AAA:2.5O"], "number_invalid", "error"),
        (["PRI+AAB:3", "ALC+A"], "allowance_without_amount", "warning"),
        (["MOA+203:2", "PRI+AAA:2"], "line_amount_differs", "warning"),
        (["DTM+2:20269901:102"], "date_invalid", "warning"),
        (["DTM+2:20260301"], "element_missing", "warning"),
        (["ZZZ+1"], "segment_unknown", "warning"),
        ([f"FTX+AAI+++{'x' * 1001}"], "element_too_long", "error"),
    ],
)
def test_what_a_line_says_wrongly_is_told_with_its_place(
    segments: list[str], code: str, severity: str
) -> None:
    (problem,) = _order(edifact_order("PO-1", [*TEN, *segments])).problems
    assert (problem.code, problem.severity) == (code, severity)
    assert problem.path.startswith("UNH[1]/LIN[1]")
    assert problem.remedy


def test_a_price_of_the_same_unit_in_other_words_is_taken() -> None:
    assert _line(*TEN, "PRI+AAA:4:::1:EA").unit_price == 4


@pytest.mark.parametrize(
    ("segments", "field", "expected"),
    [
        (["DTM+2:20260401:102"], "requested_delivery_on", date(2026, 4, 1)),
        (["DTM+2:202604010800:203"], "requested_delivery_on", date(2026, 4, 1)),
        (["DTM+2:2026040120260405:718"], "requested_delivery_on", date(2026, 4, 5)),
        (["DTM+64:20260401:102", "DTM+63:20260405:102"], "requested_delivery_on", date(2026, 4, 5)),
        (["DTM+10:20260401:102"], "requested_ship_on", date(2026, 4, 1)),
        (["DTM+61:20260401:102"], "cancel_after_on", date(2026, 4, 1)),
        (["DTM+4:20260228:102"], "ordered_at", date(2026, 2, 28)),
        (["RFF+CR:theirs"], "buyer_reference", "theirs"),
        (["CUX+2:SEK:9"], "currency", "EUR"),
        ([], "is_test", False),
        ([], "sent_at", "2026-03-01T09:30:00.000000Z"),
    ],
)
def test_what_the_heading_says(segments: list[str], field: str, expected: Any) -> None:
    assert getattr(_heading(*segments), field) == expected


def test_the_time_of_the_order_is_kept_as_exact_as_it_is_told() -> None:
    text = edifact_order().replace("DTM+137:20260301:102", "DTM+137:202603011430:203")
    moment = _order(text).ordered_at
    assert isinstance(moment, datetime)
    assert moment.isoformat() == "2026-03-01T14:30:00+00:00"


def test_parties_and_where_it_goes() -> None:
    order = _heading(
        "NAD+SU+5412345000013::9",
        "NAD+IV+4012345000023::9++Payer GmbH+Kai 9+Bremen++28195+de",
        "NAD+DP+4012345000016::9++Store 7:Gate 2+Hafen 1:Halle 3+Hamburg+HH+20457+DE",
        "CTA+OC+:Receiving",
        "COM+store7@example.com:EM",
        "COM+0049401:TE",
    )
    assert [(p.role, p.code, p.qualifier, p.name) for p in order.parties[1:]] == [
        ("SU", "5412345000013", "9", None),
        ("IV", "4012345000023", "9", "Payer GmbH"),
        ("DP", "4012345000016", "9", "Store 7"),
    ]
    there = order.ship_to
    assert there is not None
    assert (there.name, there.company, there.line1, there.line2) == (
        "Store 7",
        "Gate 2",
        "Hafen 1",
        "Halle 3",
    )
    assert (there.city, there.region, there.postal_code, there.country) == (
        "Hamburg",
        "HH",
        "20457",
        "DE",
    )
    assert (there.phone, there.email) == ("0049401", "store7@example.com")
    assert order.bill_to is not None
    assert (order.bill_to.city, order.bill_to.country) == ("Bremen", "DE")


def test_an_address_in_free_text_and_that_of_the_buyer_where_nobody_else_is_named() -> None:
    text = edifact_order().replace(
        "NAD+BY+4012345000009::9", "NAD+BY+7::92+Shop Ltd:High St 1:London:UK"
    )
    order = _order(text)
    assert order.ship_to is not None
    assert (order.ship_to.name, order.ship_to.line1, order.ship_to.line2) == (
        "Shop Ltd",
        "High St 1",
        "London, UK",
    )
    named = _order(text.replace("CUX+", "NAD+DP+55::92'CUX+").replace("UNT+13", "UNT+14"))
    assert named.ship_to is None


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("CUX+2:EUR:9", "CUX+2:EURO:9", "currency_invalid"),
        ("PRI+AAA:10", "MOA+203:40:USD", "currencies_differ"),
    ],
)
def test_currencies_that_cannot_be(old: str, new: str, code: str) -> None:
    assert _codes(edifact_order().replace(old, new)) == [(code, "error")]


def test_the_currency_of_amounts_where_there_is_no_other() -> None:
    text = edifact_order().replace("CUX+2:EUR:9'", "").replace("PRI+AAA:10", "MOA+203:40:SEK")
    assert _order(text.replace("UNT+13", "UNT+12")).currency == "SEK"


def test_totals_of_the_order_with_allowances_and_charges() -> None:
    order = _order(
        interchange(
            order_message(
                "PO-1",
                heading=["ALC+A++++TD", "PCD+1:10", "ALC+C++++FC", "MOA+23:5"],
                summary=["MOA+79:70", "MOA+176:13.30", "MOA+86:81.30", "CNT+2:2"],
            )
        )
    )
    told: Any = order.totals
    assert (told.subtotal, told.discount, told.shipping) == (70, 7, 5)
    assert (told.tax, told.total) == (Decimal("13.30"), Decimal("81.30"))
    assert (order.total_is_net, order.problems) == (False, ())


def test_a_total_without_the_tax_beside_it_is_known_as_such() -> None:
    text = interchange(order_message(summary=["MOA+79:70", "MOA+86:70", "MOA+176:13.30"]))
    assert _order(text).total_is_net


@pytest.mark.parametrize(
    ("summary", "found"),
    [
        (["CNT+2:2", "CNT+1:16"], []),
        (["CNT+2:3"], [("line_count_mismatch", "error")]),
        (["CNT+1:99"], [("hash_total_mismatch", "warning")]),
        (["CNT+2:two"], [("number_invalid", "error")]),
        (["CNT+11:7"], []),
    ],
)
def test_control_totals(summary: list[str], found: list[tuple[str, str]]) -> None:
    assert _codes(interchange(order_message(summary=summary))) == found


def test_sub_lines_are_parts_of_their_line() -> None:
    sub = ["LIN+2++PART-1:SA+1:1", "QTY+21:2:PCE"]
    order = _order(interchange(order_message("PO-1", LINE, sub, summary=["CNT+2:2"])))
    (line,) = order.lines
    parts: list[Any] = [(part.external_code, part.quantity) for part in line.parts]
    assert parts == [("PART-1", 2)]
    assert order.problems == ()
    lost = _codes(edifact_order("PO-1", LINE, ["LIN+2++PART-1:SA+1:9", "QTY+21:2:PCE"]))
    assert lost == [("line_unknown", "error")]


def test_texts_and_references_are_kept_as_notes() -> None:
    order = _heading("FTX+DEL+++Ring twice:at the gate", "RFF+CT:C-9", "TOD+3++FOB")
    assert ("FTX.DEL", "Ring twice at the gate") in order.notes
    assert ("RFF.CT", "C-9") in order.notes
    assert ("TOD.3", "FOB") in order.notes
    line = _line(*TEN, "IMD+F++:::Blue chair:with arms", "FTX+LIN+++handle with care")
    assert line.description == "Blue chair with arms"
    assert ("FTX.LIN", "handle with care") in line.notes


def test_an_order_without_lines_and_without_uns_is_told() -> None:
    text = interchange(message("ORDERS", "BGM+220+PO-1+9"))
    assert _codes(text) == [("lines_missing", "error"), ("uns_missing", "warning")]
    cancelled = interchange(message("ORDERS", "BGM+220+PO-1+1", "UNS+S"))
    assert (_codes(cancelled), _order(cancelled).cancelled) == ([], True)


@pytest.mark.parametrize(
    ("name", "encoding", "problems"),
    [
        ("UNOC", "latin-1", []),
        ("UNOC", "utf-8", []),
        ("UNOA", "latin-1", []),
        ("UNOD", "iso8859-2", []),
        ("UNOY", "utf-8", []),
        ("UNOY", "latin-1", ["characters_invalid"]),
    ],
)
def test_characters_are_those_that_it_says(name: str, encoding: str, problems: list[str]) -> None:
    line = [*LINE, "IMD+F++:::Tür ü"]
    text = interchange(order_message("PO-1", line), characters=name)
    reading = read(text.encode(encoding))
    assert reading.orders[0].lines[0].description == "Tür ü"
    assert [problem.code for problem in reading.problems] == problems


def test_greek_is_read_as_greek() -> None:
    line = [*LINE, "IMD+F++:::Καρέκλα"]
    text = interchange(order_message("PO-1", line), characters="UNOF")
    assert _order(text.encode("iso8859-7")).lines[0].description == "Καρέκλα"


def test_every_message_of_an_interchange_is_read_and_answered() -> None:
    text = interchange(
        order_message("PO-1"),
        order_message("PO-2", ["LIN+1++A-1:SA"], place=2),
        message("PRICAT", "BGM+9+1+9", number=3),
        change_message("PO-9", ["LIN+1+2+A-1:SA"], place=4),
    )
    reading = read(text.encode())
    assert [(o.path, o.format) for o in reading.orders] == [
        ("UNH[1]", "edifact.orders"),
        ("UNH[2]", "edifact.orders"),
        ("UNH[4]", "edifact.ordchg"),
    ]
    assert [problem.code for problem in reading.problems] == ["set_not_read"]
    answer = reading.acknowledgement or ""
    assert "UCM+1+ORDERS:D:96A:UN:EAN008+7'" in answer
    assert "UCM+2+ORDERS:D:96A:UN:EAN008+4+18'" in answer
    assert "UCM+4+ORDCHG:D:96A:UN:EAN008+7'" in answer


def test_a_change_says_what_is_to_be_done_with_which_line() -> None:
    order = _order(
        edifact_change(
            "PO-1",
            ["LIN+1+3+A-1:SA", "QTY+21:5:PCE"],
            ["LIN+2+2+A-2:SA"],
            ["LIN+3+1+A-3:SA", "QTY+21:1:PCE"],
            ["LIN+4+11+A-4:SA"],
            ["LIN+5+3+A-5:SA", "DTM+2:20260501:102", "RFF+ON:PO-1:9"],
        )
    )
    assert [line.action for line in order.lines] == ["change", "remove", "add", "keep", "change"]
    assert [line.line_reference for line in order.lines] == ["1", "2", "3", "4", "9"]
    assert (order.external_number, order.external_id) == ("PO-1", "4012345000009/PO-1")
    assert order.change == Change(number="CHG-1", lines_are_counted=True)
    assert (order.purpose, order.problems) == ("change", ())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (edifact_change("PO-1", ["LIN+1+88+A-1:SA", "QTY+21:1"]), "action_unknown"),
        (edifact_change("PO-1", ["LIN+1+1+A-1:SA"]), "quantity_missing"),
        (
            edifact_change("PO-1", ["LIN+1+2+A-1:SA"]).replace("RFF+ON", "RFF+XX"),
            "order_reference_missing",
        ),
        (edifact_change("PO-1"), "lines_missing"),
    ],
)
def test_a_change_that_cannot_be_understood(text: str, code: str) -> None:
    assert _codes(text) == [(code, "error")]


@pytest.mark.parametrize(
    ("function", "purpose", "replaces"),
    [("4", "change", False), ("9", "change", False), ("5", "change", True), ("1", "cancel", False)],
)
def test_functions_of_a_change(function: str, purpose: str, replaces: bool) -> None:
    order = _order(edifact_change("PO-1", LINE, function=function))
    assert order.change is not None
    assert (order.purpose, order.change.replaces_lines) == (purpose, replaces)


def test_an_order_of_function_four_whose_lines_are_marked_is_a_change() -> None:
    order = _order(edifact_order("PO-1", ["LIN+1+3+A-1:SA", "QTY+21:5"], function="4"))
    assert order.change is not None
    assert order.lines[0].action == "change"


def test_an_invoice_beside_an_order_is_read_elsewhere_and_answered() -> None:
    text = interchange(order_message(), message("INVOIC", "BGM+380+1+9", number=2))
    reading = read(text.encode())
    assert (reading.kind, reading.problems) == ("order", ())
    assert "UCM+2+INVOIC:D:96A:UN:EAN008+7'" in (reading.acknowledgement or "")

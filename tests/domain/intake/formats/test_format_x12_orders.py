"""The 850: what is read from each segment, in which preference, and what is refused."""

from datetime import date
from decimal import Decimal

import pytest

from domain.intake.document import ParsedOrder, Reading
from domain.intake.formats.registry import read

HEAD = (
    "ISA*00*          *00*          *ZZ*SENDER         *01*RECEIVER       "
    "*260131*1200*U*00401*000000007*0*P*>~GS*PO*SND*RCV*20260131*1200*7*X*004010~"
)


def reading_of(*segments: str, beg: str = "BEG*00*SA*PO-1**20260131") -> Reading:
    """An 850 of these segments between BEG and SE; counts are right."""
    body = ["ST*850*0001", beg, *segments]
    lines = [*body, f"SE*{len(body) + 1}*0001", "GE*1*7", "IEA*1*000000007"]
    return read((HEAD + "".join(line + "~" for line in lines)).encode())


def order_of(*segments: str, beg: str = "BEG*00*SA*PO-1**20260131") -> ParsedOrder:
    reading = reading_of(*segments, beg=beg)
    assert reading.kind == "order", reading.all_problems
    return reading.orders[0]


LINE = "PO1*1*10*EA*2.50*PE*VN*V-1*BP*B-1*UP*012345678905"


def test_the_header_is_read() -> None:
    order = order_of(
        "CUR*BY*usd",
        "REF*DP*038",
        "DTM*010*20260203",
        "DTM*002*20260210",
        "DTM*001*20260301",
        "N9*ZZ*1",
        "MSG*leave at the gate",
        LINE,
        "CTT*1*10",
        "AMT*TT*25.00",
        beg="BEG*00*SA*PO-1*R2*20260131*C-9",
    )
    assert (order.external_number, order.external_id) == ("PO-1", "ZZ:SENDER/PO-1/R2")
    assert order.ordered_at == date(2026, 1, 31)
    assert order.requested_ship_on == date(2026, 2, 3)
    assert order.requested_delivery_on == date(2026, 2, 10)
    assert order.cancel_after_on == date(2026, 3, 1)
    assert order.totals.total == Decimal("25.00")
    assert {("REF.DP", "038"), ("MSG", "leave at the gate"), ("BEG.06", "C-9")} <= set(order.notes)


def test_parties_and_addresses_are_read() -> None:
    order = order_of(
        "N1*BY*A Buyer*9*123",
        "N1*ST*A Store*92*100",
        "N2*Dock 4*Gate B",
        "N3*1 Street*Unit 2",
        "N3*Rear",
        "N4*Town*OH*44139*US",
        "PER*DC*Somebody*TE*555*EM*s@example.com",
        "N1*BT*A Payer",
        LINE,
    )
    address = order.ship_to
    assert address is not None
    assert (address.name, address.company) == ("A Store", "Dock 4, Gate B")
    assert (address.line1, address.line2) == ("1 Street", "Unit 2, Rear")
    assert (address.city, address.region, address.postal_code) == ("Town", "OH", "44139")
    assert (address.country, address.phone, address.email) == ("US", "555", "s@example.com")
    assert order.bill_to is not None
    assert [(p.role, p.qualifier, p.code) for p in order.parties] == [
        ("BY", "9", "123"),
        ("ST", "92", "100"),
        ("BT", None, None),
    ]


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ("BP*B-1*VN*V-1*SK*S-1", "V-1"),
        ("BP*B-1*VC*C-1", "C-1"),
        ("BP*B-1*UP*012*SK*S-1", "S-1"),
        ("BP*B-1*UP*012345678905", "012345678905"),
        ("IN*I-1*MG*M-1", "I-1"),
        ("MG*M-1*ST*T-1", "M-1"),
        ("VN*UNKNOWN*SK*S-1", "S-1"),
        ("PR*RO*CB*C-1", "C-1"),
        ("BL*CRB", None),
        ("XY*X-1", "X-1"),
    ],
)
def test_the_vendors_code_comes_first(pairs: str, code: str | None) -> None:
    line = order_of(f"PO1*1*10*EA*2.50**{pairs}").lines[0]
    assert line.external_code == code
    assert len(line.codes) == (pairs.count("*") + 1) // 2


def test_the_line_has_its_descriptions_dates_notes_and_place() -> None:
    line = order_of(
        "PO1*00010*10*CA*2.50*PE*VN*V-1",
        "PID*F****A red",
        "PID*F****widget",
        "PO4*6*12*EA",
        "DTM*002*20260210",
        "MSG*fragile",
        "N1*ST*Another store*92*200",
        "N4*Town*OH*44139",
    ).lines[0]
    assert (line.line, line.line_reference, line.unit) == (1, "00010", "CA")
    assert line.description == "A red widget"
    assert line.requested_delivery_on == date(2026, 2, 10)
    assert line.ship_to is not None
    assert line.ship_to.name == "Another store"
    assert ("MSG", "fragile") in line.notes


@pytest.mark.parametrize(
    ("price", "basis", "extra", "unit_price"),
    [
        ("2.50", "PE", (), "2.50"),
        ("125", "HP", (), "1.25"),
        ("125", "TP", (), "0.125"),
        ("", "NC", (), "0"),
        ("", "", ("CTP**UCP*3.75",), "3.75"),
        ("", "", ("CTP**DIS*96.00",), "None"),
        ("", "", (), "None"),
        (".5", "", (), "0.5"),
    ],
)
def test_the_unit_price_is_per_one_unit(
    price: str, basis: str, extra: tuple[str, ...], unit_price: str
) -> None:
    line = order_of(f"PO1*1*10*EA*{price}*{basis}*VN*V-1", *extra).lines[0]
    assert str(line.unit_price) == unit_price


def test_allowances_and_charges_have_two_implied_decimals() -> None:
    order = order_of(
        "SAC*A*C310***1250",
        "SAC*C*D240***500",
        "SAC*C*H850***199",
        "TXI*ST*1.01",
        LINE,
        "SAC*A*C310***100",
        "TXI*ST*.55",
    )
    totals, line = order.totals, order.lines[0]
    assert (totals.discount, totals.shipping, totals.tax) == (
        Decimal("12.50"),
        Decimal("5.00"),
        Decimal("3.00"),
    )
    assert (line.discount, line.tax) == (Decimal("1.00"), Decimal("0.55"))


def test_parts_places_and_dates_of_a_line_are_kept() -> None:
    line = order_of(
        "PO1*1*10*EA*2.50*PE*VN*V-1",
        "SLN*1.1**I*2*PC>1.5>EA*1.56*PE**VC*P-1",
        "SDQ*EA*92*S1*4*S2*6",
        "SCH*10*EA***106*20260215",
    ).lines[0]
    assert [(p.external_code, p.quantity, p.unit) for p in line.parts] == [("P-1", 2, "PC")]
    assert [(s.place, s.quantity) for s in line.schedule[:2]] == [("S1", 4), ("S2", 6)]
    assert line.schedule[2].on == date(2026, 2, 15)


def test_a_quantity_that_is_only_in_the_schedule_is_their_sum() -> None:
    assert order_of("PO1*1**EA*2.50*PE*VN*V-1", "SDQ*EA*92*S1*4*S2*6").lines[0].quantity == 10


@pytest.mark.parametrize(
    ("code", "purpose"),
    [("00", "original"), ("06", "original"), ("01", "cancel"), ("04", "change"), ("05", "change")],
)
def test_the_purpose_is_told(code: str, purpose: str) -> None:
    order = order_of(LINE, beg=f"BEG*{code}*SA*PO-1**20260131")
    assert (order.purpose, order.cancelled) == (purpose, purpose == "cancel")


@pytest.mark.parametrize(
    ("text", "day"),
    [("20260131", date(2026, 1, 31)), ("070102", date(2007, 1, 2)), ("991231", date(1999, 12, 31))],
)
def test_dates_with_and_without_century_are_read(text: str, day: date) -> None:
    assert order_of(LINE, beg=f"BEG*00*SA*PO-1**{text}").ordered_at == day


def test_the_currency_of_the_lines_counts_if_they_agree() -> None:
    assert order_of(LINE, "CUR*BY*USD", LINE, "CUR*BY*USD").currency == "USD"
    reading = reading_of(LINE, "CUR*BY*USD", LINE, "CUR*BY*CAD")
    assert [p.code for p in reading.all_problems] == ["currencies_differ"]


FAULTS = [
    (("PO1*1*ten*EA*2.50**VN*V-1",), "number_invalid", "PO1[1]-02 (segment 3)"),
    (("PO1*1**EA*2.50**VN*V-1",), "quantity_missing", "PO1[1]-02 (segment 3)"),
    (("PO1*1*-1*EA*2.50**VN*V-1",), "quantity_negative", "PO1[1]-02 (segment 3)"),
    (("PO1*1*1*EA*$5**VN*V-1",), "number_invalid", "PO1[1]-04 (segment 3)"),
    (("PO1*1*1*EA*5**VN",), "element_missing", "PO1[1]-07 (segment 3)"),
    ((LINE, "CTT*2"), "line_count_mismatch", "CTT[1]-01 (segment 4)"),
    (("CUR*BY*DOLLAR", LINE), "currency_invalid", "CUR[1]-02 (segment 3)"),
    ((), "lines_missing", "PO1"),
    (("PO1*1*1*EA*5**VN*" + "V" * 1001,), "element_too_long", "PO1[1]-07 (segment 3)"),
    ((LINE, LINE.replace("*10*", "*1e5*"), "CTT*2"), "number_invalid", "PO1[2]-02 (segment 4)"),
]


@pytest.mark.parametrize(("segments", "code", "place"), FAULTS)
def test_a_fault_has_code_and_place(segments: tuple[str, ...], code: str, place: str) -> None:
    reading = reading_of(*segments)
    assert reading.kind == "faulty"
    errors = [(p.code, p.path) for p in reading.all_problems if p.severity == "error"]
    assert errors == [(code, f"ISA[1]/GS[1]/ST[1]/{place}")]


@pytest.mark.parametrize(
    ("beg", "code"),
    [
        ("BEG*00*SA***20260131", "element_missing"),
        ("BEG*99*SA*PO-1**20260131", "purpose_unknown"),
        ("BGN*00*PO-1", "beg_missing"),
    ],
)
def test_an_order_without_a_usable_beginning_is_a_fault(beg: str, code: str) -> None:
    assert code in [p.code for p in reading_of(LINE, beg=beg).all_problems]


def test_a_hash_total_that_differs_is_a_warning() -> None:
    reading = reading_of(LINE, "CTT*1*11")
    assert reading.kind == "order"
    assert [(p.code, p.severity) for p in reading.all_problems] == [
        ("hash_total_mismatch", "warning")
    ]


def test_other_sets_beside_the_order_are_told_and_do_not_stop_it() -> None:
    text = reading_of(LINE)
    assert text.kind == "order"
    group = "GS*RA*SND*RCV*20260131*1200*8*X*004010~ST*820*0001~BPR*C*1*C~SE*3*0001~GE*1*8~"
    body = f"ST*850*0001~BEG*00*SA*PO-1**20260131~{LINE}~SE*4*0001~GE*1*7~"
    reading = read((HEAD + body + group + "IEA*2*000000007~").encode())
    assert (reading.format, reading.kind, len(reading.orders)) == ("x12.850", "order", 1)
    assert [(p.code, p.severity) for p in reading.problems] == [("set_not_read", "warning")]

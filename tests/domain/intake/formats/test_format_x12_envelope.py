"""X12 envelopes: delimiters of every kind, counts and control numbers, and the 997 that answers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.intake.document import Reading
from domain.intake.formats.registry import read
from domain.intake.formats.x12.acknowledgement import stamp

LINES = (
    "ST^850^0001",
    "BEG^00^SA^PO-1^^20260131",
    "N1^ST^A Store^92^100",
    "PO1^1^10^EA^2.50^^VN^V-1",
    "CTT^1",
    "SE^6^0001",
)


def interchange(
    lines: tuple[str, ...] = LINES,
    *,
    element: str = "*",
    component: str = ">",
    terminator: str = "~",
    between: str = "",
    version: str = "00401",
    repetition: str = "U",
    control: str = "000000007",
    ge: str = "GE^1^7",
    iea: str = "",
) -> str:
    """An interchange in the given delimiters; "^" stands for the element separator in `lines`."""
    isa = (
        f"ISA^00^          ^00^          ^ZZ^SENDER         ^ZZ^RECEIVER       ^260131^1200^"
        f"{repetition}^{version}^{control}^0^P^"
    )
    gs = "GS^PO^SND^RCV^20260131^1200^7^X^004010"
    rest = [gs, *lines, ge, iea or f"IEA^1^{control}"]
    head = isa.replace("^", element)
    body = [line.replace("^", element) for line in rest]
    return (
        head
        + component
        + (terminator + between)
        + "".join(line + terminator + between for line in body)
    )


def reading_of(text: str) -> Reading:
    return read(text.encode())


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.all_problems]


DELIMITERS = [
    ("*", ">", "~", ""),
    ("*", ">", "~", "\n"),
    ("*", ">", "~", "\r\n"),
    ("*", ">", "\n", ""),
    ("*", ">", "\r\n", ""),
    ("*", ">", "\r", ""),
    ("|", ">", "\n", ""),
    ("~", "@", "\n", ""),
    ("\x1d", "@", "\x1c", ""),
    ("\x1d", "\x1f", "\x1e", "\n"),
    ("*", ":", "…", "\n"),
    ("*", "\\", "'", ""),
    ("!", "#", "$", "\n"),
    ("*", "", "~", "\n"),
    ("*", "", "\n", ""),
]


@pytest.mark.parametrize(("element", "component", "terminator", "between"), DELIMITERS)
def test_delimiters_are_found_whatever_they_are(
    element: str, component: str, terminator: str, between: str
) -> None:
    text = interchange(element=element, component=component, terminator=terminator, between=between)
    reading = reading_of(text)
    assert codes(reading) == []
    assert reading.orders[0].lines[0].external_code == "V-1"


MARKS = st.sampled_from("!#$%&'()+,/:;<=>?@[\\]_`{|}~\x1c\x1d\x1e\x1f…§")


@settings(deadline=None, max_examples=150)
@given(st.lists(MARKS, min_size=3, max_size=3, unique=True), st.sampled_from(["", "\n", "\r\n"]))
def test_any_three_distinct_marks_serve_as_delimiters(marks: list[str], between: str) -> None:
    element, component, terminator = marks
    text = interchange(element=element, component=component, terminator=terminator, between=between)
    reading = reading_of(text)
    assert codes(reading) == []
    line = reading.orders[0].lines[0]
    assert (str(line.quantity), line.unit, str(line.unit_price)) == ("10", "EA", "2.50")


@settings(deadline=None, max_examples=100)
@given(st.text(st.sampled_from("ABC019 .-/#&'é…"), min_size=1, max_size=30))
def test_what_is_written_in_an_element_is_read_back(text: str) -> None:
    lines = (*LINES[:3], f"PO1^1^10^EA^2.50^^VN^V-1{text}", *LINES[4:])
    reading = reading_of(interchange(lines))
    assert reading.orders[0].lines[0].external_code == f"V-1{text}".strip()


@pytest.mark.parametrize("version", ["00304", "00400", "00401", "00402", "00501", "00602", "00801"])
def test_every_version_is_read(version: str) -> None:
    assert reading_of(interchange(version=version)).kind == "order"


def test_a_mark_of_byte_order_and_blanks_before_and_between_do_no_harm() -> None:
    text = interchange(between="\r\n\t  ")
    assert read(b"\xef\xbb\xbf\r\n " + text.encode()).kind == "order"


def test_nuls_at_the_end_are_padding_and_within_are_no_text() -> None:
    text = interchange().encode()
    assert read(text + b"\0" * 40).kind == "order"
    assert read(text.replace(b"V-1", b"V\x001")).format == "binary"


def test_text_of_latin_1_is_read() -> None:
    text = interchange(terminator="~").replace("A Store", "Caf\xe9")
    order = read(text.encode("latin-1")).orders[0]
    assert order.ship_to is not None
    assert order.ship_to.name == "Caf\xe9"


def test_collapsed_blanks_of_the_isa_do_no_harm() -> None:
    text = interchange().replace("          ", " ").replace("SENDER         ", "SENDER ")
    reading = reading_of(text)
    assert reading.kind == "order"
    assert reading.orders[0].sender == "ZZ:SENDER"


def test_several_interchanges_and_orders_are_all_read() -> None:
    second = tuple(line.replace("0001", "0002").replace("PO-1", "PO-2") for line in LINES)
    first = interchange((*LINES, *second), ge="GE^2^7", between="\n")
    other = interchange(tuple(line.replace("PO-1", "PO-3") for line in LINES))
    reading = reading_of(first + other)
    assert codes(reading) == []
    assert [order.external_number for order in reading.orders] == ["PO-1", "PO-2", "PO-3"]
    assert [order.path for order in reading.orders] == [
        "ISA[1]/GS[1]/ST[1]",
        "ISA[1]/GS[1]/ST[2]",
        "ISA[2]/GS[1]/ST[1]",
    ]


FAULTS = [
    ({"iea": "IEA^1^000000008"}, "iea_control_number_mismatch", "ISA[1]/IEA-02"),
    ({"iea": "IEA^2^000000007"}, "iea_count_mismatch", "ISA[1]/IEA-01"),
    ({"iea": "IEA^x^000000007"}, "iea_count_mismatch", "ISA[1]/IEA-01"),
    ({"iea": "NTE^^nothing"}, "segment_outside", "ISA[1]"),
    ({"ge": "GE^2^7"}, "ge_count_mismatch", "ISA[1]/GS[1]/GE-01"),
    ({"ge": "GE^1^8"}, "ge_control_number_mismatch", "ISA[1]/GS[1]/GE-02"),
    ({"ge": ""}, "ge_missing", "ISA[1]/GS[1]/GE"),
    ({"control": "00000000x"}, "isa_malformed", "ISA[1]-13"),
]


@pytest.mark.parametrize(("changes", "code", "path"), FAULTS)
def test_an_envelope_fault_is_told_and_the_order_read_but_not_bookable(
    changes: dict[str, str], code: str, path: str
) -> None:
    reading = reading_of(interchange(**changes))  # type: ignore[arg-type]
    assert reading.kind == "faulty"
    assert (code, path) in [(p.code, p.path) for p in reading.problems]
    assert reading.orders[0].external_number == "PO-1"
    assert not reading.may_book(reading.orders[0])


@pytest.mark.parametrize(
    ("trailer", "code"),
    [
        ("SE^7^0001", "se_count_mismatch"),
        ("SE^6^0002", "se_control_number_mismatch"),
        ("", "se_missing"),
    ],
)
def test_a_fault_of_one_set_stops_that_order_only(trailer: str, code: str) -> None:
    sound = tuple(line.replace("0001", "0002").replace("PO-1", "PO-2") for line in LINES)
    reading = reading_of(interchange((*LINES[:-1], trailer, *sound), ge="GE^2^7"))
    assert code in codes(reading)
    assert [reading.may_book(order) for order in reading.orders] == [False, True]


def test_a_text_that_breaks_off_is_a_fault() -> None:
    text = interchange()
    reading = reading_of(text[: text.index("CTT")])
    assert {"iea_missing", "ge_missing", "se_missing"} <= set(codes(reading))
    assert reading.orders[0].lines[0].external_code == "V-1"


def test_sets_without_an_interchange_are_read_as_faulty() -> None:
    text = "~\n".join(line.replace("^", "*") for line in LINES) + "~\n"
    reading = reading_of(text)
    assert (reading.format, reading.kind) == ("x12.850", "faulty")
    assert "isa_missing" in codes(reading)
    assert reading.orders[0].external_number == "PO-1"


def test_text_after_the_interchange_is_told() -> None:
    assert "trailing_text" in codes(reading_of(interchange() + "hello"))


def acknowledged(text: str) -> list[str]:
    answer = reading_of(text).acknowledgement
    assert answer is not None
    return answer.replace("\n", "").split("~")


def test_a_sound_order_is_accepted() -> None:
    lines = acknowledged(interchange())
    assert lines[0].startswith("ISA*00*          *00*          *ZZ*RECEIVER       *ZZ*SENDER  ")
    assert len(lines[0]) == 105
    assert lines[1] == "GS*FA*RCV*SND*20260131*1200*1*X*004010"
    assert lines[2:] == [
        "ST*997*0001",
        "AK1*PO*7",
        "AK2*850*0001",
        "AK5*A",
        "AK9*A*1*1*1",
        "SE*6*0001",
        "GE*1*1",
        "IEA*1*000000007",
        "",
    ]


def test_a_faulty_set_is_rejected_with_its_code_and_place() -> None:
    lines = acknowledged(interchange((*LINES[:3], "PO1^1^ten^EA^2.50^^VN", *LINES[4:])))
    assert lines[5:9] == ["AK3*PO1*4**8", "AK4*2**6*ten", "AK4*7**2", "AK5*R*5"]
    assert lines[9] == "AK9*R*1*1*0"


def test_of_two_sets_the_sound_one_is_accepted() -> None:
    sound = tuple(line.replace("0001", "0002") for line in LINES)
    lines = acknowledged(interchange((*LINES[:-1], "SE^9^0001", *sound), ge="GE^2^7"))
    assert lines[4:9] == ["AK2*850*0001", "AK5*R*4", "AK2*850*0002", "AK5*A", "AK9*P*2*2*1"]


def test_a_set_that_is_not_read_is_answered_as_not_supported() -> None:
    lines = acknowledged(interchange(("ST^856^0001", "BSN^00^1", "SE^3^0001")))
    assert lines[4:7] == ["AK2*856*0001", "AK5*R*1", "AK9*R*1*1*0"]


def test_a_bad_interchange_is_refused_by_ta1() -> None:
    lines = acknowledged(interchange(iea="IEA^1^000000009"))
    assert lines[1] == "TA1*000000007*260131*1200*R*001"
    assert "AK5*R" in lines


def test_an_acknowledgement_is_not_answered() -> None:
    lines = ("ST^997^0001", "AK1^PO^7", "AK9^A^1^1^1", "SE^4^0001")
    text = interchange(lines).replace("GS*PO", "GS*FA")
    assert reading_of(text).acknowledgement is None


@pytest.mark.parametrize(("element", "component", "terminator", "between"), DELIMITERS)
def test_an_acknowledgement_is_itself_sound_and_can_be_stamped(
    element: str, component: str, terminator: str, between: str
) -> None:
    text = interchange(element=element, component=component, terminator=terminator, between=between)
    answer = reading_of(text + text).acknowledgement
    assert answer is not None
    sent_at = datetime(2026, 2, 1, 13, 5, tzinfo=UTC)
    stamped = stamp(answer, sent_at=sent_at, control_number=41)
    checked = reading_of(stamped)
    assert (checked.format, codes(checked)) == ("x12.997", ["not_an_order"])
    assert "000000041" in stamped
    assert "000000042" in stamped
    assert f"260201{element}1305" in stamped

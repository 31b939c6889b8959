"""EDIFACT: marks, released characters, moments, envelopes; whatever the message."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.intake.document import Moment
from domain.intake.formats.edifact import STANDARD, Marks, Segment, is_edifact, marks_of, segments
from domain.intake.formats.edifact_envelope import read_interchanges
from domain.intake.formats.edifact_moments import edifact_moment
from tests.factories.edifact_orders import interchange, message, order_message

VALUES = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=12)
SEGMENTS = st.lists(
    st.tuples(
        st.sampled_from(["LIN", "QTY", "FTX"]),
        st.lists(st.lists(VALUES, min_size=1, max_size=3), max_size=4),
    ),
    min_size=1,
    max_size=5,
)
ALL_MARKS = st.lists(
    st.sampled_from(":+.?*'!^~#|\\;=\x1c\x1d\x1f"), min_size=5, max_size=5, unique=True
).map(lambda marks: Marks(*marks))


def _written(parts: list[Segment], marks: Marks) -> str:
    special = (marks.component, marks.element, marks.release, marks.end)
    una = f"UNA{marks.component}{marks.element}{marks.decimal}{marks.release} {marks.end}"

    def released(text: str) -> str:
        return "".join(marks.release + c if c in special else c for c in text)

    body = [
        marks.element.join(marks.component.join(map(released, each)) for each in part)
        for part in parts
    ]
    return una + "".join(f"{each}{marks.end}" for each in body)


@given(SEGMENTS, ALL_MARKS)
def test_what_is_written_with_any_marks_is_read_back(
    told: list[tuple[str, list[list[str]]]], marks: Marks
) -> None:
    parts = [[[tag], *elements] for tag, elements in told]
    text = _written(parts, marks)
    assert marks_of(text) == marks
    assert segments(text) == parts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("NAD+BY+++Customer?'s ?+ name'", [["NAD"], ["BY"], [""], [""], ["Customer's + name"]]),
        ("FTX+AAI+++??'", [["FTX"], ["AAI"], [""], [""], ["?"]]),
        ("IMD+F++:::one\r\ntwo'", [["IMD"], ["F"], [""], ["", "", "", "onetwo"]]),
        ("UNA!^.\\ ~\nFTX^A!B^\\!\\^\\\\\\~~\n", [["FTX"], ["A", "B"], ["!^\\~"]]),
        ("UNA:+.  'FTX+a question??'", [["FTX"], ["a question??"]]),
        ("UNA:+.? \nFTX+one\n", [["FTX"], ["one"]]),
        ("UNS+S", [["UNS"], ["S"]]),
    ],
)
def test_released_marks_and_line_breaks(text: str, found: Segment) -> None:
    assert segments(text) == [found]


def test_without_una_the_marks_are_those_of_the_standard() -> None:
    assert marks_of("UNB+UNOA:1") == STANDARD
    assert [is_edifact(text) for text in ("UNABLE to read", "UNBelievable", "UNH+1", "una")] == [
        False,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        ("20260301", "102", date(2026, 3, 1)),
        ("260301", "101", date(2026, 3, 1)),
        ("990301", "101", date(1999, 3, 1)),
        ("202603011430", "203", datetime(2026, 3, 1, 14, 30, tzinfo=UTC)),
        ("20260301143015", "204", datetime(2026, 3, 1, 14, 30, 15, tzinfo=UTC)),
        ("2603011430", "201", datetime(2026, 3, 1, 14, 30, tzinfo=UTC)),
        ("202603011430CET", "303", datetime(2026, 3, 1, 14, 30, tzinfo=UTC)),
        ("20260301143015GMT", "304", datetime(2026, 3, 1, 14, 30, 15, tzinfo=UTC)),
        ("010326", "2", date(2026, 3, 1)),
        ("2026030120260307", "718", date(2026, 3, 7)),
        ("20260301-20260307", "718", date(2026, 3, 7)),
        ("20260301", "718", None),
        ("202603010800202603011200", "719", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("202610", "616", date(2026, 3, 2)),
        ("20260301", "", date(2026, 3, 1)),
        ("20260231", "102", None),
        ("2026030", "102", None),
        ("20260301", "999", None),
        ("２０２６０３０１", "102", None),
        ("", "102", None),
        ("202655", "616", None),
    ],
)
def test_moments_in_every_format(value: str, form: str, expected: Moment | None) -> None:
    assert edifact_moment(value, form) == expected


SOUND = interchange(order_message())


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (SOUND, []),
        (SOUND.replace("UNZ+1+77", "UNZ+2+77"), ["edifact_count_mismatch"]),
        (SOUND.replace("UNZ+1+77", "UNZ+1+78"), ["edifact_reference_mismatch"]),
        (SOUND.replace("UNT+13+1", "UNT+12+1"), ["edifact_count_mismatch"]),
        (SOUND.replace("UNT+13+1'", ""), ["unt_missing"]),
        (SOUND.replace("UNZ+1+77'", ""), ["unz_missing"]),
        (SOUND[SOUND.index("UNH") :], ["unb_missing"]),
        (SOUND.replace("UNH+1", "BGM+220+X'UNH+1"), ["segment_outside"]),
        (SOUND.replace("UNH+1", "UNG+ORDERS+A+B+260301:0930+5+UN'UNH+1"), ["une_missing"]),
        (
            SOUND.replace("UNH+1", "UNG+ORDERS+A+B+260301:0930+5+UN'UNH+1").replace(
                "UNZ", "UNE+2+6'UNZ"
            ),
            ["edifact_count_mismatch", "edifact_reference_mismatch"],
        ),
    ],
)
def test_faults_of_an_envelope_are_told(text: str, codes: list[str]) -> None:
    (found,) = read_interchanges(text)
    told = [*found.problems, *(p for each in found.messages for p in each.problems)]
    assert [problem.code for problem in told] == codes


def test_several_interchanges_are_checked_each_by_itself() -> None:
    text = SOUND + "\r\n" + interchange(order_message("PO-2"), reference="78", count=3)
    first, second = read_interchanges(text)
    assert (first.problems, [each.path for each in first.messages]) == ([], ["UNB[1]/UNH[1]"])
    assert [problem.path for problem in second.problems] == ["UNB[2]/UNZ"]


def test_what_has_too_many_parts_is_not_cut_up() -> None:
    (found,) = read_interchanges("UNB+UNOA:1'" + "+" * 3_000_001)
    assert [problem.code for problem in found.problems] == ["interchange_too_long"]
    assert found.messages == []


def test_when_an_interchange_was_made_sorts_in_time() -> None:
    stamps = ["991231:2359", "260301:0930", "20260301:0931", "260301", "bad:time"]
    made = [read_interchanges(interchange(message("ORDERS"), sent=sent))[0] for sent in stamps]
    assert [each.sent_at for each in made] == [
        "1999-12-31T23:59:00.000000Z",
        "2026-03-01T09:30:00.000000Z",
        "2026-03-01T09:31:00.000000Z",
        "2026-03-01T00:00:00.000000Z",
        "",
    ]

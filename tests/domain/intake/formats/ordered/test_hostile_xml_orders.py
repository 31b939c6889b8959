"""Orders in XML that are cut, bent or huge are told for what they are; no reader fails."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.intake.formats.listing import MAX_PROBLEMS
from domain.intake.formats.registry import read
from domain.intake.formats.xml_tree import MOST_DEPTH
from tests.factories.xml_orders import XmlLine, XmlOrder

WRITTEN = [
    XmlOrder().as_ubl(),
    XmlOrder(about="PO-1").as_ubl("OrderChange"),
    XmlOrder(about="PO-1").as_ubl("OrderCancellation"),
    XmlOrder().as_orderx(),
    XmlOrder(about="PO-1").as_orderx(kind="230", purpose="4"),
    XmlOrder().as_cxml(),
]
VALUES = [
    "",
    " ",
    "-1",
    "0",
    "9" * 30,
    "9" * 31,
    "0." + "9" * 30,
    "NaN",
    "1e9",
    "١",
    "<a/>",
    "&#0;",
]


def _codes(raw: bytes) -> set[str]:
    return {problem.code for problem in read(raw).all_problems}


@given(
    st.sampled_from(WRITTEN), st.integers(0, 4_000), st.integers(0, 400), st.sampled_from(VALUES)
)
@settings(max_examples=400)
def test_what_is_cut_or_bent_makes_no_reader_fail(
    text: str, start: int, length: int, put: str
) -> None:
    bent = text[:start] + put + text[start + length :]
    assert "reader_failed" not in _codes(bent.encode())


@given(st.sampled_from(WRITTEN), st.sampled_from(VALUES), st.integers(0, 60))
@settings(max_examples=400)
def test_any_value_may_stand_anywhere(text: str, value: str, place: int) -> None:
    pieces = text.split(">")
    place = min(place, len(pieces) - 1)
    own = pieces[place].rpartition("<")
    pieces[place] = f"{value}<{own[2]}"
    assert "reader_failed" not in _codes(">".join(pieces).encode())


def test_of_very_many_faults_the_first_are_listed() -> None:
    order = XmlOrder(lines=[XmlLine("A-1", "two", number=str(n)) for n in range(500)])
    reading = read(order.as_ubl().encode())
    assert len(reading.all_problems) == MAX_PROBLEMS
    assert len(reading.orders[0].lines) == 500


def test_the_document_type_of_cxml_is_named_and_never_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("something is fetched")

    monkeypatch.setattr("socket.socket", refuse)
    raw = XmlOrder().as_cxml().encode()
    assert b'<!DOCTYPE cXML SYSTEM "http://' in raw
    assert read(raw).kind == "order"


@pytest.mark.parametrize("write", [XmlOrder.as_ubl, XmlOrder.as_orderx, XmlOrder.as_cxml])
def test_an_order_that_is_too_deep_is_told(write: Callable[[XmlOrder], str]) -> None:
    deep = write(XmlOrder()).replace("Thing", "<a>" * (MOST_DEPTH + 1))
    (problem,) = read(deep.encode()).all_problems
    assert (problem.code, problem.path) == ("document_too_complex", "line 1")

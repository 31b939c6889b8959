"""XML is read as a tree, and nothing that is hostile in it does any harm."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.intake.formats.invoiced.reading import read_invoices
from domain.intake.formats.registry import read
from domain.intake.formats.xml_tree import LONGEST_TEXT, MOST_DEPTH, read_xml
from tests.factories.invoices import (
    Written,
    WrittenLine,
    as_810,
    as_cii,
    as_invoic,
    as_ubl,
)

LAUGHS = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
PARAMETER = b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]><a/>'


@pytest.mark.parametrize("raw", [LAUGHS, OUTSIDE, PARAMETER])
def test_entities_are_neither_expanded_nor_fetched(raw: bytes) -> None:
    root, problem = read_xml(raw)
    assert root is None
    assert problem is not None
    assert (problem.code, problem.path) == ("entities_declared", "line 1")


def test_a_document_type_that_is_only_named_is_passed_over() -> None:
    raw = b'<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/1.2/InvoiceDetail.dtd"><cXML><a>1</a></cXML>'
    root, problem = read_xml(raw)
    assert problem is None
    assert root is not None
    assert root.value("a") == "1"


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        (b"<a><b></a>", "xml_malformed", "line 1, column 9"),
        (b"<a>", "xml_malformed", "line 1, column 4"),
        (b"<a>" * (MOST_DEPTH + 1), "document_too_complex", "line 1"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "encoding_invalid", "line 1"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(raw: bytes, code: str, path: str) -> None:
    root, problem = read_xml(raw)
    assert root is None
    assert problem is not None
    assert (problem.code, problem.path) == (code, path)


def test_too_many_elements_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.intake.formats.xml_tree.MOST_ELEMENTS", 10)
    root, problem = read_xml(b"<a>" + b"<b/>" * 10 + b"</a>")
    assert root is None
    assert problem is not None
    assert problem.code == "document_too_complex"


def test_a_document_that_is_embedded_is_cut_off() -> None:
    root, _ = read_xml(b"<a><b>" + b"x" * (LONGEST_TEXT + 70_000) + b"</b><c>1</c></a>")
    assert root is not None
    assert len(root.value("b") or "") == LONGEST_TEXT
    assert root.value("c") == "1"


def test_paths_count_where_there_are_several() -> None:
    root, _ = read_xml(b"<a xmlns='urn:x'><b/><b><c>1</c></b><d/></a>")
    assert root is not None
    last = list(root.all("b"))[1].first("c")
    assert last is not None
    assert (last.path, last.namespace) == ("a/b[2]/c", "urn:x")


def test_an_invoice_that_breaks_off_is_a_fault_of_the_whole() -> None:
    reading = read_invoices(b"<Invoice><ID>1</ID>", format="ubl.invoice")
    assert reading is not None
    assert (reading.invoices, [each.code for each in reading.problems]) == ((), ["xml_malformed"])


BILL = Written(lines=(WrittenLine(code="CUP", quantity=3),), tax_percent=7, freight="1.00")
WRITERS = (as_ubl, as_cii, as_810, as_invoic)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), write=st.sampled_from(WRITERS))
def test_whatever_is_changed_in_a_document_is_answered(
    data: st.DataObject, write: Callable[..., bytes]
) -> None:
    raw = bytearray(write(BILL))
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(raw[: data.draw(st.integers(len(raw) // 2, len(raw)))])
    for changed in (bytes(raw), cut):
        found = read_invoices(changed, format=read(changed).format)
        told = [] if found is None else [*found.problems]
        assert "reader_failed" not in [problem.code for problem in told]


@pytest.mark.parametrize("figure", ["9" * 29, "-" + "9" * 20, "1e400", "NaN", "0x10", "1,5"])
@pytest.mark.parametrize("write", WRITERS)
def test_odd_figures_are_told(write: Callable[..., bytes], figure: str) -> None:
    raw = write(BILL).replace(b"7.50", figure.encode()).replace(b"*2.50*", f"*{figure}*".encode())
    found = read_invoices(raw, format=read(raw).format)
    assert found is not None
    [invoice] = found.invoices
    codes = {problem.code for problem in invoice.problems}
    # EDIFACT takes a comma for the point, and then nothing adds up.
    assert codes & {"amount_out_of_range", "number_invalid", "line_amount_differs"}

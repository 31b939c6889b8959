"""Everything not read yet: recognised as what it is, refused, never taken for an order."""

from typing import Any

import pytest

from domain.intake.formats.registry import MAX_BYTES, read

FORMATS = {
    "cxml": ("cxml.",),
    "edi-edifact": ("edifact.",),
    "edi-edifact-envelope-faults": ("edifact.",),
    "edi-edifact-negative": ("edifact.",),
    "einvoice-xrechnung": ("ubl.", "cii."),
    "orderx": ("orderx.",),
    "ubl": ("ubl.",),
    "ubl-negative": ("ubl.",),
    "purchasing": ("csv",),
    "demand": ("csv",),
    "ecommerce/shopify-export-csv": ("csv",),
    "carriers/easypost": ("easypost.",),
    "carriers/easypost-recorded": ("easypost.",),
}
# Those of these folders that are orders are read, as their own tests say.
READ = ("ubl.order", "ubl.orderchange", "orderx.order", "cxml.orderrequest", "edifact.orders",
        "shopify.order_table", "shopify.order_line_table")  # fmt: skip


def test_every_other_sample_is_refused_as_what_it_is(other_sample: Any) -> None:
    reading = read(other_sample.raw)
    if reading.format in READ:
        # Read as an order, well or not: what it says is looked at where its format is.
        assert reading.kind != "not_an_order"
        return
    assert (reading.kind, reading.orders) == ("not_an_order", ())
    assert reading.problems[0].message
    assert reading.problems[0].remedy
    expected = FORMATS.get(other_sample.kind)
    if expected is not None:
        assert reading.format.startswith(expected)


def test_no_sample_makes_a_reader_fail(any_sample: Any) -> None:
    codes = {problem.code for problem in read(any_sample.raw).all_problems}
    assert "reader_failed" not in codes


def test_names_and_types_do_not_decide_the_format(any_sample: Any) -> None:
    plain = read(any_sample.raw)
    misnamed = read(any_sample.raw, filename="order.csv", content_type="application/pdf")
    assert plain == misnamed


UBL = "urn:oasis:names:specification:ubl:schema:xsd:"

DOCUMENTS = [
    (b"", "empty"),
    (b" \r\n\t ", "empty"),
    (b"\xef\xbb\xbf", "empty"),
    (b"hello", "unknown"),
    (b"null", "unknown"),
    (b"{}", "json"),
    (b"[]", "json"),
    (b"[1, 2]", "json"),
    (b'{"orders": []}', "json"),
    (b"%PDF-1.7 ...", "pdf"),
    (b"PK\x03\x04....xl/workbook.xml", "xlsx"),
    (b"PK\x03\x04....other", "zip"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x00\x01\x02\xff\xfe", "binary"),
    (b"sku,quantity,price\nA,1,2.00\nB,2,3.00\n", "csv"),
    (b"sku;quantity;price\nA;1;2,00\nB;2;3,00\n", "csv"),
    (b"sku\tquantity\nA\t1\nB\t2\n", "tsv"),
    (f'<?xml version="1.0"?><Order xmlns="{UBL}Order-2"/>'.encode(), "ubl.order"),
    (f'<OrderCancellation xmlns="{UBL}OrderCancellation-2">'.encode(), "ubl.ordercancellation"),
    (b"<SCRDMCCBDACIOMessageStructure>", "orderx.order"),
    (b"<cXML><Request><OrderRequest/></Request>", "cxml.orderrequest"),
    (f'<o:OrderChange xmlns:o="{UBL}OrderChange-2">'.encode(), "ubl.orderchange"),
    (b"<html><body>502 Bad Gateway</body></html>", "html"),
    (b"<broken", "xml"),
    (b"<!-- <Order> --><Invoice/>", "xml"),
    (b"UNB+UNOC:3+S+R+260131:1200+1'UNH+1+ORDERS:D:96A:UN'", "edifact.orders"),
    (b"UNA:+.? 'UNB+UNOC:3+S+R'UNH+1+DESADV:D:96A:UN'", "edifact.desadv"),
    ('{"order": 1}'.encode("utf-16"), "json"),
]


@pytest.mark.parametrize(("raw", "format"), DOCUMENTS)
def test_documents_are_known_by_their_content(raw: bytes, format: str) -> None:
    reading = read(raw)
    assert reading.format == format
    assert reading.kind != "order"
    assert reading.all_problems[0].remedy


def test_a_document_beyond_the_limit_is_refused_unread() -> None:
    reading = read(b" " * (MAX_BYTES + 1))
    assert [problem.code for problem in reading.problems] == ["document_too_large"]


def test_messages_never_echo_a_document_at_length() -> None:
    long = b"A" * 100_000
    for raw in (
        b'{"order": {"id": 1, "name": "#1", "total_price": "' + long + b'", "line_items": []}}',
        b'{"order": {"id": 1, "name": "#1", "' + long + b'": NaN}}',
        b"ISA*" + long,
        b"<" + long + b">",
        long + b"," + long + b"\n" + b"1,2\n1,2\n",
    ):
        for problem in read(raw).all_problems:
            assert len(problem.message) < 400
            assert len(problem.path) < 400

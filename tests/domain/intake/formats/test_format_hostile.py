"""Whatever comes in, the reader answers: random bytes, and real documents bent out of shape."""

import json
from copy import deepcopy
from functools import cache
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.intake.document import Reading, as_json
from domain.intake.formats.registry import read

SEEDS = (
    "ecommerce/shopify/goshopify_order_with_transaction.json",
    "ecommerce/woocommerce/wp-api-v3_orders_3_HTTP_request.json",
    "marketplace/amazon-spapi/ordersV0__getOrderItems__200-example.json",
    "marketplace/amazon-samples/vendororders-getPurchaseOrders.json",
    "marketplace/walmart/us_mp_orders__getAnOrder__200-ATTRIBUTES.json",
    "marketplace/walmart/us_mp_orders__refundOrderLines__200-example.json",
    "marketplace/walmart/us_mp_returns__getReturns__200-example.json",
    "marketplace/mirakl/mirakl_OR11_eur_partial.json",
    "marketplace/amazon-notifications/OrderChangeNotification-1.json",
    "ecommerce/magento/rest-tutorials-orders-order-create-invoice_View_the_invoice.json",
    "edi-x12/850_aaronhuggins_850.edi",
    "edi-x12/850_EDIandXML_5-850.edi",
    "edi-x12/810_xlate_invoice810_po850_dual.edi",
    "edi-x12-envelope-faults/850_indice-co_x12.850a.edi",
)
FEW = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def answer(raw: bytes) -> Reading:
    """The reading, after checking that it is whole: storable, printable, and never a failure."""
    reading = read(raw)
    assert "reader_failed" not in {problem.code for problem in reading.all_problems}
    if reading.kind != "order":
        assert reading.all_problems
    for problem in reading.all_problems:
        (problem.message + problem.path + problem.code).encode()
        assert "\x00" not in problem.message + problem.path
    json.dumps([as_json(order) for order in reading.orders]).encode()
    return reading


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_answered(raw: bytes) -> None:
    assert answer(raw).orders == ()


@settings(deadline=None)
@given(
    st.sampled_from([b"ISA*", b"ST*850*1~", b"{", b"[", b"<", b"UNA", b"PK\x03\x04"]), st.binary()
)
def test_arbitrary_bytes_after_a_known_beginning_are_answered(head: bytes, tail: bytes) -> None:
    answer(head + tail)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_document_cut_anywhere_is_answered(samples: dict[str, Any], seed: str) -> None:
    raw = samples[seed].raw
    step = max(1, len(raw) // 120)
    for end in range(0, len(raw), step):
        answer(raw[:end])


@FEW
@given(data=st.data(), seed=st.sampled_from(SEEDS))
def test_a_document_with_bytes_changed_is_answered(
    samples: dict[str, Any], data: st.DataObject, seed: str
) -> None:
    raw = bytearray(samples[seed].raw)
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    answer(bytes(raw))


ODD = st.sampled_from(
    [None, True, "", "x" * 500, "\x00", "NaN", -1, 10**25, 0.1, [], {}, [[]], {"a": []}, "٣"]
).map(deepcopy)  # what one example changes, the next must not find


@cache
def _parsed(text: bytes) -> str:
    return json.dumps(json.loads(text))


@FEW
@given(data=st.data(), seed=st.sampled_from(SEEDS[:10]))
def test_a_document_with_values_changed_is_answered(
    samples: dict[str, Any], data: st.DataObject, seed: str
) -> None:
    document = json.loads(_parsed(samples[seed].raw))
    for _ in range(data.draw(st.integers(1, 4))):
        holder, key = data.draw(st.sampled_from(list(places(document))))
        holder[key] = data.draw(ODD)
    answer(json.dumps(document).encode())


def places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    pending = [value]
    while pending:
        holder = pending.pop()
        keys = holder.keys() if isinstance(holder, dict) else range(len(holder))
        for key in list(keys):
            found.append((holder, key))
            if isinstance(holder[key], dict | list):
                pending.append(holder[key])
    return found


@FEW
@given(data=st.data(), seed=st.sampled_from(SEEDS[10:]))
def test_an_interchange_with_segments_dropped_and_doubled_is_answered(
    samples: dict[str, Any], data: st.DataObject, seed: str
) -> None:
    text = samples[seed].raw.decode()
    mark = "\x1c" if "\x1c" in text else "~"
    lines = text.split(mark)
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, max(0, len(lines) - 1)))
        if lines and data.draw(st.booleans()):
            lines.insert(place, lines[place])
        elif lines:
            del lines[place]
    answer(mark.join(lines).encode())


MEGABYTE = 1024 * 1024
LARGE = {
    "one segment of lines": b"ISA*00*          *00*          *ZZ*S              *ZZ*R              "
    b"*260131*1200*U*00401*000000001*0*P*>~" + b"\nAB" * MEGABYTE,
    "many interchange heads": (
        b"ISA*00*          *00*          *ZZ*S              *ZZ*R              "
        b"*260131*1200*U*00401*000000001*0*P*>~IEA*0*000000001~" * 2_000
    ),
    "open comments": b"<" + b"<!-- " * 200_000,
    "open tags": b"<a " * 400_000,
    "a flat list": b"[" + b"1," * MEGABYTE + b"1]",
    "deep objects": b'{"a":' * MEGABYTE,
    "open quotes": b'["' + b'\\"' * MEGABYTE,
    "a wide table": b"a," * MEGABYTE + b"\n" + b"1," * MEGABYTE,
    "many faulty lines": b"ST*850*1~BEG*00*SA*1**20260131~" + b"PO1**x*EA*y**VN~" * 30_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_hostile_document_is_answered_in_time(name: str) -> None:
    started = process_time()
    reading = answer(LARGE[name])
    assert len(reading.all_problems) < 3_000
    assert process_time() - started < 10

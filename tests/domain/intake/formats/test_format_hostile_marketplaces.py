"""Orders of marketplaces and exports of orders, bent out of shape: they are answered."""

import json
from collections.abc import Callable
from copy import deepcopy
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.intake.formats.json_fields import MAX_ROWS
from tests.domain.intake.formats.test_format_hostile import ODD, answer, places
from tests.factories.marketplace_orders import (
    magento_item,
    magento_order,
    mirakl_line,
    mirakl_order,
    walmart_line,
    walmart_order,
)
from tests.factories.order_exports import AMAZON, SHOPIFY, amazon_report, shopify_export

FEW = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _magento() -> dict[str, Any]:
    bundle = magento_item("KIT", 1, item_id=5, product_type="bundle", price=32, row_total=32)
    part = magento_item("BALL", 1, item_id=6, parent_item_id=5, price=27, row_total=27)
    parent = magento_item("HOODIE", 1, item_id=10, product_type="configurable")
    variant = magento_item("HOODIE-S", 1, item_id=11, price=0, row_total=0, parent_item=parent)
    return {"items": [magento_order(bundle, part, variant)], "search_criteria": {}}


DOCUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "magento": _magento,
    "walmart": walmart_order,
    "mirakl": lambda: mirakl_order(mirakl_line(), mirakl_line(2, fees=[{"amount": 1}])),
}
WORDS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["-1", "1e999", "9" * 40, "NaN", "1.2.3,4", "(5)", '"', "\x00", "\ud800"]),
)


@FEW
@given(data=st.data(), name=st.sampled_from(sorted(DOCUMENTS)))
def test_an_order_with_values_changed_is_answered(data: st.DataObject, name: str) -> None:
    document = deepcopy(DOCUMENTS[name]())
    for _ in range(data.draw(st.integers(1, 5))):
        holder, key = data.draw(st.sampled_from(list(places(document)) or [({}, "none")]))
        if data.draw(st.booleans()) and isinstance(holder, dict):
            holder.pop(key, None)
        else:
            holder[key] = data.draw(ODD)
    answer(json.dumps(document).encode())


@FEW
@given(
    shopify=st.dictionaries(st.sampled_from([name.lower() for name in SHOPIFY]), WORDS, max_size=4),
    amazon=st.dictionaries(st.sampled_from(list(AMAZON)), WORDS, max_size=4),
    cut=st.integers(0, 1500),
)
def test_an_export_with_cells_changed_is_answered(
    shopify: dict[str, str], amazon: dict[str, str], cut: int
) -> None:
    for text in (shopify_export(shopify), amazon_report(amazon)):
        raw = text.encode("utf-8", "surrogatepass")
        answer(raw)
        answer(raw[:cut])


def test_rows_that_name_each_other_as_their_parents_are_lines_by_themselves() -> None:
    rows = [
        magento_item("A", item_id=1, parent_item_id=2),
        magento_item("B", item_id=2, parent_item_id=1),
        magento_item("C", item_id=3, parent_item_id=3),
    ]
    (order,) = answer(json.dumps(magento_order(*rows)).encode()).orders
    assert [line.external_code for line in order.lines] == ["A", "B", "C"]


LARGE: dict[str, Callable[[], bytes]] = {
    "many rows of Magento": lambda: json.dumps(
        magento_order(*(magento_item(item_id=n, parent_item_id=n - 1) for n in range(1, 3_000)))
    ).encode(),
    "too many rows of Magento": lambda: json.dumps(
        {"order": magento_order(*(magento_item(item_id=n) for n in range(MAX_ROWS + 1)))}
    ).encode(),
    "many lines of Walmart": lambda: json.dumps(
        walmart_order(*(walmart_line(amount="x") for _ in range(3_000)))
    ).encode(),
    "many orders of Mirakl": lambda: json.dumps(
        {"orders": mirakl_order()["orders"] * 1_000}
    ).encode(),
    "a long export": lambda: shopify_export(*({"name": f"#{n}"} for n in range(3_000))).encode(),
    "a long report": lambda: amazon_report(*({"quantity": "x"} for _ in range(3_000))).encode(),
    "an open quote": lambda: (shopify_export({}) + '"' + "x,\n" * 400_000).encode(),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_document_is_answered_in_time(name: str) -> None:
    raw = LARGE[name]()
    started = process_time()
    reading = answer(raw)
    assert len(reading.all_problems) < 10_000
    assert process_time() - started < 10

"""Credit memos of Adobe Commerce and returns of Walmart: read, and booked once on their orders."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.intake.formats.registry import read
from domain.intake.formats.returned.notice import ReturnNotice
from domain.intake.formats.returned.reading import read_returns
from domain.returns.models import ReturnCredit, ReturnLine, ReturnRequest
from tests.domain.intake.formats.conftest import FOLDER
from tests.factories.door_shipping import ship_all
from tests.factories.intake import Door, new_door
from tests.factories.marketplace_orders import (
    magento_item,
    magento_order,
    walmart_line,
    walmart_order,
)
from tests.factories.masters import new_item
from tests.factories.orders import violations
from tests.factories.tenants import TenantUnderTest

D = Decimal


def _memo(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    rows = list(items) or [_memo_row()]
    goods = sum(r.get("row_total") or 0 for r in rows if isinstance(r, dict))
    memo = {
        "entity_id": 9,
        "increment_id": "000000009",
        "order_id": 3001,
        "order_currency_code": "EUR",
        "adjustment": 0,
        "shipping_amount": 0,
        "grand_total": goods,
        "items": rows,
        "comments": [{"comment": "too small"}],
    }
    return {**memo, **changes}


def _memo_row(item_id: int = 71, sku: str = "A-1", quantity: int = 1, **changes: Any) -> Any:
    row = {"order_item_id": item_id, "sku": sku, "qty": quantity, "row_total": 10 * quantity}
    return {**row, "tax_amount": 0, **changes}


def _walmart_return(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    labels = [{"carrierInfoList": [{"carrierName": "FEDEX", "trackingNo": "78561"}]}]
    document = {
        "returnOrderId": "10373",
        "customerOrderId": "5281956426648",
        "returnLineGroups": [{"groupNo": 1, "labels": labels}],
        "returnOrderLines": list(rows) or [_returned()],
    }
    return {"meta": {"totalCount": 1}, "returnOrders": [{**document, **changes}]}


def _returned(**changes: Any) -> dict[str, Any]:
    row = {
        "purchaseOrderId": "1796277083022",
        "purchaseOrderLineNumber": 1,
        "item": {"sku": "A-1"},
        "quantity": {"unitOfMeasure": "EACH", "measurementValue": 1},
        "returnReason": "ARRIVED_LATE",
        "returnExpectedFlag": True,
        "status": "INITIATED",
    }
    return {**row, **changes}


def _notices(document: Any) -> list[ReturnNotice]:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_returns(read(raw).format, raw)


async def _rows(door: Door, table: Any) -> Sequence[Any]:
    async with door.tenant.read() as reader:
        return await reader.rows(
            select(*table.__table__.c).where(table.tenant_id == door.tenant.id).order_by(table.id)
        )


def test_a_credit_memo_is_read_row_by_row() -> None:
    row = _memo_row(quantity=2, discount_amount=3, discount_tax_compensation_amount="0.5")
    (memo,) = _notices(_memo({**row, "tax_amount": "3.23"}, shipping_amount=5, grand_total=28))
    assert (memo.external_id, memo.order_id, memo.currency) == ("9", "3001", "EUR")
    assert [(r.line, r.code, r.quantity, r.net, r.tax, r.comes_back) for r in memo.rows] == [
        ("71", "A-1", D(2), D("17.5"), D("3.23"), True)
    ]
    # 28.00 less 20.73 for goods and 5.00 for shipping: the rest is an adjustment.
    assert (memo.shipping, memo.other, memo.reason, memo.pays) == (
        D(5),
        D("2.27"),
        "too small",
        True,
    )


@pytest.mark.parametrize(
    "rows",
    [
        [_memo_row(10, "HOODIE-S"), _memo_row(11, "HOODIE-S", row_total=None)],
        [_memo_row(10, "HOODIE-S"), _memo_row(11, "HOODIE-S", row_total=0)],
        [_memo_row(5, "KIT", row_total=None), _memo_row(10, "BALL")],
    ],
)
def test_only_rows_with_money_of_their_own_count(rows: list[dict[str, Any]]) -> None:
    (memo,) = _notices(_memo(*rows))
    assert [row.line for row in memo.rows] == ["10"]


def test_credit_memos_come_as_the_result_of_a_search_too() -> None:
    found = _notices({"items": [_memo(), _memo(entity_id=10)], "search_criteria": {}})
    assert [(each.external_id, each.path) for each in found] == [
        ("9", "items[0]"),
        ("10", "items[1]"),
    ]


def test_the_sample_of_walmart_is_read() -> None:
    if FOLDER is None:
        pytest.skip("no shared/samples beside this checkout")
    sample = FOLDER / "marketplace/walmart/us_mp_returns__getReturns__200-example.json"
    (only,) = _notices(sample.read_bytes())
    assert (only.external_id, only.order_id) == ("103738048909818825", "4790210558890")
    assert [(r.line, r.code, r.quantity, r.comes_back) for r in only.rows] == [
        ("1", "ANTL_GDL-0700", D(3), True)
    ]
    assert (only.carrier, only.tracking_number, only.reason) == (
        "FEDEX",
        "785611449666",
        "ARRIVED_LATE",
    )


def test_goods_of_two_orders_are_two_returns() -> None:
    found = _notices(
        _walmart_return(
            _returned(),
            _returned(purchaseOrderId="2", isKeepIt=True),
            _returned(status="CANCELLED"),
        )
    )
    assert [(each.external_id, each.order_id) for each in found] == [
        ("10373", "1796277083022"),
        ("10373-2", "2"),
    ]
    assert [row.comes_back for each in found for row in each.rows] == [True, False]


def test_a_return_that_was_cancelled_is_told_so() -> None:
    (only,) = _notices(_walmart_return(_returned(status="CANCELLED")))
    assert only.is_cancelled


async def test_a_credit_memo_is_credited_once(tenant: TenantUnderTest) -> None:
    await new_item(tenant, sku="A-1")
    door = await new_door(tenant, source="magento")
    early = await door.take(_memo())
    assert (early.outcome, [p.code for p in early.reading.problems]) == (
        "exception",
        ["order_unknown"],
    )
    await door.take(magento_order(magento_item("A-1", 2)))
    await ship_all(door)
    done = await door.take(_memo(entity_id=10))
    assert (done.outcome, done.reading.format) == ("accepted", "magento.credit_memo")
    (line,) = await _rows(door, ReturnLine)
    assert (line.status, line.quantity, line.credited) == ("authorized", 1, 1)
    (credit,) = await _rows(door, ReturnCredit)
    assert (credit.net_minor, credit.paid_by_channel) == (1000, True)
    assert (await door.take(_memo(entity_id=10))).outcome == "duplicate"
    over = await door.take(_memo(_memo_row(quantity=9), entity_id=11))
    assert over.outcome == "exception"
    assert len(await _rows(door, ReturnRequest)) == 1
    assert await violations(tenant) == {}


async def test_a_return_of_walmart_is_expected_once(tenant: TenantUnderTest) -> None:
    await new_item(tenant, sku="A-1")
    door = await new_door(tenant, source="walmart", kind="marketplace")
    await door.take(walmart_order(walmart_line()))
    await ship_all(door)
    outcomes = [(await door.take(_walmart_return())).outcome for _ in range(2)]
    assert outcomes == ["accepted", "duplicate"]
    (line,) = await _rows(door, ReturnLine)
    assert (line.status, line.quantity, line.credited) == ("authorized", 1, 0)
    assert await violations(tenant) == {}


@pytest.mark.parametrize("bad", [None, [], {}, "x", -1, [3], {"a": 1}, True])
def test_whatever_stands_in_a_return_is_answered(bad: Any) -> None:
    for document in (_memo(), _walmart_return()["returnOrders"][0]):
        for name in document:
            _notices({**document, name: bad})
    _notices(_memo(bad))
    _notices(_walmart_return(bad))

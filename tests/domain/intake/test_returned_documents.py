"""Refunds and returns that channels tell of: booked once, bounded, and waiting where they must."""

import asyncio
import json
import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from domain.intake.formats.registry import read
from domain.intake.formats.returned.reading import read_returns
from domain.intake.operations import process_message, receive_message
from domain.returns.models import (
    ReturnAuthorization,
    ReturnCredit,
    ReturnLine,
    ReturnRequest,
)
from domain.returns.operations.setup import set_return_reason
from tests.factories.delivering import deliver_all
from tests.factories.door_shipping import ship_all
from tests.factories.intake import Door, ShopLine, ShopOrder, as_bytes, new_door
from tests.factories.masters import new_item
from tests.factories.orders import violations
from tests.factories.tenants import TenantUnderTest

D = Decimal
SHOPIFY = "ecommerce/shopify/rubyapi_2024_10_refund_{}.json"
ORDER = ShopOrder(lines=(ShopLine("A-1", 2, "10.00"), ShopLine("B-1", 1, "7.50")))
ORDER_ID = 900_000_000 + 1001


def _refund(*lines: tuple[int, int, str, str], id: int = 1, **more: Any) -> dict[str, Any]:
    """A Shopify refund of (line, quantity, amount, restock type)."""
    return {
        "refund": {
            "id": id,
            "order_id": ORDER_ID,
            "note": "too small",
            "refund_line_items": [
                {
                    "line_item_id": 1001 * 100 + line,
                    "quantity": quantity,
                    "subtotal": subtotal,
                    "total_tax": "0.00",
                    "restock_type": kind,
                }
                for line, quantity, subtotal, kind in lines
            ],
            "transactions": [],
            "order_adjustments": [],
            **more,
        }
    }


async def _door(tenant: TenantUnderTest) -> Door:
    door = await new_door(tenant)
    for sku in ("A-1", "B-1"):
        await new_item(tenant, sku=sku)
    return door


async def _rows(door: Door, table: Any) -> Sequence[Any]:
    async with door.tenant.read() as reader:
        return await reader.rows(
            select(*table.__table__.c).where(table.tenant_id == door.tenant.id).order_by(table.id)
        )


async def _lines(door: Door) -> list[tuple[str, int, int]]:
    """(status, quantity, credited) of every line of every return."""
    return [
        (row.status, int(row.quantity), int(row.credited)) for row in await _rows(door, ReturnLine)
    ]


async def test_a_refund_is_credited_once_and_its_goods_may_come(tenant: TenantUnderTest) -> None:
    door = await _door(tenant)
    async with tenant.work() as work:
        reason = await set_return_reason(work, code="FIT", name="Fit", told_as=["too small"])
    await door.take(ORDER.document())
    await ship_all(door)
    refund = _refund((1, 1, "10.00", "return"), (2, 1, "7.50", "no_restock"))
    done = await door.take(refund)
    assert (done.outcome, done.reading.format) == ("accepted", "shopify.refund")
    assert await _lines(door) == [("authorized", 1, 1), ("kept", 1, 1)]
    [row] = await _rows(door, ReturnRequest)
    assert (row.source, row.resolution, row.status) == ("channel", "refund", "receiving")
    assert {line.reason_id for line in await _rows(door, ReturnLine)} == {reason}
    [credit] = await _rows(door, ReturnCredit)
    assert (credit.net_minor, credit.paid_by_channel) == (1750, True)
    [authorization] = await _rows(door, ReturnAuthorization)
    assert authorization.status == "open"
    again = await door.take(json.dumps(refund, indent=1))
    assert again.outcome == "duplicate"
    assert len(await _rows(door, ReturnRequest)) == 1
    assert await violations(tenant) == {}


async def test_a_refund_before_its_order_waits_for_it_and_for_its_shipment(
    tenant: TenantUnderTest,
) -> None:
    door = await _door(tenant)
    early = await door.take(_refund((1, 2, "20.00", "return")))
    assert early.outcome == "exception"
    assert [p.code for p in early.reading.problems] == ["order_unknown"]
    await door.take(ORDER.document())
    await deliver_all(tenant)
    message = await door.message(early.message_id)
    assert [p["code"] for p in message.problems] == ["not_shipped"]
    await ship_all(door)
    await deliver_all(tenant)
    message = await door.message(early.message_id)
    assert (message.outcome, message.problems) == ("accepted", [])
    assert await _lines(door) == [("authorized", 2, 2)]
    assert await violations(tenant) == {}


async def test_a_refund_that_is_read_while_its_order_comes_waits_for_its_shipment(
    tenant: TenantUnderTest,
) -> None:
    """What its order led to is over when the refund waits: it is read again by itself."""
    door = await _door(tenant)
    raw = as_bytes(_refund((1, 2, "20.00", "return")))
    async with tenant.work() as work:
        refund_id = await receive_message(work, channel_code=door.code, raw=raw)
        early = await process_message(work, message_id=refund_id)
        assert early is not None
        assert [p.code for p in early.reading.problems] == ["order_unknown"]
        await door.take(ORDER.document())
        await deliver_all(tenant)
    await deliver_all(tenant)
    message = await door.message(refund_id)
    assert [p["code"] for p in message.problems] == ["not_shipped"]
    await ship_all(door)
    await deliver_all(tenant)
    message = await door.message(refund_id)
    assert (message.outcome, message.problems) == ("accepted", [])
    assert await _lines(door) == [("authorized", 2, 2)]
    assert await violations(tenant) == {}


async def test_more_than_was_billed_is_an_exception_and_changes_nothing(
    tenant: TenantUnderTest,
) -> None:
    door = await _door(tenant)
    await door.take(ORDER.document())
    await ship_all(door)
    done = await door.take(_refund((1, 1, "20.01", "return")))
    assert done.outcome == "exception"
    assert [p.code for p in done.reading.problems] == ["over_credited"]
    unknown = await door.take(_refund((9, 1, "1.00", "return"), id=2))
    assert [p.code for p in unknown.reading.problems] == ["line_unknown"]
    assert await _rows(door, ReturnRequest) == []
    assert await violations(tenant) == {}


async def test_shipping_alone_is_paid_back_and_what_was_never_sent_is_nothing(
    tenant: TenantUnderTest,
) -> None:
    door = await _door(tenant)
    with_shipping = {"total_shipping_price_set": {"shop_money": {"amount": "4.90"}}}
    order = ShopOrder(
        lines=ORDER.lines,
        more={**with_shipping, "total_price": "32.40", "shipping_lines": [{"price": "4.90"}]},
    )
    await door.take(order.document())
    await ship_all(door)
    adjustment = {"kind": "shipping_refund", "amount": "-4.90"}
    done = await door.take(_refund(order_adjustments=[adjustment]))
    assert done.outcome == "accepted"
    [credit] = await _rows(door, ReturnCredit)
    assert (credit.net_minor, credit.shipping_minor) == (0, 490)
    nothing = await door.take(_refund((1, 1, "10.00", "cancel"), id=3))
    assert nothing.outcome == "rejected"
    over = await door.take(_refund(order_adjustments=[adjustment], id=4))
    assert [p.code for p in over.reading.problems] == ["over_credited"]
    assert await violations(tenant) == {}


async def test_the_same_refund_twice_at_once_is_booked_once(tenant: TenantUnderTest) -> None:
    door = await _door(tenant)
    await door.take(ORDER.document())
    await ship_all(door)
    refund = _refund((1, 1, "10.00", "return"))
    messages = [await door.receive(refund) for _ in range(4)]
    outcomes = await asyncio.gather(
        *(door.process(each) for each in messages), return_exceptions=True
    )
    for each in outcomes:
        assert not isinstance(each, BaseException), repr(each)
    assert len(await _rows(door, ReturnCredit)) == 1
    assert await violations(tenant) == {}


def _notices(name: str) -> list[Any]:
    stated = os.environ.get("CROSSDOCK_SAMPLES")
    places = [Path(stated)] if stated else []
    places += [above / "shared" / "samples" for above in Path(__file__).resolve().parents]
    found = next((each / name for each in places if (each / name).is_file()), None)
    if found is None:
        pytest.skip("no shared/samples beside this checkout")
    raw = found.read_bytes()
    return read_returns(read(raw).format, raw)


def test_the_refunds_of_shopify_are_read() -> None:
    [first] = _notices(SHOPIFY.format(1))
    assert (first.external_id, first.order_id, first.currency) == ("509562969", "450789469", "USD")
    assert [(r.line, r.code, r.quantity, r.net, r.tax, r.comes_back) for r in first.rows] == [
        ("703073504", "IPOD2008BLACK", 1, D("195.66"), D("3.98"), True),
        ("466157049", "IPOD2008GREEN", 1, D("195.67"), D("3.98"), True),
    ]
    [second] = _notices(SHOPIFY.format(2))
    assert [(r.net, r.comes_back) for r in second.rows] == [(D("0.00"), False)]
    [third] = _notices(SHOPIFY.format(3))
    assert (third.rows, third.shipping, third.other) == ((), D("5.00"), 0)


def test_the_refunds_of_woocommerce_are_read() -> None:
    [only] = _notices("ecommerce/woocommerce/wp-api-v3_order-refunds_1_HTTP_request.json")
    assert (only.external_id, only.order_id, only.other) == ("726", "723", D("10.00"))
    first, second = _notices("ecommerce/woocommerce/wp-api-v3_order-refunds_3_HTTP_request.json")
    assert (first.external_id, second.external_id) == ("726", "724")
    assert [(r.line, r.quantity, r.net) for r in second.rows] == [("311", 1, D("9.00"))]
    assert second.other == 0


@pytest.mark.parametrize(
    ("name", "orders"),
    [
        ("getReturn__200-example", ["107-7727827-8514700"]),
        ("getReturn__200-sandbox0", ["107-7727827-8514700"]),
        ("listReturns__200-example", ["107-7727827-8514700", "107-7727827-8514701"]),
        ("listReturns__200-sandbox0", ["407-7727827-8514700"]),
    ],
)
def test_the_returns_of_amazon_are_read(name: str, orders: list[str]) -> None:
    path = f"marketplace/amazon-spapi/externalFulfillmentReturns_2024-09-11__{name}.json"
    notices = _notices(path)
    assert [each.order_id for each in notices] == orders
    assert {row.quantity for each in notices for row in each.rows} == {1}
    assert not any(each.pays for each in notices)
    assert notices[0].rows[0].code in ("SerialYT1", "1002400773021", "mSku1")

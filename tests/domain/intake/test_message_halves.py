"""An Amazon order and its items that come as two messages are one order, in either order."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from domain.intake.operations import replay_message
from domain.kernel.models import EventRecord
from tests.factories.intake import Door, new_door
from tests.factories.masters import new_item
from tests.factories.tenants import TenantUnderTest

NUMBER = "902-3159896-1390916"


def _header(number: str = NUMBER, *, status: str = "Unshipped", hour: int = 1) -> dict[str, Any]:
    return {
        "AmazonOrderId": number,
        "PurchaseDate": "2026-03-01T00:00:00Z",
        "LastUpdateDate": f"2026-03-01T{hour:02}:00:00Z",
        "OrderStatus": status,
        "FulfillmentChannel": "MFN",
        "OrderTotal": {"CurrencyCode": "EUR", "Amount": "24.00"},
        "ShippingAddress": {
            "Name": "Kim Muster",
            "AddressLine1": "Kai 1",
            "City": "Bremen",
            "PostalCode": "28195",
            "CountryCode": "DE",
        },
    }


def _order(*headers: dict[str, Any]) -> dict[str, Any]:
    """An answer of getOrder, or of getOrders."""
    return {"payload": headers[0] if len(headers) == 1 else {"Orders": list(headers)}}


def _items(number: str = NUMBER, *, quantity: int = 2) -> dict[str, Any]:
    """An answer of getOrderItems."""
    item = {
        "ASIN": "B00TEST001",
        "SellerSKU": "A-1",
        "OrderItemId": f"item of {number}",
        "Title": "A thing",
        "QuantityOrdered": quantity,
        "QuantityShipped": 0,
        "ItemPrice": {"CurrencyCode": "EUR", "Amount": f"{quantity * 12}.00"},
    }
    return {"payload": {"AmazonOrderId": number, "OrderItems": [item]}}


@pytest.fixture
async def door(tenant: TenantUnderTest) -> Door:
    """A marketplace channel that knows the item."""
    await new_item(tenant, sku="A-1")
    return await new_door(tenant, kind="marketplace", source="amazon")


async def _codes(door: Door, message_id: int) -> list[str]:
    return [problem["code"] for problem in (await door.message(message_id)).problems]


async def _outcomes(door: Door, message_ids: Sequence[int]) -> list[str]:
    return [(await door.message(message_id)).outcome for message_id in message_ids]


async def test_a_half_waits_and_says_what_it_lacks(door: Door) -> None:
    header, items = await door.take(_order(_header())), None
    assert (header.outcome, await _codes(door, header.message_id)) == (
        "exception",
        ["items_missing"],
    )
    other = await new_door(door.tenant, kind="marketplace", source="amazon")
    items = await other.take(_items())
    assert (items.outcome, await _codes(other, items.message_id)) == (
        "exception",
        ["order_missing"],
    )
    assert (await door.orders(), await other.orders()) == ([], [])


@pytest.mark.parametrize("items_first", [False, True])
async def test_when_the_other_half_comes_the_order_is_booked(door: Door, items_first: bool) -> None:
    halves = [_order(_header()), _items()]
    if items_first:
        halves.reverse()
    first, second = [await door.take(half) for half in halves]
    order = await door.order()
    assert (first.outcome, second.outcome) == ("exception", "accepted")
    assert (order.external_number, order.total_minor, order.payment_state) == (
        NUMBER,
        2400,
        "paid",
    )
    assert order.ship_to["city"] == "Bremen"
    (line,) = await door.lines(order.id)
    assert (line.quantity, line.external_code) == (2, "A-1")
    for message_id in (first.message_id, second.message_id):
        message = await door.message(message_id)
        assert (message.outcome, message.problems) == ("accepted", [])
        (document,) = await door.documents(message_id)
        assert (document.outcome, document.order_id) == ("accepted", order.id)
    assert second.reading.all_problems == ()
    async with door.tenant.read() as reader:
        told = await reader.values(
            select(EventRecord.payload["outcome"].astext)
            .where(
                EventRecord.tenant_id == door.tenant.id,
                EventRecord.type == "intake.message_processed",
                EventRecord.aggregate_id == first.message_id,
            )
            .order_by(EventRecord.id)
        )
    assert list(told) == ["exception", "accepted"]


async def test_both_halves_at_once_are_one_order(door: Door) -> None:
    ids = [await door.receive(half) for half in (_order(_header()), _items())]
    await asyncio.gather(*(door.process(message_id) for message_id in ids))
    assert await _outcomes(door, ids) == ["accepted", "accepted"]
    assert (await door.order()).total_minor == 2400


async def test_a_list_of_orders_waits_until_the_items_of_all_have_come(door: Door) -> None:
    numbers = ["902-0000000-0000001", "902-0000000-0000002"]
    listed = await door.take(_order(*map(_header, numbers)))
    assert await _codes(door, listed.message_id) == ["items_missing", "items_missing"]
    await door.take(_items(numbers[1]))
    assert await _outcomes(door, [listed.message_id]) == ["exception"]
    assert await _codes(door, listed.message_id) == ["items_missing"]
    assert [d.outcome for d in await door.documents(listed.message_id)] == [
        "exception",
        "accepted",
    ]
    await door.take(_items(numbers[0]))
    assert await _outcomes(door, [listed.message_id]) == ["accepted"]
    assert sorted(order.external_number for order in await door.orders()) == numbers


async def test_items_that_come_before_a_list_of_orders_find_it_complete(door: Door) -> None:
    numbers = ["902-0000000-0000001", "902-0000000-0000002"]
    items = [await door.take(_items(number)) for number in numbers]
    listed = await door.take(_order(*map(_header, numbers)))
    assert listed.outcome == "accepted"
    assert await _outcomes(door, [each.message_id for each in items]) == ["accepted"] * 2


async def test_a_later_header_alone_still_changes_the_order(door: Door) -> None:
    await door.take(_order(_header()))
    await door.take(_items())
    again = await door.take(_order(_header(hour=2)))
    assert again.outcome == "duplicate"
    cancelled = await door.take(_order(_header(status="Canceled", hour=3)))
    assert cancelled.outcome == "accepted"
    assert (await door.order()).status == "cancelled"
    late = await door.take(_order(_header(hour=2)))
    assert late.outcome == "duplicate"


async def test_of_several_headers_the_latest_counts_when_the_items_come(door: Door) -> None:
    await door.take(_order(_header(status="Canceled", hour=3)))
    await door.take(_order(_header(hour=1)))
    await door.take(_items())
    assert (await door.order()).status == "cancelled"


async def test_a_half_that_waits_for_an_item_too_is_booked_after_mapping_and_replay(
    tenant: TenantUnderTest,
) -> None:
    door = await new_door(tenant, kind="marketplace", source="amazon")
    header = await door.take(_order(_header()))
    items = await door.take(_items())
    assert await _codes(door, items.message_id) == ["unknown_item"]
    assert await _codes(door, header.message_id) == ["items_missing"]
    await new_item(tenant, sku="A-1")
    async with tenant.work() as work:
        await replay_message(work, message_id=items.message_id)
    assert await _outcomes(door, [header.message_id, items.message_id]) == ["accepted"] * 2
    assert len(await door.orders()) == 1


async def test_halves_of_other_channels_are_not_joined(door: Door) -> None:
    other = await new_door(door.tenant, kind="marketplace", source="amazon")
    await other.take(_order(_header()))
    assert (await door.take(_items())).outcome == "exception"
    assert (await door.orders(), await other.orders()) == ([], [])

"""Orders of Adobe Commerce, Walmart and Mirakl, and exports of orders, through the intake."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from domain.intake.operations import map_item_code, replay_message
from domain.intake.processing import Processed
from tests.factories.intake import Door, ShopLine, ShopOrder, new_door
from tests.factories.marketplace_orders import (
    magento_item,
    magento_order,
    mirakl_line,
    mirakl_order,
    walmart_line,
    walmart_order,
    walmart_status,
)
from tests.factories.masters import new_item
from tests.factories.order_exports import amazon_report, shopify_export
from tests.factories.orders import violations
from tests.factories.tenants import TenantUnderTest


@dataclass(frozen=True)
class Moment:
    """An order as its source sends it at some hour: how much of A-1, and what was cancelled."""

    hour: int = 10
    quantity: int = 2
    cancelled: int = 0
    further: bool = False

    @property
    def is_gone(self) -> bool:
        return self.cancelled == self.quantity


def _magento(at: Moment) -> dict[str, Any]:
    rows = [magento_item("A-1", at.quantity, qty_canceled=at.cancelled)]
    rows += [magento_item("A-2", 1, item_id=72)] if at.further else []
    state = {"state": "canceled", "status": "canceled"} if at.is_gone else {}
    return magento_order(*rows, updated_at=f"2026-03-01 {at.hour}:00:00", **state)


def _walmart(at: Moment) -> dict[str, Any]:
    states = [("Acknowledged", at.quantity - at.cancelled), ("Cancelled", at.cancelled)]
    line = walmart_line(
        quantity=at.quantity,
        amount=10 * at.quantity,
        statusDate=1772323200000 + at.hour * 3_600_000,
        orderLineStatuses=walmart_status(*(each for each in states if each[1])),
    )
    return walmart_order(line, *([walmart_line("2", "A-2", 1, amount=10)] if at.further else []))


def _mirakl(at: Moment) -> dict[str, Any]:
    left = at.quantity - at.cancelled
    lines = [mirakl_line(1, "A-1", left or at.quantity)]
    lines += [mirakl_line(2, "A-2", 1)] if at.further else []
    state = {"order_state": "CANCELED"} if at.is_gone else {}
    return mirakl_order(*lines, last_updated_date=f"2026-03-01T{at.hour}:00:00Z", **state)


SOURCES: dict[str, tuple[str, Callable[[Moment], dict[str, Any]]]] = {
    "magento": ("storefront", _magento),
    "walmart": ("marketplace", _walmart),
    "mirakl": ("marketplace", _mirakl),
}
Said = Callable[..., dict[str, Any]]


@pytest.fixture(params=sorted(SOURCES))
async def source(tenant: TenantUnderTest, request: pytest.FixtureRequest) -> tuple[Door, Said]:
    """A channel of the source that knows the items A-1 and A-2, and what it sends."""
    kind, make = SOURCES[request.param]
    for sku in ("A-1", "A-2"):
        await new_item(tenant, sku=sku)
    door = await new_door(tenant, source=request.param, kind=kind)
    return door, lambda **said: make(Moment(**said))


async def _quantities(door: Door) -> list[tuple[int, int]]:
    lines = await door.lines((await door.order()).id)
    return [(int(line.quantity), int(line.cancelled)) for line in lines]


async def _outcome(door: Door, processed: Processed) -> str:
    (document,) = await door.documents(processed.message_id)
    return str(document.outcome)


async def test_an_order_is_booked_once_whenever_it_comes(source: tuple[Door, Said]) -> None:
    door, said = source
    outcomes = [(await door.take(said())).outcome for _ in range(2)]
    assert outcomes == ["accepted", "duplicate"]
    order = await door.order()
    (line,) = await door.lines(order.id)
    assert (line.external_code, line.unit_price, line.net_minor + order.shipping_minor) == (
        "A-1",
        10,
        order.total_minor - order.tax_minor,
    )
    assert (order.currency, order.ship_to["city"], order.ship_to["country"]) == (
        "EUR",
        "Bremen",
        "DE",
    )
    ids = [await door.receive(said()) for _ in range(3)]
    done = await asyncio.gather(*(door.process(message_id) for message_id in ids))
    assert {p.outcome for p in done if p is not None} == {"duplicate"}
    assert await violations(door.tenant) == {}


async def test_a_newer_document_amends_and_an_older_one_does_not(
    source: tuple[Door, Said],
) -> None:
    door, said = source
    await door.take(said())
    newer = await door.take(said(hour=12, quantity=5, further=True))
    assert await _outcome(door, newer) == "amended"
    assert await _quantities(door) == [(5, 0), (1, 0)]
    older = await door.take(said(hour=11, quantity=9))
    assert (older.outcome, await _outcome(door, older)) == ("duplicate", "superseded")
    assert await _quantities(door) == [(5, 0), (1, 0)]


async def test_what_comes_before_the_order_was_seen_is_the_order(
    source: tuple[Door, Said],
) -> None:
    door, said = source
    assert (await door.take(said(hour=12, quantity=3))).outcome == "accepted"
    late = await door.take(said(hour=10))
    assert await _outcome(door, late) == "superseded"
    assert await _quantities(door) == [(3, 0)]


async def test_a_part_that_was_cancelled_is_not_delivered(source: tuple[Door, Said]) -> None:
    door, said = source
    await door.take(said(quantity=4))
    assert (await door.take(said(hour=12, quantity=4, cancelled=1))).outcome == "accepted"
    ((quantity, cancelled),) = await _quantities(door)
    assert quantity - cancelled == 3


async def test_a_cancelled_order_is_cancelled_before_and_after(source: tuple[Door, Said]) -> None:
    door, said = source
    await door.take(said())
    gone = await door.take(said(hour=12, cancelled=2))
    order = await door.order()
    assert (gone.outcome, order.status) == ("accepted", "cancelled")
    again = await door.take(said(hour=12, cancelled=2))
    assert again.outcome == "duplicate"
    late = await door.take(said(hour=11, quantity=7))
    assert await _outcome(door, late) == "superseded"
    assert (await door.order()).status == "cancelled"


async def test_an_order_that_is_cancelled_at_first_sight_is_kept_so(
    source: tuple[Door, Said],
) -> None:
    door, said = source
    await door.take(said(hour=12, cancelled=2))
    late = await door.take(said(hour=10))
    assert (await door.order()).status == "cancelled"
    assert await _outcome(door, late) == "superseded"


async def test_an_unknown_item_waits_until_its_code_is_mapped(
    tenant: TenantUnderTest, source: tuple[Door, Said]
) -> None:
    _, said = source
    other = await new_item(tenant, sku="OTHER")
    document = json.loads(json.dumps(said()).replace('"A-1"', '"NEW-1"'))
    door = await new_door(tenant, kind="marketplace")
    waiting = await door.take(document)
    ((code, path),) = [(p.code, p.path) for b in waiting.booked for p in b.problems]
    assert (waiting.outcome, code, await door.orders()) == ("exception", "unknown_item", [])
    assert path.endswith(("items[0]", "orderLine[0]", "order_lines[0]"))
    async with tenant.work() as work:
        await map_item_code(work, channel_id=door.channel_id, code="NEW-1", item_id=other)
        replayed = await replay_message(work, message_id=waiting.message_id)
    assert (replayed.outcome, len(await door.orders())) == ("accepted", 1)


@pytest.fixture
async def shop(tenant: TenantUnderTest) -> Door:
    """A Shopify channel that knows the items A-1 and A-2."""
    for sku in ("A-1", "A-2"):
        await new_item(tenant, sku=sku)
    return await new_door(tenant)


def _exported(**changes: str) -> str:
    goods = {
        "id": str(900_000_000 + 1001),
        "lineitem sku": "A-1",
        "lineitem price": "10.00",
        "subtotal": "20.00",
        "shipping": "0.00",
        "taxes": "0.00",
        "total": "20.00",
        "discount amount": "0.00",
        "discount code": "",
    }
    return shopify_export({**goods, **changes})


async def test_an_export_and_a_webhook_of_one_order_are_one_order(shop: Door) -> None:
    await shop.take(ShopOrder(updated_at="2026-03-01T09:00:30Z").document())
    # The export is of a later moment: the same goods, which it does not number.
    later = await shop.take(_exported())
    assert (later.outcome, await _quantities(shop)) == ("accepted", [(2, 0)])
    assert (await shop.order()).payment_state == "paid"
    newest = ShopOrder(lines=[ShopLine("A-1", 3)], updated_at="2026-03-01T12:00:00Z")
    await shop.take(newest.document())
    assert await _quantities(shop) == [(3, 0)]
    old = await shop.take(_exported())
    assert (await _outcome(shop, old), await _quantities(shop)) == ("superseded", [(3, 0)])


async def test_an_export_first_and_the_webhook_after_it_are_one_order(shop: Door) -> None:
    await shop.take(_exported())
    await shop.take(ShopOrder(updated_at="2026-03-01T12:00:00Z").document())
    assert await _quantities(shop) == [(2, 0)]
    assert await violations(shop.tenant) == {}


async def test_an_export_of_several_orders_books_each(shop: Door) -> None:
    second = {"name": "#2", "id": "2", "lineitem sku": "A-2", "total": "20.00"}
    text = _exported() + shopify_export({**second}).split("\n", 1)[1]
    processed = await shop.take(text)
    assert [each.outcome.value for each in processed.booked] == ["accepted", "accepted"]
    assert [order.external_id for order in await shop.orders()] == ["900001001", "2"]


async def test_a_report_of_amazon_is_booked_once(tenant: TenantUnderTest) -> None:
    await new_item(tenant, sku="A-1")
    door = await new_door(tenant, source="amazon", kind="marketplace")
    outcomes = [(await door.take(amazon_report({}))).outcome for _ in range(2)]
    order = await door.order()
    assert outcomes == ["accepted", "duplicate"]
    assert (order.external_number, order.total_minor, order.tax_minor) == ("303-1", 3798, 718)


SHOP_TABLES = (
    "id,name,currency,financial_status,subtotal_price,total_price,total_tax,updated_at,"
    "shipping_address_city,taxes_included,test\n"
    "77,#77,EUR,paid,20.00,24.90,0.00,2026-03-01 10:00:00.000,Bremen,FALSE,FALSE\n"
    "78,#78,EUR,paid,5.00,5.00,0.00,2026-03-01 10:00:00.000,Bremen,FALSE,FALSE\n",
    "order_id,id,variant_id,name,price,quantity,sku,total_discount\n77,1,9,Thing,10.00,2,A-1,0\n",
)
AMAZON_TABLES = (
    "amazon_order_id,purchase_date,order_status,order_total_amount,order_total_currency_code\n"
    '77,2026-03-01 10:00:00,Unshipped,"1,024.90",EUR\n78,2026-03-01 10:00:00,Pending,,\n',
    "amazon_order_id,order_item_id,seller_sku,quantity_ordered,item_price_amount,"
    "item_price_currency_code,shipping_price_amount,shipping_price_currency_code\n"
    '77,1,A-1,2,"1,020.00",EUR,4.90,EUR\n',
)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("source", "tables", "total"),
    [("shopify", SHOP_TABLES, 2490), ("amazon", AMAZON_TABLES, 102490)],
)
async def test_an_order_and_its_lines_come_as_two_tables_in_either_order(
    tenant: TenantUnderTest, source: str, tables: tuple[str, str], total: int, turned: bool
) -> None:
    await new_item(tenant, sku="A-1")
    door = await new_door(tenant, source=source, kind="marketplace")
    first = await door.take(tables[turned])
    assert (first.outcome, await door.orders()) == ("exception", [])
    await door.take(tables[not turned])
    order = await door.order()
    assert (order.external_id, order.total_minor) == ("77", total)
    assert await _quantities(door) == [(2, 0)]
    outcomes = {
        (document.external_id, document.outcome, document.order_id)
        for processed in (first,)
        for document in await door.documents(processed.message_id)
    }
    # The other order of the table still waits for its lines.
    waiting = set() if turned else {("78", "exception", None)}
    assert outcomes == {("77", "accepted", order.id)} | waiting
    again = await door.take(tables[1])
    assert (again.outcome, len(await door.orders())) == ("duplicate", 1)


def _notified(status: str) -> dict[str, Any]:
    return {
        "NotificationType": "ORDER_CHANGE",
        "EventTime": "2026-03-02T10:00:00Z",
        "Payload": {
            "OrderChangeNotification": {
                "AmazonOrderId": "303-1",
                "OrderChangeTrigger": {"TimeOfOrderChange": "2026-03-02T09:59:00Z"},
                "Summary": {
                    "OrderStatus": status,
                    "OrderItems": [{"OrderItemId": "1", "IsBuyerRequestedCancel": True}],
                },
            }
        },
    }


async def test_a_notification_of_amazon_cancels_an_order_and_changes_none(
    tenant: TenantUnderTest,
) -> None:
    await new_item(tenant, sku="A-1")
    door = await new_door(tenant, source="amazon", kind="marketplace")
    unknown = await door.take(_notified("Canceled"))
    assert unknown.outcome == "exception"
    assert [p["code"] for p in (await door.message(unknown.message_id)).problems] == [
        "order_unknown"
    ]
    await door.take(amazon_report({}))
    changed = await door.take(_notified("Unshipped"))
    assert changed.outcome == "rejected"
    assert [p["code"] for p in (await door.message(changed.message_id)).problems] == [
        "not_an_order",
        "order_to_fetch",
        "cancellation_requested",
    ]
    assert (await door.order()).status != "cancelled"
    assert (await door.take(_notified("Canceled"))).outcome == "accepted"
    assert (await door.order()).status == "cancelled"

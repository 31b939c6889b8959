"""Some weeks at the demo company: enough rows of every kind for pages of 1, 5 and 20."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, text

from domain.allocation.operations.place_order import place_order
from domain.allocation.ordering import OrderedLine
from domain.catalog.operations.item_identifiers import assign_item_identifier
from domain.catalog.operations.item_units import set_item_unit
from domain.catalog.operations.items import create_item
from domain.catalog.policy import IdentifierKey
from domain.entities.operations.parties import create_party
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.intake.operations import process_message, receive_message
from domain.integration.deliveries import Told, queue_deliveries
from domain.integration.models import WebhookAttempt
from domain.integration.operations.subscriptions import create_webhook_subscription
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from domain.kernel.work import Work
from domain.pricing.operations.price_lists import create_price_list
from domain.pricing.operations.prices import set_prices
from domain.pricing.price_writing import WantedPrice
from tests.factories.intake import ShopLine, ShopOrder, as_bytes
from tests.factories.keys import KEYS
from tests.factories.tenants import TenantUnderTest

MANY = 21
# Orders with so many lines, each of another item.
LENGTHS = (1, 5, 20)


@dataclass(frozen=True, slots=True)
class History:
    """Row ids of what the tests name."""

    codes: dict[str, dict[str, int]]
    items: list[int]
    # Items that one order waits for, and nothing is there of.
    waited_for: list[int]
    orders: list[int]
    orders_of_length: dict[int, int]
    rejected_message: int
    # The place among the items of the one that lies in the third party's warehouse only.
    third_party_item: int = MANY - 1

    def of(self, table: str, code: str) -> int:
        """The row of the demo company with this code."""
        return self.codes[table][code]


async def live_through(tenant: TenantUnderTest) -> History:
    """Fill the demo tenant."""
    async with tenant.work() as work:
        codes = {table: await _codes(work, table) for table in _CODED}
        items = [await _item(work, codes, f"CUP-{serial:02}") for serial in range(MANY)]
        waited_for = [await _item(work, codes, f"JUG-{serial:02}") for serial in range(MANY)]
        await _price(work, codes, [*items, *waited_for])
        await _stock(work, codes, items)
    orders = [await _order(tenant, codes, [items[n]]) for n in range(MANY)]
    for number, order in enumerate(orders):
        await _fulfil(tenant, order, shipped=number > 1)
    long = {n: await _order(tenant, codes, items[:n]) for n in LENGTHS}
    for order in long.values():
        await _fulfil(tenant, order, shipped=True)
    await _order(tenant, codes, waited_for)
    rejected = []
    for serial in range(MANY):
        rejected.append(await _message(tenant, b'{"rubbish": %d}' % serial))
        await _sold_in_the_shop(tenant, serial)
    await _tell(tenant)
    return History(codes, items, waited_for, orders, long, rejected[0])


_CODED = ("location", "party", "channel", "legal_entity", "price_list")


async def _codes(work: Work, table: str) -> dict[str, int]:
    rows = await work.rows(
        text(f"SELECT code, id FROM {table} WHERE tenant_id = :tenant"), {"tenant": work.tenant_id}
    )
    return {row.code: int(row.id) for row in rows}


async def _item(work: Work, codes: dict[str, dict[str, int]], sku: str) -> int:
    item = await create_item(work, sku=sku, name=f"{sku} by name", base_unit="EA")
    await set_item_unit(work, item_id=item, unit="CASE", numerator=Decimal(6))
    key = IdentifierKey(scheme="channel", value=f"A-{sku}", channel_id=codes["channel"]["amazon"])
    await assign_item_identifier(work, item_id=item, key=key)
    return item


async def _price(work: Work, codes: dict[str, dict[str, int]], items: list[int]) -> None:
    lists = [codes["price_list"]["LIST-USD"]]
    for serial in range(MANY):
        party = await create_party(
            work, code=f"BUYER-{serial:02}", name=f"Buyer {serial}", is_customer=True
        )
        lists.append(
            await create_price_list(
                work, code=f"OWN-{serial:02}", name="Agreed", currency="USD", party_id=party
            )
        )
    for price_list in lists:
        prices = [
            WantedPrice(item_id=item, unit="EA", unit_price=Decimal("4.00")) for item in items
        ]
        await set_prices(work, price_list_id=price_list, prices=prices)


async def _stock(work: Work, codes: dict[str, dict[str, int]], items: list[int]) -> None:
    for place in ("EWR", "RNO"):
        lines = [
            ReceiptLine(item_id=item, quantity=Decimal(500), unit="EA", unit_cost=Decimal("1.50"))
            for item in (items if place == "RNO" else items[:-1])
        ]
        location = codes["location"][place]
        await receive_stock(work, location_id=location, reason="delivered", lines=lines)


async def _order(tenant: TenantUnderTest, codes: dict[str, Any], items: list[int]) -> int:
    async with tenant.work() as work:
        placed = await place_order(
            work,
            channel_id=codes["channel"]["portal"],
            party_id=codes["party"]["NORTHWIND"],
            lines=[OrderedLine(item_id=item, quantity=Decimal(2)) for item in items],
        )
    return placed.order_id


async def _fulfil(tenant: TenantUnderTest, order: int, *, shipped: bool) -> None:
    async with tenant.work() as work:
        for site_work in await release_order(work, order_id=order):
            if shipped:
                await record_pick(work, fulfilment_order_id=site_work)
                await pack_fulfilment_order(work, fulfilment_order_id=site_work)
                await ship_fulfilment_order(work, fulfilment_order_id=site_work, carrier="UPS")


async def _sold_in_the_shop(tenant: TenantUnderTest, serial: int) -> None:
    sold = ShopOrder(number=5000 + serial, currency="USD", lines=[ShopLine(f"CUP-{serial:02}", 1)])
    await _message(tenant, as_bytes(sold.document()))


async def _message(tenant: TenantUnderTest, raw: bytes) -> int:
    async with tenant.work() as work:
        message = await receive_message(work, channel_code="web", raw=raw)
        await process_message(work, message_id=message)
    return message


async def _tell(tenant: TenantUnderTest) -> None:
    """A subscriber that was told of the last orders, in vain; their events are parked."""
    async with tenant.work() as work:
        await create_webhook_subscription(
            work,
            keys=KEYS,
            name="shop",
            url="https://shop.example/hook",
            event_types=["order.placed"],
        )
        await work.flush()
        events = await work.rows(
            text(
                "SELECT id, aggregate_id FROM event"
                " WHERE tenant_id = :tenant AND type = 'order.placed' ORDER BY id LIMIT :many"
            ),
            {"tenant": work.tenant_id, "many": MANY},
        )
        for event in events:
            await queue_deliveries(work, _told(work, event))
        await _attempt(work)
        await work.execute(
            text(
                "UPDATE outbox SET parked_at = :now, last_error = 'no answer'"
                " WHERE tenant_id = :tenant AND event_id = ANY(:ids)"
            ),
            {"now": work.now, "tenant": work.tenant_id, "ids": [event.id for event in events]},
        )


def _told(work: Work, event: Any) -> Told:
    return Told(
        event_id=event.id,
        type="order.placed",
        aggregate="order",
        aggregate_id=event.aggregate_id,
        payload={"number": "SO-1"},
        occurred_at=work.now,
    )


async def _attempt(work: Work) -> None:
    deliveries = await work.values(
        text("SELECT id FROM webhook_delivery WHERE tenant_id = :tenant"),
        {"tenant": work.tenant_id},
    )
    attempt = {"attempted_at": work.now, "response_status": 500, "duration_ms": 7}
    await work.execute(
        insert(WebhookAttempt),
        [{**attempt, "tenant_id": work.tenant_id, "delivery_id": each} for each in deliveries],
    )

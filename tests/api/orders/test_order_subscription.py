"""Orders as they change, over a real WebSocket."""

from api.ids import global_id
from domain.allocation.operations.cancel_order import cancel_order
from domain.kernel.event_log import events_after, last_event_id
from domain.orders.watching import order_events
from tests.factories.api import ApiUnderTest
from tests.factories.live_api import listening, subscriber
from tests.factories.masters import new_party
from tests.factories.orders import Shop, new_shop
from tests.factories.tenants import TenantUnderTest, new_tenant

WATCH = """
subscription($id: ID, $after: ID) {
  orderChanged(id: $id, after: $after) { eventId eventType order { id number status } }
}
"""
# The id of the first event of all.
FIRST_EVENT = global_id("Event", 1)
FIND = "{ orders { nodes { id number } } }"


async def _cancel(api: ApiUnderTest, shop: Shop, order_id: int) -> None:
    async with shop.tenant.work() as work:
        await cancel_order(work, order_id=order_id, reason="customer")
    api.services.feed.touched(shop.tenant.id, [("order", order_id)])


async def test_an_order_is_shown_as_it_changes(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    user = await api.user(tenant, "orders.read")
    shop = await new_shop(tenant)
    await shop.place(shop.line(2))
    placed = await shop.place(shop.line(2))
    (node, *_) = [
        node
        for node in (await user.ask(FIND)).data["orders"]["nodes"]
        if node["number"] == placed.number
    ]
    async with listening(api) as port, subscriber(port, user.token or "") as watching:
        await watching.subscribe(WATCH, id=node["id"], after=FIRST_EVENT)
        first = (await watching.next())["orderChanged"]
        assert (first["eventType"], first["order"]["number"]) == ("order.placed", placed.number)
        assert first["order"]["status"] == "BACKORDERED"
        await _cancel(api, shop, placed.order_id)
        second = (await watching.next())["orderChanged"]
        assert (second["eventType"], second["order"]["status"]) == ("order.cancelled", "CANCELLED")
        assert second["order"]["id"] == node["id"]


async def test_a_subscription_is_taken_up_where_it_stopped(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    user = await api.user(tenant, "orders.read")
    shop = await new_shop(tenant)
    placed = await shop.place(shop.line(2))
    async with listening(api) as port:
        async with subscriber(port, user.token or "") as watching:
            await watching.subscribe(WATCH, after=FIRST_EVENT)
            seen = (await watching.next())["orderChanged"]
        await _cancel(api, shop, placed.order_id)
        async with subscriber(port, user.token or "") as watching:
            await watching.subscribe(WATCH, id=seen["order"]["id"], after=seen["eventId"])
            assert (await watching.next())["orderChanged"]["eventType"] == "order.cancelled"


async def test_another_tenants_order_cannot_be_watched(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.place(shop.line(2))
    (node,) = (await (await api.user(tenant, "orders.read")).ask(FIND)).data["orders"]["nodes"]
    stranger = await api.user(await new_tenant(tenant.engine, now=tenant.now), "orders.read")
    powerless = await api.user(tenant, "pricing.read")
    async with listening(api) as port:
        for user, code in ((stranger, "NOT_FOUND"), (powerless, "FORBIDDEN")):
            async with subscriber(port, user.token or "") as watching:
                await watching.subscribe(WATCH, id=node["id"])
                assert await watching.error_codes() == [code]
        async with subscriber(port, powerless.token or "") as watching:
            await watching.subscribe(WATCH)
            assert await watching.error_codes() == ["FORBIDDEN"]


async def test_a_partner_is_told_of_its_own_orders_only(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    own_party, other_party = [await new_party(tenant) for _ in range(2)]
    await shop.place(shop.line(1), party_id=other_party)
    own = await shop.place(shop.line(1), party_id=own_party)
    await shop.place(shop.line(1), party_id=other_party)
    partner = await api.user(tenant, "orders.read", party_id=own_party)
    async with listening(api) as port, subscriber(port, partner.token or "") as watching:
        await watching.subscribe(WATCH, after=FIRST_EVENT)
        assert (await watching.next())["orderChanged"]["order"]["number"] == own.number
        await _cancel(api, shop, own.order_id)
        assert (await watching.next())["orderChanged"]["eventType"] == "order.cancelled"
    async with tenant.read() as reader:
        events = await events_after(reader, order_events(reader), after_id=0)
        assert len(events) == 4
        assert events[-1].id == await last_event_id(reader)

"""A partner's webhooks: told of what is its own, of what is for partners, and of nothing else."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from domain.allocation.operations.hold_order import hold_order
from domain.entities.models import Party
from domain.integration.models import WebhookDelivery
from domain.integration.operations.replays import ReplayRange, redeliver_webhook, replay_webhooks
from domain.integration.operations.subscriptions import (
    IssuedSecret,
    create_webhook_subscription,
    delete_webhook_subscription,
    rotate_webhook_secret,
    send_test_webhook,
    update_webhook_subscription,
)
from domain.integration.queries.deliveries import WebhookDeliveryFilter, webhook_deliveries
from domain.integration.queries.event_log import EventFilter, event_types, events
from domain.integration.queries.subscriptions import webhook_subscriptions
from domain.kernel.errors import NotFound, NotPermitted
from domain.kernel.models import EventRecord
from domain.kernel.paging import PageRequest
from tenancy.accounts import user_account
from tenancy.principals import Principal
from tests.factories.accounts import new_user
from tests.factories.keys import KEYS
from tests.factories.masters import new_party
from tests.factories.orders import Shop, new_shop
from tests.factories.purchases import new_buying
from tests.factories.tenants import TenantUnderTest
from tests.factories.webhook_receivers import Receiver, receiving
from tests.factories.webhook_sending import EVERYWHERE, SETTINGS, SendingOf, choosing, note

OF_CUSTOMER = ("orders.read", "events.read", "webhooks.read", "webhooks.manage", "catalog.read")
OF_SUPPLIER = ("procurement.read", "events.read", "webhooks.read", "webhooks.manage")
ALL = WebhookDeliveryFilter()
QUERY = (
    "query ($event: ID!) { event(id: $event) { type "
    "... on OrderPlaced { number order { number status } } } }"
)


@dataclass(frozen=True, slots=True)
class _Two:
    """A shop, a customer with a user who may own webhooks, and its neighbour."""

    shop: Shop
    customer: Principal
    own: int
    neighbour: int

    async def order(self, party_id: int) -> int:
        """Somebody orders something, which the house holds; who asked for it is to be told."""
        tenant = self.shop.tenant
        placed = await self.shop.place(self.shop.line(1), party_id=party_id)
        async with tenant.work() as work:
            await hold_order(work, order_id=placed.order_id, reason="to be looked at")
        await note(tenant, "order", placed.order_id)
        return placed.order_id


async def _partner(tenant: TenantUnderTest, party_id: int, *rights: str) -> Principal:
    user_id = await new_user(tenant, *rights, username=f"of-{party_id}", party_id=party_id)
    account = await user_account(tenant.engine, tenant.id, id=user_id)
    assert account is not None
    return account.principal


@pytest.fixture
async def two(tenant: TenantUnderTest) -> _Two:
    shop = await new_shop(tenant)
    await shop.stock(100)
    own = await new_party(tenant, code="OWN")
    neighbour = await new_party(tenant, code="NEXT")
    return _Two(shop, await _partner(tenant, own, *OF_CUSTOMER), own, neighbour)


async def _subscribe(
    tenant: TenantUnderTest,
    receiver: Receiver,
    as_: Principal | None,
    *types: str,
    query: str | None = None,
) -> IssuedSecret:
    async with tenant.work(as_=as_) as work:
        return await create_webhook_subscription(
            work,
            name="mine",
            url=receiver.url,
            event_types=list(types) or ["order.*"],
            query=query,
            keys=KEYS,
            reach=EVERYWHERE,
        )


def _told(receiver: Receiver) -> list[tuple[str, str]]:
    return [
        (call.message["type"], call.message["data"].get("number", "")) for call in receiver.received
    ]


async def test_a_customer_is_told_of_its_own_orders_and_of_no_others(
    tenant: TenantUnderTest, two: _Two
) -> None:
    async with receiving() as receiver:
        await _subscribe(tenant, receiver, two.customer)
        own = await two.order(two.own)
        await two.order(two.neighbour)
        await SendingOf(tenant).send_all()
    number = (await two.shop.order(own)).number
    # That it is held, and why, is the house's business.
    assert _told(receiver) == [("order.placed", number)]
    async with tenant.read() as reader:
        noted = await reader.values(
            select(WebhookDelivery.aggregate_id).where(WebhookDelivery.tenant_id == tenant.id)
        )
    assert noted == [own]


async def test_a_chosen_payload_runs_with_the_partners_rights(
    tenant: TenantUnderTest, two: _Two
) -> None:
    async with receiving() as receiver:
        await _subscribe(tenant, receiver, two.customer, "order.placed", query=QUERY)
        own = await two.order(two.own)
        await SendingOf(tenant, SETTINGS, choosing(tenant)).send_all()
    [call] = receiver.received
    event = call.message["data"]["event"]
    assert event["order"]["number"] == event["number"] == (await two.shop.order(own)).number


async def test_what_is_not_its_own_any_more_is_not_sent(tenant: TenantUnderTest, two: _Two) -> None:
    """The customer below it, whose order it was, is another's by the time it would be sent."""
    child = await new_party(tenant, code="CHILD", parent_id=two.own)
    async with receiving() as receiver:
        await _subscribe(tenant, receiver, two.customer)
        await two.order(child)
        async with tenant.work() as work:
            await work.execute(
                update(Party)
                .where(Party.tenant_id == tenant.id, Party.id == child)
                .values(parent_id=two.neighbour)
            )
        await SendingOf(tenant).send_all()
    assert receiver.received == []


async def test_a_supplier_is_told_of_its_purchase_orders(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    buying, other = await new_buying(shop), await new_buying(shop)
    supplier = await _partner(tenant, buying.supplier_id, *OF_SUPPLIER)
    async with receiving() as receiver:
        await _subscribe(tenant, receiver, supplier, "procurement.*")
        sent = await buying.ordered(5)
        for order_id in (sent, await other.ordered(5)):
            await note(tenant, "purchase_order", order_id)
        await SendingOf(tenant).send_all()
    number = (await buying.order(sent)).number
    assert _told(receiver) == [("procurement.order_sent", number)]


async def test_neither_the_houses_webhooks_nor_a_neighbours_are_a_partners(
    tenant: TenantUnderTest, two: _Two
) -> None:
    neighbour = await _partner(tenant, two.neighbour, *OF_CUSTOMER)
    async with receiving() as receiver:
        theirs = [await _subscribe(tenant, receiver, each) for each in (None, neighbour)]
        await two.order(two.neighbour)
        await SendingOf(tenant).send_all()
    assert len(receiver.received) == 3
    async with tenant.read(as_=two.customer) as reader:
        listed = await webhook_subscriptions(reader, request=PageRequest())
        delivered = await webhook_deliveries(reader, where=ALL, request=PageRequest())
    assert (list(listed.rows), list(delivered.rows)) == ([], [])
    async with tenant.read() as reader:
        deliveries = await reader.values(
            select(WebhookDelivery.id).where(WebhookDelivery.tenant_id == tenant.id)
        )
    for each in theirs:
        its = each.subscription_id
        for attempt in (
            lambda work, its=its: update_webhook_subscription(work, subscription_id=its, name="x"),
            lambda work, its=its: delete_webhook_subscription(work, subscription_id=its),
            lambda work, its=its: send_test_webhook(work, subscription_id=its),
            lambda work, its=its: rotate_webhook_secret(work, subscription_id=its, keys=KEYS),
            lambda work: redeliver_webhook(work, delivery_id=deliveries[0]),
        ):
            with pytest.raises(NotFound):
                async with tenant.work(as_=two.customer) as work:
                    await attempt(work)


async def test_a_partner_tests_its_webhook_and_has_a_delivery_sent_again(
    tenant: TenantUnderTest, two: _Two
) -> None:
    async with receiving() as receiver:
        mine = await _subscribe(tenant, receiver, two.customer)
        await two.order(two.own)
        await SendingOf(tenant).send_all()
        async with tenant.work(as_=two.customer) as work:
            await send_test_webhook(work, subscription_id=mine.subscription_id)
        await note(tenant, "webhook_subscription", mine.subscription_id)
        async with tenant.read(as_=two.customer) as reader:
            seen = await webhook_deliveries(reader, where=ALL, request=PageRequest())
        placed = next(row for row in seen.rows if row.type == "order.placed")
        async with tenant.work(as_=two.customer) as work:
            await redeliver_webhook(work, delivery_id=placed.id)
        await SendingOf(tenant).send_all()
    types = [call.message["type"] for call in receiver.received]
    assert sorted(types) == ["integration.webhook_tested", "order.placed", "order.placed"]


async def test_the_log_as_a_whole_is_not_replayed_by_or_to_a_partner(
    tenant: TenantUnderTest, two: _Two
) -> None:
    everything = ReplayRange(occurred_from=tenant.now - timedelta(days=1))
    async with receiving() as receiver:
        mine = await _subscribe(tenant, receiver, two.customer)
        with pytest.raises(NotPermitted):
            async with tenant.work(as_=two.customer) as work:
                await replay_webhooks(
                    work, subscription_ids=[mine.subscription_id], events=everything
                )
        await two.order(two.neighbour)
        async with tenant.work() as work:
            await replay_webhooks(work, subscription_ids=[mine.subscription_id], events=everything)
        await SendingOf(tenant).send_all()
    assert receiver.received == []


async def test_a_partner_reads_its_own_events_that_are_for_partners(
    tenant: TenantUnderTest, two: _Two
) -> None:
    own = await two.order(two.own)
    await two.order(two.neighbour)
    async with tenant.read(as_=two.customer) as reader:
        page = (await events(reader, where=EventFilter(), request=PageRequest())).page
        types = await event_types(reader)
        with pytest.raises(NotPermitted):
            await events(reader, where=EventFilter(types=["order.held"]), request=PageRequest())
    assert [(row.type, row.aggregate_id) for row in page.rows] == [("order.placed", own)]
    assert {each.event_type.partition(".")[0] for each in types} == {"order", "integration"}
    async with tenant.read() as reader:
        told = await reader.values(
            select(EventRecord.type).where(
                EventRecord.tenant_id == tenant.id, EventRecord.aggregate_id == own
            )
        )
    assert "order.held" in told


async def test_who_has_no_right_to_an_area_subscribes_to_none_of_it(
    tenant: TenantUnderTest, two: _Two
) -> None:
    limited = replace(two.customer, permissions=frozenset(OF_CUSTOMER) - {"orders.read"})
    async with receiving() as receiver:
        for caller, types in ((limited, "order.*"), (two.customer, "order.held")):
            with pytest.raises(NotPermitted):
                await _subscribe(tenant, receiver, caller, types)

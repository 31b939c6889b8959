"""Webhooks over GraphQL, with a real subscriber."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from domain.kernel.models import Outbox
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.events import ThingBroke, ThingHappened, tell, waiting
from tests.factories.tenants import TenantUnderTest
from tests.factories.webhook_receivers import receiving
from tests.factories.webhook_sending import SendingOf, happen

CREATE = """
mutation($input: CreateWebhookSubscriptionInput!, $key: String!) {
  createWebhookSubscription(input: $input) @idempotent(key: $key) {
    webhookSubscription { id name url eventTypes status supportedActions }
    secret
    userErrors { code }
  }
}
"""
LIST = "{ webhookSubscriptions { totalCount nodes { id status supportedActions } } }"
DELIVERIES = """
query($filter: WebhookDeliveryFilter) {
  webhookDeliveries(filter: $filter) {
    totalCount
    nodes {
      id eventType status attemptCount body
      subscription { name }
      attempts { responseStatus error durationMs }
    }
  }
}
"""
INPUT = {"name": "Shop", "url": "https://hooks.example.com/x", "eventTypes": ["test.*"]}


def _change(name: str) -> str:
    return f"""
    mutation($id: ID!) {{
      {name}(input: {{ id: $id }}) {{
        webhookSubscription {{ status supportedActions }} userErrors {{ code }}
      }}
    }}
    """


async def _admin(api: ApiUnderTest, tenant: TenantUnderTest) -> ApiCaller:
    return await api.user(tenant, "webhooks.read", "webhooks.manage")


async def _create(admin: ApiCaller, key: str = "k", **fields: Any) -> dict[str, Any]:
    answer = await admin.ask(CREATE, input=INPUT | fields, key=key)
    created: dict[str, Any] = answer.data["createWebhookSubscription"]
    return created


async def test_a_subscription_is_created_and_its_secret_told_once(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await _admin(api, tenant)
    created = await _create(admin)
    assert created["secret"].startswith("whsec_")
    assert created["webhookSubscription"] | {"id": ""} == {
        "id": "",
        "name": "Shop",
        "url": "https://hooks.example.com/x",
        "eventTypes": ["test.*"],
        "status": "ACTIVE",
        "supportedActions": [
            "UPDATE",
            "PAUSE",
            "TEST",
            "ROTATE_SECRET",
            "REPLAY",
            "DELETE",
        ],
    }
    again = await _create(admin)
    assert again == created | {"secret": None}
    assert (await admin.ask(LIST)).data["webhookSubscriptions"]["totalCount"] == 1


async def test_a_subscription_is_paused_resumed_and_ended(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await _admin(api, tenant)
    subscription_id = (await _create(admin))["webhookSubscription"]["id"]
    for name, status in (
        ("pauseWebhookSubscription", "PAUSED"),
        ("resumeWebhookSubscription", "ACTIVE"),
        ("deleteWebhookSubscription", "DELETED"),
    ):
        changed = (await admin.ask(_change(name), id=subscription_id)).data[name]
        assert (changed["webhookSubscription"]["status"], changed["userErrors"]) == (status, [])
    assert (await admin.ask(LIST)).data["webhookSubscriptions"]["nodes"] == []


async def test_who_only_reads_sees_no_actions_and_can_change_nothing(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await _create(await _admin(api, tenant))
    reader = await api.user(tenant, "webhooks.read")
    (node,) = (await reader.ask(LIST)).data["webhookSubscriptions"]["nodes"]
    assert node["supportedActions"] == []
    refused = await reader.ask(_change("deleteWebhookSubscription"), id=node["id"])
    assert refused.error_codes == ["FORBIDDEN"]
    assert (await (await api.user(tenant, "orders.read")).ask(LIST)).error_codes == ["FORBIDDEN"]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"url": "http://127.0.0.1:8000/"}, ["url"]),
        ({"eventTypes": ["no.such"]}, ["eventTypes", 0]),
    ],
)
async def test_what_can_never_work_is_bad_input(
    api: ApiUnderTest, tenant: TenantUnderTest, fields: dict[str, Any], path: list[str | int]
) -> None:
    admin = await _admin(api, tenant)
    refused = await admin.ask(CREATE, input=INPUT | fields, key="k")
    assert refused.error_codes == ["BAD_INPUT"]
    assert refused.body["errors"][0]["extensions"]["inputPath"] == path


async def test_the_event_types_are_listed(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    admin = await _admin(api, tenant)
    types = (await admin.ask("{ webhookEventTypes }")).data["webhookEventTypes"]
    assert "inventory.stock_received" in types
    assert types == sorted(types)


REDELIVER = """
mutation($id: ID!) {
  redeliverWebhook(input: { id: $id }) { webhookDelivery { status } userErrors { code } }
}
"""
REPLAY = """
mutation($input: ReplayWebhooksInput!) {
  replayWebhooks(input: $input) { deliveries userErrors { code } }
}
"""


async def test_a_delivery_shows_its_attempts_and_is_sent_again(
    trusting_api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await _admin(trusting_api, tenant)
    async with receiving(answers=[500] * 3) as receiver:
        created = await _create(admin, url=receiver.url)
        await happen(tenant, 7)
        await SendingOf(tenant).send_all()
        filter = {"status": "DEAD", "subscriptionId": created["webhookSubscription"]["id"]}
        (node,) = (await admin.ask(DELIVERIES, filter=filter)).data["webhookDeliveries"]["nodes"]
        assert (node["eventType"], node["attemptCount"]) == ("test.thing_happened", 3)
        assert node["subscription"] == {"name": "Shop"}
        assert node["body"]["data"]["step"] == 7
        assert [attempt["responseStatus"] for attempt in node["attempts"]] == [500] * 3
        again = await admin.ask(REDELIVER, id=node["id"])
        assert again.data["redeliverWebhook"]["webhookDelivery"] == {"status": "DUE"}
        await SendingOf(tenant).send_all()
    assert len(receiver.received) == 4


async def test_a_time_range_is_replayed(
    trusting_api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await _admin(trusting_api, tenant)
    async with receiving() as receiver:
        await happen(tenant, 1, 2)
        created = await _create(admin, url=receiver.url)
        wanted = {
            "subscriptionId": created["webhookSubscription"]["id"],
            "occurredFrom": tenant.now.isoformat(),
            "occurredUntil": (tenant.now + timedelta(seconds=1)).isoformat(),
        }
        replayed = await admin.ask(REPLAY, input=wanted)
        assert replayed.data["replayWebhooks"] == {"deliveries": 2, "userErrors": []}
        await SendingOf(tenant).send_all()
    assert [request.message["data"]["step"] for request in receiver.received] == [1, 2]


async def test_parked_events_are_listed_requeued_and_skipped(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await tell(tenant, ThingBroke(aggregate_id=1), ThingBroke(aggregate_id=2))
    async with tenant.work() as work:
        await work.execute(
            update(Outbox)
            .where(Outbox.tenant_id == tenant.id)
            .values(parked_at=tenant.now, attempts=12, last_error="ValueError: no")
        )
    await tell(tenant, ThingHappened(aggregate_id=2))
    admin = await _admin(api, tenant)
    query = "{ parkedEvents { totalCount nodes { id type attempts lastError } } }"
    parked = (await admin.ask(query)).data["parkedEvents"]
    assert parked["totalCount"] == 2
    assert {node["lastError"] for node in parked["nodes"]} == {"ValueError: no"}
    first, second = (node["id"] for node in parked["nodes"])
    await admin.ask("mutation($id: ID!) { requeueParkedEvent(input: {id: $id}) { id } }", id=first)
    skipped = await admin.ask(
        'mutation($id: ID!) { skipParkedEvent(input: {id: $id, reason: "by hand"}) { id } }',
        id=second,
    )
    assert skipped.data["skipParkedEvent"]["id"] == second
    assert await waiting(tenant) == [(1, 0, False), (2, 0, False)]

"""Replays followed and cancelled, previews and test messages, over GraphQL."""

from typing import Any

import pytest
from sqlalchemy import select

from api.ids import global_id
from domain.integration import replaying
from domain.integration.models import WebhookReplay
from domain.kernel.models import EventRecord
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.events import ThingHappened, tell
from tests.factories.tenants import TenantUnderTest
from tests.factories.webhook_receivers import receiving
from tests.factories.webhook_sending import SendingOf, choosing, note, told_party

CREATE = """
mutation($input: CreateWebhookSubscriptionInput!) {
  createWebhookSubscription(input: $input) { webhookSubscription { id } userErrors { code } }
}
"""
REPLAY = """
mutation($input: ReplayWebhooksInput!) {
  replayWebhooks(input: $input) {
    deliveries
    webhookReplay {
      id status eventsTotal eventsDone deliveries subscriptions { name } endedAt
    }
    userErrors { code }
  }
}
"""
SHOW = "query($id: ID!) { node(id: $id) { ... on WebhookReplay { status eventsDone deliveries } } }"
CANCEL = """
mutation($id: ID!) {
  cancelWebhookReplay(input: { id: $id }) {
    webhookReplay { status } userErrors { code }
  }
}
"""
PREVIEW = """
mutation($input: PreviewWebhookInput!) {
  previewWebhook(input: $input) {
    body messageId userErrors { code ... on WebhookQueryRefusedError { faults { line } } }
  }
}
"""
QUERY = "query ($event: ID!) { event(id: $event) { ... on PartyCreated { party { name } } } }"
MAY = ("webhooks.read", "webhooks.manage", "events.read", "entities.read")


async def _subscribe(caller: ApiCaller, url: str, **fields: Any) -> str:
    wanted = {"name": "Shop", "url": url, "eventTypes": ["test.*"], **fields}
    done = (await caller.ask(CREATE, input=wanted)).data["createWebhookSubscription"]
    assert done["userErrors"] == []
    return str(done["webhookSubscription"]["id"])


async def _events(tenant: TenantUnderTest, aggregate: str = "thing") -> list[str]:
    """The ids of the events of a kind of aggregate, oldest first."""
    async with tenant.read() as reader:
        ids = await reader.values(
            select(EventRecord.id)
            .where(EventRecord.tenant_id == tenant.id, EventRecord.aggregate == aggregate)
            .order_by(EventRecord.id)
        )
    return [global_id("Event", each) for each in ids]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay notes four events at a time."""
    monkeypatch.setattr(replaying, "PART", 4)
    monkeypatch.setattr(replaying, "FEWEST_EVENTS", 2)


async def _go_on(tenant: TenantUnderTest) -> None:
    """The worker does the next part of the tenant's replay."""
    async with tenant.read() as reader:
        replay_id = await reader.value(
            select(WebhookReplay.id).where(WebhookReplay.tenant_id == tenant.id)
        )
    await note(tenant, "webhook_replay", replay_id)


async def test_a_large_replay_goes_on_part_by_part_and_tells_how_far_it_is(
    trusting_api: ApiUnderTest, tenant: TenantUnderTest, small_parts: None
) -> None:
    admin = await trusting_api.user(tenant, *MAY)
    await tell(tenant, *(ThingHappened(aggregate_id=n % 3, step=n) for n in range(10)))
    ids = await _events(tenant)
    async with receiving() as receiver:
        subscription = await _subscribe(admin, receiver.url)
        wanted = {"subscriptionId": subscription, "firstEventId": ids[1], "lastEventId": ids[9]}
        begun = (await admin.ask(REPLAY, input=wanted)).data["replayWebhooks"]
        replay = begun["webhookReplay"]
        assert begun["deliveries"] == 4
        assert replay["subscriptions"] == [{"name": "Shop"}]
        assert (replay["status"], replay["eventsDone"], replay["eventsTotal"]) == ("RUNNING", 4, 9)
        await _go_on(tenant)
        await _go_on(tenant)
        shown = (await admin.ask(SHOW, id=replay["id"])).data["node"]
        assert shown == {"status": "DONE", "eventsDone": 9, "deliveries": 9}
        await SendingOf(tenant).send_all()
    steps = [request.message["data"]["step"] for request in receiver.received]
    assert sorted(steps) == list(range(1, 10))
    for thing in range(3):
        of_thing = [step for step in steps if step % 3 == thing]
        assert of_thing == sorted(of_thing)


async def test_a_cancelled_replay_goes_no_further(
    api: ApiUnderTest, tenant: TenantUnderTest, small_parts: None
) -> None:
    admin = await api.user(tenant, *MAY)
    await tell(tenant, *(ThingHappened(aggregate_id=n) for n in range(10)))
    subscription = await _subscribe(admin, "https://hooks.example.com")
    wanted = {"subscriptionId": subscription, "firstEventId": (await _events(tenant))[0]}
    begun = (await admin.ask(REPLAY, input=wanted)).data["replayWebhooks"]
    replay_id = begun["webhookReplay"]["id"]
    cancelled = (await admin.ask(CANCEL, id=replay_id)).data["cancelWebhookReplay"]
    assert cancelled == {"webhookReplay": {"status": "CANCELLED"}, "userErrors": []}
    await _go_on(tenant)
    shown = (await admin.ask(SHOW, id=replay_id)).data["node"]
    assert shown == {"status": "CANCELLED", "eventsDone": 4, "deliveries": 4}
    again = (await admin.ask(CANCEL, id=replay_id)).data["cancelWebhookReplay"]
    assert again["userErrors"] == [{"code": "INVALID_STATE"}]


async def test_several_are_told_again_each_of_its_own_types_and_only_what_it_missed(
    trusting_api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await trusting_api.user(tenant, *MAY)
    async with receiving() as first, receiving() as second:
        one = await _subscribe(admin, first.url)
        await tell(tenant, ThingHappened(aggregate_id=1, step=1))
        await note(tenant, "thing", 1)
        await SendingOf(tenant).send_all()
        await told_party(tenant, "NW")
        two = await _subscribe(admin, second.url, eventTypes=["test.*", "entities.*"])
        wanted = {
            "subscriptionIds": [one, two],
            "occurredFrom": tenant.now.isoformat(),
            "undeliveredOnly": True,
        }
        begun = (await admin.ask(REPLAY, input=wanted)).data["replayWebhooks"]
        assert begun["webhookReplay"]["status"] == "DONE"
        assert begun["deliveries"] == 2
        narrow = {**wanted, "eventTypes": ["entities.*"], "undeliveredOnly": False}
        assert (await admin.ask(REPLAY, input=narrow)).data["replayWebhooks"]["deliveries"] == 1
        await SendingOf(tenant).send_all()
    assert len(first.received) == 1
    assert sorted(request.message["type"] for request in second.received) == [
        "entities.party_created",
        "test.thing_happened",
    ]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({}, "BAD_INPUT"),
        ({"firstEventId": "RXZlbnQ6OTk5OTk5OTk5"}, "NOT_FOUND"),
        ({"occurredFrom": "2026-03-02T10:00:00Z", "eventTypes": ["no.such"]}, "BAD_INPUT"),
        ({"occurredFrom": "2026-03-02T10:00:00Z", "subscriptionIds": []}, "BAD_INPUT"),
    ],
)
async def test_a_replay_that_cannot_be_is_refused(
    api: ApiUnderTest, tenant: TenantUnderTest, wanted: dict[str, Any], code: str
) -> None:
    admin = await api.user(tenant, *MAY)
    if "subscriptionIds" not in wanted:
        wanted = {**wanted, "subscriptionId": await _subscribe(admin, "https://a.example.com")}
    assert (await admin.ask(REPLAY, input=wanted)).error_codes == [code]
    listed = await admin.ask("{ webhookReplays { totalCount } }")
    assert listed.data["webhookReplays"]["totalCount"] == 0


async def test_a_preview_is_the_message_that_would_be_sent(
    trusting_api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    owner = await trusting_api.user(tenant, *MAY)
    async with receiving() as receiver:
        subscription = await _subscribe(owner, receiver.url, eventTypes=["entities.*"], query=QUERY)
        await told_party(tenant, "NW", name="Northwind")
        (event,) = await _events(tenant, "party")
        by_subscription = {"eventId": event, "subscriptionId": subscription}
        shown = (await owner.ask(PREVIEW, input=by_subscription)).data["previewWebhook"]
        assert receiver.received == []
        await SendingOf(tenant, payloads=choosing(tenant)).send_all()
    assert shown["body"] == receiver.received[0].message
    assert shown["messageId"] == receiver.received[0].headers["webhook-id"]
    assert shown["body"]["data"] == {"event": {"party": {"name": "Northwind"}}}
    plain = (await owner.ask(PREVIEW, input={"eventId": event})).data["previewWebhook"]
    assert plain["body"]["data"]["code"] == "NW"
    chosen = {"eventId": event, "query": "query ($event: ID!) { event(id: $event) { type } }"}
    shown = (await owner.ask(PREVIEW, input=chosen)).data["previewWebhook"]
    assert shown["body"]["data"] == {"event": {"type": "entities.party_created"}}
    wrong = {"eventId": event, "query": "query ($event: ID!) { event(id: $event) { no } }"}
    refused = (await owner.ask(PREVIEW, input=wrong)).data["previewWebhook"]
    assert refused["userErrors"] == [{"code": "WEBHOOK_QUERY_REFUSED", "faults": [{"line": 1}]}]


async def test_a_preview_shows_nobody_more_than_they_may_see(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    owner = await api.user(tenant, *MAY)
    subscription = await _subscribe(
        owner, "https://a.example.com", eventTypes=["entities.*"], query=QUERY
    )
    await told_party(tenant, "NW")
    (event,) = await _events(tenant, "party")
    wanted = {"eventId": event, "subscriptionId": subscription}
    poor = await api.user(tenant, "webhooks.read", "events.read")
    assert (await poor.ask(PREVIEW, input=wanted)).error_codes == ["NOT_FOUND"]
    blind = await api.user(tenant, "webhooks.read", "entities.read")
    shown = (await blind.ask(PREVIEW, input=wanted)).data["previewWebhook"]
    assert shown["body"]["data"] == {"event": None}
    assert shown["body"]["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_test_message_is_sent_and_seen(
    trusting_api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await trusting_api.user(tenant, *MAY)
    async with receiving() as receiver:
        subscription = await _subscribe(admin, receiver.url)
        sent = await admin.ask(
            "mutation($id: ID!) { sendTestWebhook(input: { id: $id }) { webhookSubscription "
            "{ status } userErrors { code } } }",
            id=subscription,
        )
        assert sent.data["sendTestWebhook"]["webhookSubscription"] == {"status": "ACTIVE"}
        async with tenant.read() as reader:
            row_id = await reader.value(
                select(EventRecord.aggregate_id).where(
                    EventRecord.tenant_id == tenant.id,
                    EventRecord.type == "integration.webhook_tested",
                )
            )
        await note(tenant, "webhook_subscription", row_id)
        await SendingOf(tenant).send_all()
    assert [request.message["type"] for request in receiver.received] == [
        "integration.webhook_tested"
    ]

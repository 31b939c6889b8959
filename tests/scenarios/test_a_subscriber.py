"""A subscriber of webhooks that is slow, then down, then has its events sent once more, beside one
that is quick: over HTTP, with a real worker and real receivers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from tests.factories.client import Client, Refused
from tests.factories.companies import (
    ADMINISTRATOR,
    PASSWORD,
    Company,
    found_company,
    new_tenant_with_administrator,
)
from tests.factories.conditions import until
from tests.factories.databases import own_database
from tests.factories.running import installed
from tests.factories.webhook_receivers import Receiver, receiving

ORDERS = 6
QUERY = """
query ($event: ID!) {
  event(id: $event) {
    type
    ... on OrderPlaced { order { number status lines { quantity item { sku } } } }
    ... on OrderCancelled { order { number status } reason }
  }
}
"""


@dataclass(slots=True)
class Scene:
    """The company, and how each subscriber was introduced: id and secret by name."""

    admin: Client
    company: Company
    subscriptions: dict[str, tuple[str, str]] = field(default_factory=dict)
    orders: list[str] = field(default_factory=list)


@pytest.fixture
async def scene(tmp_path: Path, redis_url: str) -> AsyncIterator[Scene]:
    """An installation with a worker that waits for seconds where another waits for minutes."""
    async with own_database("crossdock_subscriber") as database:
        with installed(
            tmp_path, database_url=database.url, owner_url=database.owner_url, redis_url=redis_url
        ) as running:
            await new_tenant_with_administrator(database.url, "harbor")
            running.programs["worker"] = ("tests.factories.impatient_worker",)
            running.start("serve", "worker")
            await running.ready()
            async with httpx.AsyncClient(base_url=running.base_url, timeout=30) as http:
                admin = Client(http)
                await admin.sign_in("harbor", ADMINISTRATOR, PASSWORD)
                yield Scene(admin, await found_company(admin, "harbor"))


async def test_a_subscriber_is_slow_then_down_then_catches_up(scene: Scene) -> None:
    await a_wrong_query_is_refused_with_its_place(scene)
    async with receiving() as quick:
        await subscribe(scene, "quick", quick)
        async with receiving() as troubled:
            await subscribe(scene, "troubled", troubled)
            await a_test_message_arrives(scene, troubled)
            troubled.held.clear()
            await orders_are_placed(scene, "while it is slow")
            await everything_arrived(scene, quick)
            assert told(troubled) == []
            troubled.held.set()
            await everything_arrived(scene, troubled)
        await orders_are_placed(scene, "while it is down")
        await everything_arrived(scene, quick)
        await its_trouble_shows(scene)
        async with receiving(port=troubled.port) as back:
            await the_rest_arrived(scene, troubled, back)
            await its_secret_is_replaced(scene)
            await everything_is_sent_again(scene, back, troubled)


async def a_wrong_query_is_refused_with_its_place(scene: Scene) -> None:
    """What the query must not be is said with line and column."""
    with pytest.raises(Refused) as refused:
        await scene.admin.do(
            "subscribeWithQuery",
            name="wrong",
            url="http://127.0.0.1:9/",
            eventTypes=["order.*"],
            query="query ($event: ID!) {\n  event(id: $event) { prize }\n}",
        )
    (error,) = refused.value.errors
    (fault,) = error["faults"]
    assert (fault["line"], fault["column"]) == (2, 23)


async def subscribe(scene: Scene, name: str, receiver: Receiver) -> None:
    """The receiver is to be told of orders, with a payload of its own choice."""
    done = await scene.admin.do(
        "subscribeWithQuery",
        name=name,
        url=receiver.url,
        eventTypes=["order.placed", "order.cancelled"],
        query=QUERY,
    )
    scene.subscriptions[name] = (done["webhookSubscription"]["id"], done["secret"])


async def a_test_message_arrives(scene: Scene, receiver: Receiver) -> None:
    """One message on request, signed as all are."""
    await scene.admin.do("sendTestWebhook", id=scene.subscriptions["troubled"][0])

    async def arrived() -> bool:
        return receiver.answered == 1

    await until(arrived)
    (request,) = receiver.received
    message: Any = Webhook(scene.subscriptions["troubled"][1]).verify(request.body, request.headers)
    assert message["data"] == {"event": {"type": "integration.webhook_tested"}}
    receiver.forget()


async def orders_are_placed(scene: Scene, when: str) -> None:
    """Some orders; each is cancelled again, so that each has two events in their order."""
    for serial in range(ORDERS):
        placed = await scene.admin.do(
            "placeOrder",
            channelId=scene.company.channels["portal"],
            partyId=scene.company.parties["NORTHWIND"],
            externalId=f"{when} {serial}",
            lines=[{"code": "TEA-GREEN", "quantity": "1"}],
        )
        order = placed["order"]
        scene.orders.append(order["number"])
        await scene.admin.do("cancelOrder", orderId=order["id"], reason="changed my mind")


def told(*receivers: Receiver) -> list[tuple[str, str]]:
    """What the receivers were told and have taken: type and order, each event once."""
    events: dict[str, tuple[str, str]] = {}
    for receiver in receivers:
        for request in receiver.received[: receiver.answered]:
            event = request.message["data"]["event"]
            events[request.headers["webhook-id"]] = (event["type"], event["order"]["number"])
    return list(events.values())


def expected(scene: Scene) -> list[tuple[str, str]]:
    """Everything that ever happened to orders."""
    types = ("order.placed", "order.cancelled")
    return [(event_type, number) for number in scene.orders for event_type in types]


async def everything_arrived(scene: Scene, *receivers: Receiver) -> None:
    """All events came, those of one order in their order."""

    async def complete() -> bool:
        return len(told(*receivers)) == len(expected(scene))

    await until(complete, seconds=60)
    events = told(*receivers)
    assert sorted(events) == sorted(expected(scene))
    for number in scene.orders:
        of_order = [event_type for event_type, each in events if each == number]
        assert of_order == ["order.placed", "order.cancelled"]


async def its_trouble_shows(scene: Scene) -> None:
    """Attempts without an answer, and a subscription that fails and rests."""
    subscription_id = scene.subscriptions["troubled"][0]

    async def resting() -> bool:
        shown = (await scene.admin.ask("WebhookSubscriptions"))["nodes"]
        (subscription,) = [each for each in shown if each["id"] == subscription_id]
        return subscription["failures"] >= 5 and subscription["resumeAt"] is not None

    await until(resting)
    due = {"subscriptionId": subscription_id, "status": "DUE"}
    nodes = (await scene.admin.ask("DeliveryAttempts", filter=due, first=100))["nodes"]
    errors = {attempt["error"] for node in nodes for attempt in node["attempts"]}
    assert errors == {"No connection."}


async def the_rest_arrived(scene: Scene, before: Receiver, back: Receiver) -> None:
    """What came while it was down is told without anybody's doing."""
    await everything_arrived(scene, before, back)
    secret = scene.subscriptions["troubled"][1]
    for request in back.received:
        Webhook(secret).verify(request.body, request.headers)


async def its_secret_is_replaced(scene: Scene) -> None:
    """From now on messages carry two signatures."""
    subscription_id, old = scene.subscriptions["troubled"]
    done = await scene.admin.do("rotateWebhookSecret", id=subscription_id)
    assert done["webhookSubscription"]["oldSecretUntil"] is not None
    scene.subscriptions |= {"troubled": (subscription_id, done["secret"])}
    scene.subscriptions |= {"formerly": (subscription_id, old)}


async def everything_is_sent_again(scene: Scene, back: Receiver, before: Receiver) -> None:
    """A replay from the first event on; ids and order are as they were."""
    known = {request.headers["webhook-id"] for each in (before, back) for request in each.received}
    back.forget()
    types = ["order.placed"]
    first = (await scene.admin.ask("Events", filter={"types": types}, first=100))["nodes"][-1]
    begun = await scene.admin.do(
        "replayWebhooks",
        subscriptionIds=[scene.subscriptions["troubled"][0]],
        firstEventId=first["id"],
    )
    assert begun["deliveries"] == len(expected(scene))
    await everything_arrived(scene, back)
    assert {request.headers["webhook-id"] for request in back.received} == known
    for request in back.received:
        for name in ("troubled", "formerly"):
            Webhook(scene.subscriptions[name][1]).verify(request.body, request.headers)
    replays = (await scene.admin.ask("WebhookReplays"))["nodes"]
    assert [(each["status"], each["deliveries"]) for each in replays] == [
        ("DONE", len(expected(scene)))
    ]

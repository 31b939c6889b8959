"""A subscriber chooses what it is told: by a query, with its own rights."""

from typing import Any

import pytest
from sqlalchemy import delete, update

from tenancy.models import RolePermission, UserAccount
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.tenants import TenantUnderTest
from tests.factories.webhook_receivers import Receiver, receiving
from tests.factories.webhook_sending import SendingOf, choosing, told_party

CREATE = """
mutation($input: CreateWebhookSubscriptionInput!) {
  createWebhookSubscription(input: $input) {
    webhookSubscription { id query }
    userErrors {
      __typename code path message
      ... on WebhookQueryRefusedError { faults { message line column } }
    }
  }
}
"""
QUERY = """
query ($event: ID!) {
  event(id: $event) {
    type
    ... on PartyCreated { code party { name } }
  }
}
"""
MAY = ("webhooks.read", "webhooks.manage", "events.read", "entities.read")


async def _subscribe(
    caller: ApiCaller, receiver: Receiver | None = None, *types: str, query: str = QUERY
) -> dict[str, Any]:
    url = "https://hooks.example.com/x" if receiver is None else receiver.url
    wanted = {"name": "Shop", "url": url, "eventTypes": list(types) or ["entities.*"]}
    answer = await caller.ask(CREATE, input={**wanted, "query": query})
    done: dict[str, Any] = answer.data["createWebhookSubscription"]
    return done


async def _faults(caller: ApiCaller, query: str) -> list[tuple[str, int | None, int | None]]:
    refused = await _subscribe(caller, query=query)
    assert refused["webhookSubscription"] is None
    (error,) = refused["userErrors"]
    assert (error["__typename"], error["path"]) == ("WebhookQueryRefusedError", ["query"])
    return [(each["message"], each["line"], each["column"]) for each in error["faults"]]


async def _send(tenant: TenantUnderTest) -> None:
    await SendingOf(tenant, payloads=choosing(tenant)).send_all()


async def test_the_message_holds_what_the_query_gives(
    trusting_api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    owner = await trusting_api.user(tenant, *MAY)
    async with receiving() as receiver:
        created = await _subscribe(owner, receiver)
        assert created["webhookSubscription"]["query"] == QUERY
        await told_party(tenant, "EWR", name="Newark")
        await _send(tenant)
    (request,) = receiver.received
    message = request.message
    assert message.pop("id").startswith("evt_")
    assert message == {
        "type": "entities.party_created",
        "occurred_at": tenant.now.isoformat(),
        "tenant": tenant.slug,
        "data": {
            "event": {
                "type": "entities.party_created",
                "code": "EWR",
                "party": {"name": "Newark"},
            }
        },
    }


async def test_each_attempt_shows_request_and_response(
    trusting_api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    owner = await trusting_api.user(tenant, *MAY)
    async with receiving(answers=[503]) as receiver:
        receiver.extra = b"x-why: tired\r\ncontent-length: 8\r\n"
        receiver.said = b"Not now."
        await _subscribe(owner, receiver)
        await told_party(tenant, "EWR")
        await _send(tenant)
    answer = await owner.ask(
        "{ webhookDeliveries { nodes { attempts { responseStatus request { address body "
        "headers { name value } } response { status body headers { name value } } } } } }"
    )
    (node,) = answer.data["webhookDeliveries"]["nodes"]
    first, second = node["attempts"]
    assert [first["responseStatus"], second["responseStatus"]] == [503, 200]
    assert first["response"]["body"] == "Not now."
    assert {"name": "x-why", "value": "tired"} in first["response"]["headers"]
    assert first["request"]["address"] == "127.0.0.1"
    assert first["request"]["body"].encode() == receiver.received[0].body
    sent = {each["name"]: each["value"] for each in first["request"]["headers"]}
    assert sent["webhook-signature"] == receiver.received[0].headers["webhook-signature"]


@pytest.mark.parametrize(
    ("query", "message", "line", "column"),
    [
        ("query ($event: ID!) {", "Syntax Error: Expected Name, found <EOF>.", 1, 22),
        (
            "query ($event: ID!) {\n  event(id: $event) { nothing }\n}",
            "Cannot query field 'nothing' on type 'Event'.",
            2,
            23,
        ),
        (
            "mutation ($event: ID!) { requeueParkedEvent(input: {id: $event}) { id } }",
            "A payload is chosen by a query.",
            1,
            1,
        ),
        (
            "query ($event: ID!) { event(id: $event) { id } viewer { __typename } }",
            "At its root stands the event and nothing else: "
            "query ($event: ID!) { event(id: $event) { … } }.",
            1,
            48,
        ),
        (
            "query ($one: ID!) { event(id: $one) { id } }",
            "Its one variable is the event: query ($event: ID!) { event(id: $event) { … } }.",
            1,
            1,
        ),
        (
            'query ($event: ID!) { e: event(id: $event) { id } event(id: "RXZlbnQ6MQ") { id } }',
            "The event is the one of the variable: event(id: $event).",
            1,
            51,
        ),
        (
            "query ($event: ID!) { __schema { types { name } } event(id: $event) { id } }",
            "A payload does not show the schema.",
            1,
            1,
        ),
        (
            "query ($event: ID!) { event(id: $event) { ... on OrderPlaced { number } } }",
            "Events of type OrderPlaced need the permission orders.read.",
            1,
            50,
        ),
    ],
)
async def test_a_query_that_cannot_work_is_refused_with_its_place(
    api: ApiUnderTest,
    tenant: TenantUnderTest,
    query: str,
    message: str,
    line: int,
    column: int,
) -> None:
    faults = await _faults(await api.user(tenant, *MAY), query)
    assert faults[0] == (message, line, column)


def _of_order(selection: str) -> str:
    return f"query ($event: ID!) {{ event(id: $event) {{ ... on OrderPlaced {{ {selection} }} }} }}"


async def test_a_query_may_not_cost_much_nor_go_deep(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    owner = await api.user(tenant, "*")
    wide = " ".join(
        f"a{n}: lines {{ item {{ suppliers {{ supplier {{ id }} }} }} }}" for n in range(60)
    )
    costly = _of_order(f"order {{ {wide} }}")
    ((message, line, column),) = await _faults(owner, costly)
    assert message.endswith("points; at most 1,000 are allowed.")
    assert (line, column) == (None, None)
    deep = "channel { entity { " * 6 + "id" + " } }" * 6
    ((message, _, _),) = await _faults(owner, _of_order(deep))
    assert message == "A document has at most 10 levels."


async def test_what_the_owner_may_not_read_is_found_by_trying_what_happened_last(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await told_party(tenant, "EWR")
    query = "query ($event: ID!) { event(id: $event) { ... on PartyCreated { party { id } } } }"
    without = await api.user(tenant, "webhooks.manage", "webhooks.read", "entities.read")
    assert await _faults(without, query) == [
        ("Its owner needs the permission events.read.", None, None)
    ]


async def test_rights_that_were_lost_leave_errors_in_the_message(
    trusting_api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    owner = await trusting_api.user(tenant, *MAY)
    async with receiving() as receiver:
        await _subscribe(owner, receiver)
        await told_party(tenant, "EWR")
        await _lose(tenant, "events.read")
        await _send(tenant)
    message = receiver.received[0].message
    assert message["data"] == {"event": None}
    (error,) = message["errors"]
    assert error["extensions"] == {"code": "FORBIDDEN", "permission": "events.read"}
    assert error["path"] == ["event"]


async def test_events_that_the_owner_may_no_longer_see_are_neither_noted_nor_sent(
    trusting_api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    owner = await trusting_api.user(tenant, *MAY)
    async with receiving() as receiver:
        await _subscribe(owner, receiver)
        await told_party(tenant, "EWR")
        await _lose(tenant, "entities.read")
        await told_party(tenant, "JFK")
        await _send(tenant)
    assert receiver.received == []
    answer = await owner.ask(
        "{ webhookDeliveries { nodes { status attempts { error request { body } } } } }"
    )
    assert answer.data["webhookDeliveries"]["nodes"] == [
        {
            "status": "DEAD",
            "attempts": [
                {
                    "error": "The owner may not see events of this type any more (entities.read).",
                    "request": None,
                }
            ],
        }
    ]


async def test_without_its_owner_a_subscription_is_disabled_and_keeps_what_waits(
    trusting_api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    owner = await trusting_api.user(tenant, *MAY)
    async with receiving() as receiver:
        created = await _subscribe(owner, receiver)
        await told_party(tenant, "EWR")
        async with tenant.work() as work:
            await work.execute(
                update(UserAccount)
                .where(UserAccount.tenant_id == tenant.id)
                .values(status="suspended")
            )
        await _send(tenant)
        assert receiver.received == []
        another = await trusting_api.user(tenant, *MAY)
        id_ = created["webhookSubscription"]["id"]
        shown = await another.ask(
            "query($id: ID!) { node(id: $id) { ... on WebhookSubscription "
            "{ status disabledReason supportedActions } }"
            " webhookDeliveries { nodes { status } } }",
            id=id_,
        )
        assert shown.data["node"]["status"] == "DISABLED"
        reason = "The user whose rights it has is not let in any more."
        assert shown.data["node"]["disabledReason"] == reason
        assert "RESUME" in shown.data["node"]["supportedActions"]
        assert shown.data["webhookDeliveries"]["nodes"] == [{"status": "DUE"}]
        # Whoever leads it on owns it.
        await another.ask(
            "mutation($id: ID!, $url: String!) {"
            " updateWebhookSubscription(input: {id: $id, url: $url}) { userErrors { code } }"
            " resumeWebhookSubscription(input: {id: $id}) { userErrors { code } } }",
            id=id_,
            url=receiver.url + "/again",
        )
        await _send(tenant)
    assert [request.path for request in receiver.received] == ["/hooks/again"]


async def test_who_leads_anothers_subscription_elsewhere_gives_it_its_own_rights(
    trusting_api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    rich = await trusting_api.user(tenant, *MAY)
    poor = await trusting_api.user(tenant, "webhooks.manage", "events.read")
    async with receiving() as receiver:
        created = await _subscribe(rich, receiver)
        change = (
            "mutation($input: UpdateWebhookSubscriptionInput!) {"
            " updateWebhookSubscription(input: $input) { userErrors { code } } }"
        )
        changes = {"id": created["webhookSubscription"]["id"], "url": receiver.url + "/mine"}
        assert (await poor.ask(change, input=changes)).error_codes == ["FORBIDDEN"]
        renamed = await poor.ask(change, input={"id": changes["id"], "name": "Ours"})
        assert renamed.data["updateWebhookSubscription"]["userErrors"] == []


async def _lose(tenant: TenantUnderTest, permission: str) -> None:
    async with tenant.work() as work:
        await work.execute(
            delete(RolePermission).where(
                RolePermission.tenant_id == tenant.id, RolePermission.permission == permission
            )
        )

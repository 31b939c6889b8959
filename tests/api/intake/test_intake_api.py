"""Messages over GraphQL: listing, reading, handing in, mapping, replaying."""

import base64
import json
from typing import Any

from api.ids import global_id
from tests.factories.api import ApiUnderTest
from tests.factories.intake import Door, ShopOrder, as_bytes, new_door, purchase_order
from tests.factories.masters import new_item, new_party
from tests.factories.tenants import TenantUnderTest, new_tenant

MESSAGE = """
  id outcome format filename attempts acknowledgement supportedActions
  channel { code }
  problems { code path message remedy severity }
  documents { position externalId externalNumber outcome problems { code } order { number } }
  duplicateOf { id }
"""
LIST = (
    "query($filter: IntakeMessageFilter, $first: Int) {"
    " intakeMessages(filter: $filter, first: $first) { totalCount nodes {" + MESSAGE + "} } }"
)
NODE = "query($id: ID!) { node(id: $id) { id ... on IntakeMessage {" + MESSAGE + "} } }"
RAW = "query($id: ID!) { node(id: $id) { ... on IntakeMessage { raw { text base64 size } } } }"
INGEST = (
    "mutation($input: IngestDocumentInput!, $key: String!) {"
    " ingestDocument(input: $input) @idempotent(key: $key) {"
    " message { id outcome filename } userErrors { code } } }"
)
REPLAY = (
    "mutation($input: ReplayIntakeMessageInput!) { replayIntakeMessage(input: $input) {"
    " message {" + MESSAGE + "} userErrors { __typename code path"
    " ... on InvalidStateError { state allowed } } } }"
)
MAP_ITEM = (
    "mutation($input: MapItemCodeInput!) { mapItemCode(input: $input) {"
    " item { sku } userErrors { __typename code"
    " ... on ItemCodeTakenError { sku } } } }"
)
MAP_PARTY = (
    "mutation($input: MapPartyCodeInput!) { mapPartyCode(input: $input) {"
    " party { code } userErrors { __typename code } } }"
)
CLERK = ("intake.read", "intake.ingest", "intake.manage", "orders.read", "channels.read",
         "catalog.read", "entities.read")  # fmt: skip


def _id(message_id: int) -> str:
    return global_id("IntakeMessage", message_id)


async def test_messages_are_listed_newest_first_and_filtered(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    clerk = await api.user(tenant, *CLERK)
    door, other = await new_door(tenant), await new_door(tenant)
    await new_item(tenant, sku="A-1")
    accepted = (await door.take(ShopOrder().document())).message_id
    duplicate = (await door.take(ShopOrder().document())).message_id
    rejected = (await other.take({"webhook_id": 7})).message_id
    received = await other.receive(b"{}")

    async def listed(**filter: Any) -> list[str]:
        page = (await clerk.ask(LIST, filter=filter)).data["intakeMessages"]
        assert page["totalCount"] == len(page["nodes"])
        return [node["id"] for node in page["nodes"]]

    assert await listed() == [_id(n) for n in (received, rejected, duplicate, accepted)]
    assert await listed(outcome="DUPLICATE") == [_id(duplicate)]
    assert await listed(format="shopify.order") == [_id(duplicate), _id(accepted)]
    channel = global_id("Channel", other.channel_id)
    assert await listed(channelId=channel) == [_id(received), _id(rejected)]
    assert await listed(channelId=channel, outcome="REJECTED") == [_id(rejected)]
    node = (await clerk.ask(NODE, id=_id(duplicate))).data["node"]
    assert node["duplicateOf"] == {"id": _id(accepted)}
    assert node["channel"] == {"code": door.code}


async def test_a_message_shows_its_order_its_problems_and_what_may_be_done(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    clerk = await api.user(tenant, *CLERK)
    viewer = await api.user(tenant, "intake.read", "orders.read", "channels.read")
    door = await new_door(tenant)
    processed = await door.take(ShopOrder().document(), filename="o.json")
    node = (await clerk.ask(NODE, id=_id(processed.message_id))).data["node"]
    (problem,) = node.pop("problems")
    assert problem.pop("message")
    assert problem.pop("remedy")
    assert problem == {"code": "unknown_item", "path": "line_items[0]", "severity": "ERROR"}
    assert node == {
        "id": _id(processed.message_id),
        "outcome": "EXCEPTION",
        "format": "shopify.order",
        "filename": "o.json",
        "attempts": 1,
        "acknowledgement": None,
        "supportedActions": ["REPLAY"],
        "channel": {"code": door.code},
        "documents": [
            {
                "position": 0,
                "externalId": "900001001",
                "externalNumber": "#1001",
                "outcome": "EXCEPTION",
                "problems": [{"code": "unknown_item"}],
                "order": None,
            }
        ],
        "duplicateOf": None,
    }
    seen = (await viewer.ask(NODE, id=_id(processed.message_id))).data["node"]
    assert seen["supportedActions"] == []


async def test_an_acknowledgement_can_be_read(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    clerk = await api.user(tenant, *CLERK)
    door = await new_door(tenant, kind="edi", source="x12", on_unknown_party="create_draft")
    processed = await door.take(purchase_order())
    node = (await clerk.ask(NODE, id=_id(processed.message_id))).data["node"]
    assert "ST*997*" in node["acknowledgement"]


async def test_the_document_itself_is_shown_as_text_and_bytes(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    clerk = await api.user(tenant, "intake.read")
    door = await new_door(tenant)
    for raw, text in ((b'{"a": "\xc3\xbc"}\r\n', '{"a": "ü"}\r\n'), (b"\x00\xff", None)):
        message_id = await door.receive(raw)
        shown = (await clerk.ask(RAW, id=_id(message_id))).data["node"]["raw"]
        encoded = base64.b64encode(raw).decode()
        assert shown == {"text": text, "base64": encoded, "size": len(raw)}


async def test_documents_of_many_messages_are_not_read_at_once(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    clerk = await api.user(tenant, "intake.read")
    door = await new_door(tenant)
    for n in range(11):
        await door.receive(str(n))
    query = "query($first: Int) { intakeMessages(first: $first) { nodes { raw { size } } } }"
    nodes = (await clerk.ask(query, first=10)).data["intakeMessages"]["nodes"]
    assert [node["raw"]["size"] for node in nodes] == [2] + [1] * 9
    assert set((await clerk.ask(query, first=11)).error_codes) == {"BAD_INPUT"}


async def test_a_document_is_handed_in_as_text_or_base64_and_booked_by_the_worker(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    clerk = await api.user(tenant, *CLERK)
    door = await new_door(tenant)
    await new_item(tenant, sku="A-1")
    raw = as_bytes(ShopOrder().document())
    text = {"channel": door.code, "text": raw.decode(), "filename": "o.json"}
    binary = {"channel": door.code, "base64": base64.b64encode(raw).decode()}
    messages = []
    for key, given in (("k1", text), ("k1", text), ("k2", binary)):
        answer = (await clerk.ask(INGEST, input=given, key=key)).data["ingestDocument"]
        assert answer["userErrors"] == []
        messages.append(answer["message"])
    assert messages[0] == messages[1]
    assert [m["outcome"] for m in messages] == ["RECEIVED"] * 3
    assert [m["filename"] for m in messages] == ["o.json", "o.json", None]
    assert await door.orders() == []
    rows = [node["id"] for node in (await clerk.ask(LIST)).data["intakeMessages"]["nodes"]]
    assert rows == [messages[2]["id"], messages[0]["id"]]


async def test_a_document_that_is_not_handed_in_rightly_is_refused(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    clerk = await api.user(tenant, *CLERK)
    viewer = await api.user(tenant, "intake.read")
    door = await new_door(tenant)
    elsewhere = await new_door(await new_tenant(tenant.engine, now=tenant.now))
    wrong = (
        ({"channel": door.code}, "BAD_INPUT"),
        ({"channel": door.code, "text": "a", "base64": "YQ=="}, "BAD_INPUT"),
        ({"channel": door.code, "base64": "*"}, "BAD_INPUT"),
        ({"channel": "NOBODY", "text": "a"}, "NOT_FOUND"),
        ({"channel": elsewhere.code, "text": "a"}, "NOT_FOUND"),
    )
    for n, (given, code) in enumerate(wrong):
        assert (await clerk.ask(INGEST, input=given, key=f"k{n}")).error_codes == [code]
    given = {"channel": door.code, "text": "a"}
    assert (await viewer.ask(INGEST, input=given, key="k")).error_codes == ["FORBIDDEN"]
    assert (await clerk.ask(LIST)).data["intakeMessages"]["nodes"] == []


async def _waiting(tenant: TenantUnderTest) -> tuple[Door, int]:
    door = await new_door(tenant)
    return door, (await door.take(ShopOrder().document())).message_id


async def test_mapping_the_code_and_replaying_gives_the_order(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    clerk = await api.user(tenant, *CLERK)
    door, message_id = await _waiting(tenant)
    item_id = await new_item(tenant, sku="OURS")
    mapping = {
        "channelId": global_id("Channel", door.channel_id),
        "code": "A-1",
        "itemId": global_id("Item", item_id),
    }
    mapped = (await clerk.ask(MAP_ITEM, input=mapping)).data["mapItemCode"]
    assert mapped == {"item": {"sku": "OURS"}, "userErrors": []}
    replayed = (await clerk.ask(REPLAY, input={"id": _id(message_id)})).data["replayIntakeMessage"]
    order = await door.order()
    assert replayed["userErrors"] == []
    message = replayed["message"]
    assert (message["outcome"], message["problems"], message["attempts"]) == ("ACCEPTED", [], 2)
    assert message["documents"][0]["order"] == {"number": order.number}
    assert message["supportedActions"] == []
    again = (await clerk.ask(REPLAY, input={"id": _id(message_id)})).data["replayIntakeMessage"]
    assert again["message"] is None
    (error,) = again["userErrors"]
    assert (error["__typename"], error["state"]) == ("InvalidStateError", "accepted")


async def test_a_code_that_another_item_has_is_not_mapped(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    clerk = await api.user(tenant, *CLERK)
    door, _ = await _waiting(tenant)
    items = [await new_item(tenant, sku=sku) for sku in ("FIRST", "SECOND")]
    answers = [
        (
            await clerk.ask(
                MAP_ITEM,
                input={
                    "channelId": global_id("Channel", door.channel_id),
                    "code": "A-1",
                    "itemId": global_id("Item", item),
                },
            )
        ).data["mapItemCode"]
        for item in items
    ]
    assert answers[0]["userErrors"] == []
    assert answers[1] == {
        "item": None,
        "userErrors": [
            {"__typename": "ItemCodeTakenError", "code": "ITEM_CODE_TAKEN", "sku": "FIRST"}
        ],
    }


async def test_a_buyers_code_is_mapped(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    clerk = await api.user(tenant, *CLERK)
    door = await new_door(tenant, kind="edi", source="x12")
    await new_item(tenant, sku="A-1")
    waiting = await door.take(purchase_order())
    party_id = await new_party(tenant, code="BUYER")
    mapping = {
        "channelId": global_id("Channel", door.channel_id),
        "code": "BUYER7",
        "partyId": global_id("Party", party_id),
    }
    mapped = (await clerk.ask(MAP_PARTY, input=mapping)).data["mapPartyCode"]
    assert mapped == {"party": {"code": "BUYER"}, "userErrors": []}
    await clerk.ask(REPLAY, input={"id": _id(waiting.message_id)})
    assert (await door.order()).party_id == party_id


async def test_other_tenants_messages_are_not_there(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    clerk = await api.user(tenant, *CLERK)
    _, foreign = await _waiting(await new_tenant(tenant.engine, now=tenant.now))
    assert (await clerk.ask(NODE, id=_id(foreign))).data["node"] is None
    assert (await clerk.ask(LIST)).data["intakeMessages"]["nodes"] == []
    replayed = await clerk.ask(REPLAY, input={"id": _id(foreign)})
    assert replayed.error_codes == ["NOT_FOUND"]
    assert json.dumps(replayed.body).count("exist") == 0

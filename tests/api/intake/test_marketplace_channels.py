"""Adobe Commerce, Walmart and Mirakl end to end: a channel of the source, a signed document, an
order that the API shows, and its change."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from api.ids import global_id, row_id_of
from app.http.services import system_clock
from domain.intake.formats.signatures import sign_standard
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.intake import Door
from tests.factories.marketplace_orders import (
    magento_item,
    magento_order,
    mirakl_line,
    mirakl_order,
    walmart_line,
    walmart_order,
)
from tests.factories.masters import new_entity, new_item
from tests.factories.tenants import TenantUnderTest

SECRET = "a-signing-secret-of-sufficient-length"
CREATE = """
mutation Create($input: CreateChannelInput!) {
  createChannel(input: $input) { channel { id code source } userErrors { code } }
}
"""
SET_SECRET = """
mutation Secret($input: SetChannelSecretInput!) {
  setChannelSecret(input: $input) { channel { hasSigningSecret } userErrors { code } }
}
"""
MESSAGE = """
query($id: ID!) { node(id: $id) { ... on IntakeMessage {
  outcome format problems { code }
  documents { externalId outcome order { number currency
    lines { description quantity } } } } } }
"""
WALMART_LATER = 1772366400000
SENT: dict[str, tuple[str, Callable[[int], dict[str, Any]]]] = {
    "magento": (
        "3001",
        lambda n: magento_order(magento_item(quantity=n), updated_at=f"2026-03-01 1{n}:00:00"),
    ),
    "walmart": (
        "1796277083022",
        lambda n: walmart_order(
            walmart_line(quantity=n, amount=10 * n, statusDate=WALMART_LATER + n)
        ),
    ),
    "mirakl": (
        "ORD-1-A",
        lambda n: mirakl_order(
            mirakl_line(quantity=n), last_updated_date=f"2026-03-01T1{n}:00:00Z"
        ),
    ),
}


async def _channel(admin: ApiCaller, entity_id: int, source: str) -> dict[str, Any]:
    wanted = {
        "code": "MARKET",
        "name": "Market",
        "kind": "MARKETPLACE",
        "source": source.upper(),
        "entityId": global_id("LegalEntity", entity_id),
    }
    made = (await admin.ask(CREATE, input=wanted)).data["createChannel"]
    assert made["userErrors"] == []
    secret = {"id": made["channel"]["id"], "secret": SECRET}
    kept = (await admin.ask(SET_SECRET, input=secret)).data["setChannelSecret"]
    assert kept == {"channel": {"hasSigningSecret": True}, "userErrors": []}
    channel: dict[str, Any] = made["channel"]
    return channel


@pytest.mark.parametrize("source", sorted(SENT))
async def test_a_marketplace_is_connected_and_its_orders_come(
    api: ApiUnderTest, tenant: TenantUnderTest, source: str
) -> None:
    entity_id = await new_entity(tenant)
    await new_item(tenant, sku="A-1")
    admin = await api.user(
        tenant, "channels.read", "channels.manage", "entities.read", "intake.read", "orders.read"
    )
    channel = await _channel(admin, entity_id, source)
    assert channel["source"] == source.upper()
    door = Door(tenant, row_id_of(channel["id"], "Channel"), channel["code"])
    external_id, document = SENT[source]
    seen = []
    for quantity in (2, 3):
        body = json.dumps(document(quantity)).encode()
        headers = sign_standard(
            body, identity=f"m{quantity}", secret=SECRET, sent_at=system_clock()
        )
        posted = await api.http.post(
            f"/intake/{door.code}", params={"tenant": tenant.slug}, content=body, headers=headers
        )
        assert posted.status_code == 202
        await door.process(row_id_of(posted.json()["message_id"], "IntakeMessage"))
        node = (await admin.ask(MESSAGE, id=posted.json()["message_id"])).data["node"]
        assert (node["outcome"], node["format"], node["problems"]) == (
            "ACCEPTED",
            f"{source}.order",
            [],
        )
        (told,) = node["documents"]
        assert (told["externalId"], told["order"]["currency"]) == (external_id, "EUR")
        seen.append((told["outcome"], told["order"]["lines"][0]["quantity"]))
    assert seen == [("ACCEPTED", "2"), ("AMENDED", "3")]

"""A customer's UBL order over the door, and its change: what the API shows of both."""

from typing import Any

from api.ids import global_id, row_id_of
from tests.factories.api import ApiUnderTest
from tests.factories.intake import Door, new_door
from tests.factories.masters import new_item, new_party
from tests.factories.tenants import TenantUnderTest
from tests.factories.xml_orders import XmlLine, XmlOrder

OF_MESSAGE = """query($id: ID!) { node(id: $id) { ... on IntakeMessage {
    outcome format problems { code path severity }
    documents { externalNumber outcome order { number total { amount currency } } } } } }"""
CLERK = ("intake.read", "intake.ingest", "orders.read", "channels.read", "finance.read")


async def _sent(api: ApiUnderTest, token: str, door: Door, text: str) -> str:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/xml"}
    answer = await api.http.post(f"/intake/{door.code}", content=text, headers=headers)
    assert answer.status_code == 202
    message_id = row_id_of(answer.json()["message_id"], "IntakeMessage")
    assert await door.process(message_id) is not None
    return global_id("IntakeMessage", message_id)


async def test_an_order_in_xml_and_its_change_are_shown_with_the_order(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    clerk = await api.user(tenant, *CLERK)
    party_id = await new_party(tenant)
    door = await new_door(tenant, kind="edi", source="generic", default_party_id=party_id)
    await new_item(tenant, sku="A-1")
    change = XmlOrder("C-1", [XmlLine("A-1", "5", status="3")], about="PO-1", time="10:00:00")
    refused = XmlOrder("PO-2", [XmlLine("A-1", "two")])

    async def shown(text: str) -> dict[str, Any]:
        sent = await _sent(api, clerk.token, door, text)
        node: dict[str, Any] = (await clerk.ask(OF_MESSAGE, id=sent)).data["node"]
        return node

    first = await shown(XmlOrder().as_ubl())
    (document,) = first["documents"]
    assert (first["outcome"], first["format"], first["problems"]) == ("ACCEPTED", "ubl.order", [])
    assert document["externalNumber"] == "PO-1"
    assert document["order"]["total"] == {"amount": "20.00", "currency": "EUR"}
    second = await shown(change.as_ubl("OrderChange"))
    assert (second["outcome"], second["format"]) == ("ACCEPTED", "ubl.orderchange")
    assert second["documents"][0]["order"]["number"] == document["order"]["number"]
    assert second["documents"][0]["order"]["total"]["amount"] == "50.00"
    third = await shown(refused.as_ubl())
    assert (third["outcome"], third["documents"][0]["order"]) == ("EXCEPTION", None)
    assert third["problems"] == [
        {
            "code": "number_invalid",
            "path": "Order/OrderLine/LineItem/Quantity",
            "severity": "ERROR",
        }
    ]

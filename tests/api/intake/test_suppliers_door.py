"""Suppliers send by their own key, and the message and the invoice lead to each other."""

from typing import Any

import httpx
import pytest

from api.ids import global_id, row_id_of
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.intake import Door, new_door
from tests.factories.invoices import Written, WrittenLine, as_ubl
from tests.factories.masters import new_party
from tests.factories.tenants import TenantUnderTest, new_tenant

OF_MESSAGE = """query($id: ID!) { node(id: $id) { ... on IntakeMessage {
    outcome format documents { externalNumber outcome supplierInvoice {
        id kind status total { amount } intakeMessage { id } } } } } }"""
SENDS = ("procurement.bill", "finance.read")
BILL = as_ubl(Written(lines=(WrittenLine(code="WORK", quantity=2, price="80.00", unit="HUR"),)))


@pytest.fixture
async def supplier_id(tenant: TenantUnderTest) -> int:
    """Somebody who bills."""
    return await new_party(tenant, is_supplier=True, is_customer=False)


async def _post(api: ApiUnderTest, caller: ApiCaller, code: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {caller.token}"}
    return await api.http.post(f"/intake/{code}", content=BILL, headers=headers)


async def _taken(door: Door, response: httpx.Response) -> str:
    message_id = row_id_of(response.json()["message_id"], "IntakeMessage")
    assert await door.process(message_id) is not None
    return global_id("IntakeMessage", message_id)


async def test_a_supplier_sends_by_a_channel_of_its_own_alone(
    api: ApiUnderTest, tenant: TenantUnderTest, supplier_id: int
) -> None:
    own = await new_door(tenant, kind="edi", default_party_id=supplier_id)
    others = await new_door(tenant, kind="edi")
    abroad = await new_door(await new_tenant(tenant.engine, now=tenant.now))
    sender = await api.user(tenant, *SENDS, party_id=supplier_id)
    response = await _post(api, sender, own.code)
    assert response.status_code == 202
    for door in (others, abroad):
        refused = await _post(api, sender, door.code)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NOT_FOUND")
    # Without the right, and for a customer of whom no channel is, there is no door.
    for permissions, party in ((("finance.read",), supplier_id), (SENDS, await new_party(tenant))):
        caller = await api.user(tenant, *permissions, party_id=party)
        assert (await _post(api, caller, own.code)).status_code in (403, 404)
    assert await _listed(api, tenant) == 1


async def _listed(api: ApiUnderTest, tenant: TenantUnderTest) -> int:
    clerk = await api.user(tenant, "intake.read")
    found = await clerk.ask("{ intakeMessages { totalCount } }")
    return int(found.data["intakeMessages"]["totalCount"])


async def test_message_and_invoice_lead_to_each_other(
    api: ApiUnderTest, tenant: TenantUnderTest, supplier_id: int
) -> None:
    door = await new_door(tenant, kind="edi", default_party_id=supplier_id)
    sender = await api.user(tenant, *SENDS, party_id=supplier_id)
    message = await _taken(door, await _post(api, sender, door.code))
    clerk = await api.user(tenant, "intake.read", "finance.read")
    node: dict[str, Any] = (await clerk.ask(OF_MESSAGE, id=message)).data["node"]
    assert (node["outcome"], node["format"]) == ("ACCEPTED", "ubl.invoice")
    [document] = node["documents"]
    invoice = document["supplierInvoice"]
    assert (document["externalNumber"], invoice["status"]) == ("R-1", "EXCEPTION")
    assert (invoice["kind"], invoice["total"]) == ("INVOICE", {"amount": "160.00"})
    assert invoice["intakeMessage"] == {"id": message}


async def test_a_supplier_sees_its_invoice_and_not_the_message(
    api: ApiUnderTest, tenant: TenantUnderTest, supplier_id: int
) -> None:
    door = await new_door(tenant, kind="edi", default_party_id=supplier_id)
    sender = await api.user(tenant, *SENDS, party_id=supplier_id)
    await _taken(door, await _post(api, sender, door.code))
    seen = await sender.ask(
        "{ supplierInvoices { nodes { externalNumber kind corrects { id } } } }"
    )
    assert seen.data["supplierInvoices"]["nodes"] == [
        {"externalNumber": "R-1", "kind": "INVOICE", "corrects": None}
    ]
    refused = await sender.ask("{ supplierInvoices { nodes { intakeMessage { id } } } }")
    assert refused.error_codes == ["FORBIDDEN"]

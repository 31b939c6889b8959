"""A third-party warehouse takes returns in and looks at them; a customer asks for its own. Neither
sees the other's part, nor its neighbour's."""

from dataclasses import dataclass
from typing import Any

import pytest

from api.ids import global_id
from domain.entities.operations.parties import create_party
from domain.returns.models import ReturnUnit
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.orders import violations
from tests.factories.returns import Returns, new_returns
from tests.factories.tenants import TenantUnderTest

THIRD_PARTY = (
    "entities.read catalog.read inventory.read returns.read returns.receive returns.inspect"
).split()
CUSTOMER = "entities.read catalog.read orders.read returns.read returns.request".split()
RETURNS = """
{ returns { nodes {
  id supportedActions
  lines { quantity { value } }
  authorizations { barcode }
  receipts { units { id supportedActions disposition { cost { amount } } } }
  credits { total { amount } }
} } }
"""
RECEIVE = """
mutation($i: ReceiveReturnInput!) { receiveReturn(input: $i) @idempotent(key: "k") {
  returnReceipt { units { id } } userErrors { code } } }
"""
INSPECT = """
mutation($i: InspectReturnInput!) { inspectReturn(input: $i) { returnUnits { id status }
  userErrors { code } } }
"""
DISPOSE = """
mutation($i: DisposeReturnInput!) { disposeReturn(input: $i) @idempotent(key: "d") {
  userErrors { code } } }
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """A return that is to come to the first location; who sees it, and who must not."""

    returns: Returns
    return_id: int
    house: ApiCaller
    here: ApiCaller
    there: ApiCaller
    customer: ApiCaller
    neighbour: ApiCaller

    def came(self, location: int) -> dict[str, Any]:
        """Two of the thing came to a location."""
        setting = self.returns.shop.setting
        return {
            "returnId": global_id("Return", self.return_id),
            "locationId": global_id("Location", setting.location_ids[location]),
            "lines": [{"itemId": global_id("Item", setting.item_ids[0]), "quantity": "2"}],
        }


@pytest.fixture
async def scene(api: ApiUnderTest, tenant: TenantUnderTest) -> Scene:
    """Three were sold; two are to come back."""
    returns = await new_returns(tenant, locations=2)
    return_id = await returns.request(await returns.sell(3), 2)
    async with tenant.work() as work:
        other = await create_party(
            work, code="OTHER", name="Other", is_customer=True, is_supplier=False
        )
    places = returns.shop.setting.location_ids
    return Scene(
        returns,
        return_id,
        await api.user(tenant, "*"),
        await api.user(tenant, *THIRD_PARTY, location_id=places[0]),
        await api.user(tenant, *THIRD_PARTY, location_id=places[1]),
        await api.user(tenant, *CUSTOMER, party_id=returns.party_id),
        await api.user(tenant, *CUSTOMER, party_id=other),
    )


async def _seen(caller: ApiCaller) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await caller.ask(RETURNS)).data["returns"]["nodes"]
    return nodes


async def test_a_warehouse_takes_in_and_inspects_what_comes_to_it(scene: Scene) -> None:
    [seen] = await _seen(scene.here)
    assert (seen["supportedActions"], seen["credits"]) == (["RECEIVE"], [])
    assert await _seen(scene.there) == []
    elsewhere = await scene.here.ask(RECEIVE, i=scene.came(1))
    assert elsewhere.error_codes == ["NOT_FOUND"]
    foreign = await scene.there.ask(RECEIVE, i=scene.came(1))
    assert foreign.error_codes == ["NOT_FOUND"]
    done = (await scene.here.ask(RECEIVE, i=scene.came(0))).data["receiveReturn"]
    [unit] = done["returnReceipt"]["units"]
    look = {"id": unit["id"], "findings": [{"condition": "NEW"}]}
    assert (await scene.there.ask(INSPECT, i=look)).error_codes == ["NOT_FOUND"]
    done = (await scene.here.ask(INSPECT, i=look)).data["inspectReturn"]
    assert [each["status"] for each in done["returnUnits"]] == ["INSPECTED"]
    thrown = {"id": unit["id"], "kind": "SCRAP", "reason": "x"}
    assert (await scene.here.ask(DISPOSE, i=thrown)).error_codes == ["FORBIDDEN"]
    [row] = await scene.returns.rows(ReturnUnit)
    await scene.returns.dispose(row.id)
    await scene.returns.credit(scene.return_id)
    [seen] = await _seen(scene.here)
    assert seen["credits"] == []
    [receipt] = seen["receipts"]
    assert receipt["units"][0]["disposition"] == {"cost": None}
    assert await violations(scene.returns.tenant) == {}


async def test_a_customer_sees_its_own_and_not_how_it_was_found(scene: Scene) -> None:
    await scene.returns.receive(scene.return_id, (0, 2))
    [row] = await scene.returns.rows(ReturnUnit)
    await scene.returns.inspect(row.id, (2, "new"))
    await scene.returns.credit(scene.return_id)
    [seen] = await _seen(scene.customer)
    assert seen["receipts"] == []
    assert [each["total"]["amount"] for each in seen["credits"]] == ["6.67"]
    assert await _seen(scene.neighbour) == []
    node = "query($id: ID!) { node(id: $id) { id } }"
    for kind, row_id in (("Return", scene.return_id), ("ReturnUnit", row.id)):
        found = await scene.neighbour.ask(node, id=global_id(kind, row_id))
        assert found.data["node"] is None
    units = await scene.customer.ask("{ returnUnits { nodes { id } } }")
    assert units.data["returnUnits"]["nodes"] == []
    policies = await scene.customer.ask("{ returnPolicies { nodes { id } } }")
    assert policies.data["returnPolicies"]["nodes"] == []
    reasons = await scene.customer.ask("{ returnReasons { nodes { code } } }")
    assert reasons.data["returnReasons"]["nodes"] == [{"code": "UNWANTED"}]

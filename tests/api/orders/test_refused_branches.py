"""A branch that is refused ends the operation while its siblings still read: nothing is left."""

from api.ids import global_id
from tests.factories.api import ApiUnderTest
from tests.factories.orders import new_shop
from tests.factories.tenants import TenantUnderTest

DEEP = """
query Deep($id: ID!) {
  order(id: $id) {
    number supportedActions lines { item { sku units { unit } } }
    fulfilmentOrders { number location { code } lines { id } }
    shipments { number lines { quantity } }
    allocationDecisions { allocated }
    channel { code defaultParty { code } } party { code parent { code } } entity { code }
  }
}
"""


async def test_a_refused_branch_leaves_no_connection_behind(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    placed = await shop.place(shop.line(1))
    wanted = global_id("Order", placed.order_id)
    reads = ("orders.read", "fulfilment.read", "catalog.read", "channels.read", "entities.read")
    caller = await api.user(tenant, *reads)
    for _ in range(15):
        assert (await caller.ask(DEEP, id=wanted)).error_codes == ["FORBIDDEN"]
    assert api.services.engine.pool.checkedout() == 0

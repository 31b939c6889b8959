"""What is to come is shown beside what is on hand, never in it."""

from datetime import date
from decimal import Decimal

from sqlalchemy import insert

from api.ids import global_id
from domain.inventory.models import ExpectedSupply
from tests.factories.api import ApiUnderTest
from tests.factories.orders import new_shop
from tests.factories.tenants import TenantUnderTest

COMING = """
query Coming($items: [ID!]!) {
  availability(itemIds: $items) {
    onHand { value } incoming { value unit } inTransit { value }
    locations { onHand { value } incoming { value } inTransit { value } }
  }
  stockBalances { nodes { onHand { value } incoming { value } inTransit { value } } }
}"""


async def test_incoming_stands_outside_on_hand(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(3)
    async with tenant.work() as work:
        row = {
            "tenant_id": tenant.id,
            "item_id": shop.setting.item_ids[0],
            "owner_id": shop.setting.entity_id,
            "kind": "purchase",
            "quantity": Decimal(40),
            "received": Decimal(10),
            "expected_on": date(2030, 1, 1),
            "created_at": tenant.now,
        }
        places = shop.setting.location_ids
        rows = [row | {"location_id": place} for place in (places[0], places[0], places[1])]
        await work.execute(insert(ExpectedSupply), rows)
    caller = await api.user(tenant, "inventory.read")
    items = [global_id("Item", shop.setting.item_ids[0])]
    data = (await caller.ask(COMING, items=items)).data
    none = {"value": "0"}
    here = {"onHand": {"value": "3"}, "incoming": {"value": "60"}, "inTransit": none}
    assert data["availability"] == [
        {
            "onHand": {"value": "3"},
            "incoming": {"value": "90", "unit": "EA"},
            "inTransit": none,
            "locations": [here],
        }
    ]
    assert data["stockBalances"]["nodes"] == [here]

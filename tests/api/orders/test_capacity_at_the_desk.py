"""Orders that come to several processes at once keep what a location can take on in a day."""

from dataclasses import replace

from api.orders.desk import OrderDesk
from app.asgi import application_around
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.capacities import burden, heed_capacity, limit
from tests.factories.in_process import InProcessClient
from tests.factories.ordering import order_input, place_all
from tests.factories.orders import new_shop, violations
from tests.factories.tenants import TenantUnderTest


async def test_two_processes_keep_the_capacity_of_a_location(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, items=8)
    for item in range(8):
        await shop.stock(50, item=item)
    await limit(shop, orders_per_day=11, units_per_day=50)
    await heed_capacity(shop)
    seller = await api.user(tenant, "*")
    desks = [replace(api.services, order_desk=OrderDesk()) for _ in range(2)]
    first, second = (application_around(each) for each in desks)
    async with InProcessClient(first) as one, InProcessClient(second) as two:
        callers = [ApiCaller(one, seller.token), ApiCaller(two, seller.token)]
        inputs = [(f"k{n}", order_input(shop, (n // 2 % 8, 2))) for n in range(48)]
        answers = await place_all(callers, inputs)
    statuses = [answer.data["placeOrder"]["order"]["status"] for answer in answers]
    assert (statuses.count("ALLOCATED"), statuses.count("BACKORDERED")) == (11, 37)
    assert await burden(shop) == (11, 22)
    assert await violations(tenant) == {}

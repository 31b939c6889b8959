"""What a caller may not see is null with its error; what it did or may see stays."""

from tests.factories.api import ApiUnderTest
from tests.factories.orders import new_shop
from tests.factories.tenants import TenantUnderTest

ORDERS = "{ orders { nodes { number journals { number } allocations { __typename } } } }"


async def test_an_order_stays_when_its_books_are_refused(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.place(shop.line(1))
    clerk = await api.user(tenant, "orders.read")
    answer = await clerk.ask(ORDERS)
    assert answer.error_codes == ["FORBIDDEN", "FORBIDDEN"]
    assert answer.body["data"]["orders"]["nodes"] == [
        {"number": "SO-1", "journals": None, "allocations": None}
    ]

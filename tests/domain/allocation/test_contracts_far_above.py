"""A contract covers all below the customer that it was made with, also where they order
themselves and see nothing but themselves."""

from typing import Any

from sqlalchemy import select, text

from domain.allocation.operations.place_order import place_order
from domain.entities.models import Party
from tenancy.principals import Principal, PrincipalKind
from tests.factories.masters import new_party, new_price_list, price
from tests.factories.orders import new_shop, violations
from tests.factories.pools import allocated, new_pool
from tests.factories.tenants import TenantUnderTest


def _partner(tenant: TenantUnderTest, party_id: int) -> Principal:
    return Principal(
        tenant_id=tenant.id,
        kind=PrincipalKind.USER,
        id=party_id,
        name="depot",
        permissions=frozenset({"orders.place"}),
        party_id=party_id,
    )


async def test_a_partner_draws_from_the_contract_of_its_parents_parent(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    price_list = await new_price_list(tenant, currency="EUR")
    await price(tenant, price_list, shop.setting.item_ids[0], "1.00", unit="EA")
    above: dict[str, Any] = {}
    for _ in range(4):
        above = {"parent_id": await new_party(tenant, is_customer=True, **above)}
    depot = above["parent_id"]
    async with tenant.read() as reader:
        parties = list(await reader.values(select(Party.id).where(Party.tenant_id == tenant.id)))
    contract = await new_pool(shop, "CONTRACT", 6, party_id=parties[0])
    stranger = await new_party(tenant, is_customer=True)
    line = shop.line(9, price="1.00")
    wanted = type(line)(item_id=line.item_id, quantity=line.quantity, unit=line.unit)
    async with tenant.work(as_=_partner(tenant, stranger)) as work:
        other = await place_order(work, channel_id=shop.channel_id, lines=[wanted])
    assert await allocated(shop, other.order_id) == [(None, 4)]
    async with tenant.work(as_=_partner(tenant, depot)) as work:
        mine = await place_order(work, channel_id=shop.channel_id, lines=[wanted])
    assert await allocated(shop, mine.order_id) == [(contract, 6)]
    assert await violations(tenant) == {}


async def test_asking_for_the_chain_shows_nothing_but_ids_of_the_own_tenant(
    tenant: TenantUnderTest,
) -> None:
    top = await new_party(tenant, is_customer=True)
    below = await new_party(tenant, is_customer=True, parent_id=top)
    asked = text("SELECT party_id, above_id FROM parties_above(:ids) ORDER BY 1, 2")
    async with tenant.read(as_=_partner(tenant, below)) as reader:
        rows = await reader.rows(asked, {"ids": [below, below + 10**9]})
        seen = await reader.values(select(Party.id).where(Party.tenant_id == tenant.id))
    assert [tuple(row) for row in rows] == [(below, top), (below, below)]
    assert list(seen) == [below]

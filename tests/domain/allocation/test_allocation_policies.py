"""Allocation policies: drafted, activated, unchangeable, and obeyed."""

import asyncio

import pytest
from sqlalchemy import select, update

from domain.allocation.models import AllocationPolicy
from domain.allocation.operations.policies import create_allocation_policy
from domain.allocation.operations.policy_activation import activate_allocation_policy
from domain.allocation.queries.decisions import explain_allocations
from domain.allocation.queries.policies import allocation_policies, locations_of_policies
from domain.entities.models import Location
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.paging import PageRequest
from tests.factories.orders import Shop, new_shop
from tests.factories.tenants import TenantUnderTest


async def _draft(shop: Shop, *locations: int, **fields: object) -> int:
    ids = [shop.setting.location_ids[n] for n in locations]
    async with shop.tenant.work() as work:
        return await create_allocation_policy(
            work,
            code="MAIN",
            name="Main",
            location_ids=ids,
            **fields,  # type: ignore[arg-type]
        )


async def _activate(shop: Shop, policy_id: int) -> None:
    async with shop.tenant.work() as work:
        await activate_allocation_policy(work, policy_id=policy_id)


async def _rules(shop: Shop, order_id: int) -> list[tuple[int | None, str]]:
    async with shop.tenant.read() as reader:
        explained = (await explain_allocations(reader, order_ids=[order_id]))[order_id]
    return [(c.rank, c.rule) for c in explained[-1].candidates]


async def test_a_policy_decides_the_order_of_locations(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=3)
    for location in range(3):
        await shop.stock(5, location=location)
    policy = await _draft(shop, 2, 1)
    assert await _rules(shop, (await shop.place(shop.line(1))).order_id) == [
        (1, "highest_priority"),
        (2, "lower_rank_sufficient"),
        (3, "lower_rank_sufficient"),
    ]
    await _activate(shop, policy)
    assert await _rules(shop, (await shop.place(shop.line(1))).order_id) == [
        (1, "highest_priority"),
        (2, "lower_rank_sufficient"),
        (None, "not_in_policy"),
    ]
    assert await shop.available(location=2) == 4
    async with tenant.read() as reader:
        ranked = await locations_of_policies(reader, policy_ids=[policy])
    assert ranked == {policy: [shop.setting.location_ids[2], shop.setting.location_ids[1]]}


async def test_a_channels_own_policy_goes_before_the_general_one(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(5, location=0)
    await shop.stock(5, location=1)
    await _activate(shop, await _draft(shop, 0))
    await _activate(shop, await _draft(shop, 1, channel_id=shop.channel_id))
    await shop.place(shop.line(1))
    assert (await shop.available(location=0), await shop.available(location=1)) == (5, 4)


async def test_a_new_version_retires_the_one_before(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    first, second = await _draft(shop, 0), await _draft(shop, 1)
    await _activate(shop, first)
    await _activate(shop, second)
    async with tenant.read() as reader:
        rows = (await allocation_policies(reader, request=PageRequest())).page.rows
    assert [(row.id, row.version, row.status) for row in rows] == [
        (second, 2, "active"),
        (first, 1, "retired"),
    ]
    for policy_id, state in ((first, "retired"), (second, "active")):
        with pytest.raises(InvalidState) as refused:
            await _activate(shop, policy_id)
        assert refused.value.fields["state"] == state


async def test_of_two_drafts_at_once_one_is_active(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    drafts = [await _draft(shop, 0), await _draft(shop, 1)]
    await asyncio.gather(*(_activate(shop, each) for each in drafts))
    async with tenant.read() as reader:
        active = await reader.values(
            select(AllocationPolicy.id).where(
                AllocationPolicy.tenant_id == tenant.id, AllocationPolicy.status == "active"
            )
        )
    assert len(active) == 1


async def test_wrong_policies_are_refused(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    with pytest.raises(InvalidInput):
        await _draft(shop)
    with pytest.raises(InvalidInput):
        await _draft(shop, 0, 0)
    with pytest.raises(NotFound):
        async with tenant.work() as work:
            await create_allocation_policy(work, code="X", name="X", location_ids=[10**12])
    with pytest.raises(NotFound):
        await _activate(shop, 10**12)


async def test_goods_on_their_way_are_no_source(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(3, location=1)
    await _activate(shop, await _draft(shop, 0, 1))
    async with tenant.work() as work:
        await work.execute(
            update(Location)
            .where(Location.tenant_id == tenant.id, Location.id == shop.setting.location_ids[1])
            .values(kind="in_transit")
        )
    with pytest.raises(InvalidInput):
        await _draft(shop, 0, 1)
    async with tenant.read() as reader:
        drafted = select(AllocationPolicy.version).where(AllocationPolicy.tenant_id == tenant.id)
        assert await reader.values(drafted) == [1]
    assert (await shop.place(shop.line(1))).status == "backordered"

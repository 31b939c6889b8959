"""What a protected pool must be, and how it may change."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.allocation.operations.pools import change_pool, close_pool
from domain.kernel.errors import CodeTaken, InvalidInput, InvalidState, NotFound, StaleVersion
from tests.factories.orders import new_shop
from tests.factories.pools import new_pool
from tests.factories.tenants import TenantUnderTest

D = Decimal
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"item_group": "shoes"}, ("item_id",)),
        ({"share": D("0.5")}, ("share",)),
        ({"quantity": D(0)}, ("quantity",)),
        ({"quantity": D("0.0000001")}, ("quantity",)),
        ({"quantity": None, "share": D("1.1")}, ("share",)),
        ({"customer_group": "gold"}, ("customer_group",)),
        ({"code": " "}, ("code",)),
    ],
)
async def test_an_unsound_pool_is_refused(
    tenant: TenantUnderTest, fields: dict[str, Any], path: tuple[str, ...]
) -> None:
    shop = await new_shop(tenant)
    given = {
        "quantity": D(5),
        "item_id": shop.setting.item_ids[0],
        "channel_id": shop.channel_id,
        **fields,
    }
    code = given.pop("code", "P")
    if "item_group" in given:
        path = ("item_group",)
    with pytest.raises(InvalidInput) as refused:
        await new_pool(shop, code, **given)
    assert refused.value.path == path


async def test_a_pool_inside_another_one_fits_it(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2, locations=2)
    here, there = shop.setting.location_ids
    outer = await new_pool(shop, "OUTER", 10, location_id=here)
    with pytest.raises(InvalidInput) as refused:
        await new_pool(shop, "ELSEWHERE", 5, parent_id=outer, location_id=there)
    assert refused.value.path == ("location_id",)
    with pytest.raises(InvalidInput) as refused:
        await new_pool(shop, "OTHER", 5, item=1, parent_id=outer, location_id=here)
    assert refused.value.path == ("item_id",)
    with pytest.raises(NotFound):
        await new_pool(shop, "LOST", 5, parent_id=outer + 1000)
    with pytest.raises(CodeTaken):
        await new_pool(shop, "OUTER", 5)
    async with tenant.work() as work:
        await close_pool(work, pool_id=outer)
    with pytest.raises(InvalidState):
        await new_pool(shop, "LATE", 5, parent_id=outer, location_id=here)


async def test_a_pool_changes_only_as_it_was_read_and_while_it_lasts(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    pool = await new_pool(shop, "KEPT", 10, expires_at=tenant.now + DAY)

    async def change(at: TenantUnderTest, version: int, **changes: Any) -> None:
        async with at.work() as work:
            await change_pool(work, pool_id=pool, changes=changes, expected_version=version)

    await change(tenant, 1, quantity=D(8), name="Kept")
    with pytest.raises(StaleVersion):
        await change(tenant, 1, quantity=D(9))
    with pytest.raises(InvalidInput):
        await change(tenant, 2, share=D("0.5"))
    with pytest.raises(InvalidState):
        await change(tenant.at(tenant.now + DAY), 2, quantity=D(9))
    with pytest.raises(NotFound):
        async with tenant.work() as work:
            await close_pool(work, pool_id=pool + 1000)

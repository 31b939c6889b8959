"""What needs approval at all is governed too: nobody raises a limit by themselves."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from domain.fulfilment.operations.rush import set_rush_service_levels
from domain.fulfilment.queries import rush_service_levels
from domain.governance.operations.rolling_back import roll_back_configuration
from domain.kernel.governing import ChangeRequestRequired
from domain.kernel.work import Work
from domain.pricing.operations.limits import set_price_override_limit
from domain.pricing.queries import price_override_limits
from tests.factories.changes import approved, carried_out, changed, go_live, proposer
from tests.factories.masters import new_channel, new_entity
from tests.factories.tenants import TenantUnderTest

PATHS: list[Callable[[Work], Awaitable[Any]]] = [
    lambda work: set_rush_service_levels(work, service_levels=[]),
    lambda work: set_price_override_limit(work, percent=Decimal(99)),
    lambda work: set_price_override_limit(work, percent=None),
]


async def _standing(tenant: TenantUnderTest) -> tuple[list[str], list[tuple[int | None, Decimal]]]:
    async with tenant.read() as reader:
        limits = await price_override_limits(reader)
        return await rush_service_levels(reader), [(row.channel_id, row.percent) for row in limits]


@pytest.mark.parametrize("path", PATHS)
async def test_no_path_changes_a_governed_limit(
    tenant: TenantUnderTest, path: Callable[[Work], Awaitable[Any]]
) -> None:
    async with tenant.work() as work:
        await set_rush_service_levels(work, service_levels=["express"])
        await set_price_override_limit(work, percent=Decimal(5))
    await go_live(tenant)
    with pytest.raises(ChangeRequestRequired):
        async with tenant.work() as work:
            await path(work)
    assert await _standing(tenant) == (["express"], [(None, Decimal(5))])


async def test_limits_change_by_request_and_go_back(tenant: TenantUnderTest) -> None:
    channel = await new_channel(tenant, entity_id=await new_entity(tenant))
    async with tenant.work() as work:
        await set_price_override_limit(work, percent=Decimal(5))
    await go_live(tenant)
    await changed(
        tenant,
        "approval_limits",
        "limits",
        rush_service_levels=["express", "EXPRESS"],
        price_limits={"everywhere": None, str(channel): "7.50"},
    )
    assert await _standing(tenant) == (["express"], [(channel, Decimal("7.5"))])
    async with tenant.work(as_=proposer(tenant)) as work:
        back = await roll_back_configuration(
            work, kind="approval_limits", key="limits", version=0, reason="too wide"
        )
    await approved(tenant, back)
    await carried_out(tenant)
    assert await _standing(tenant) == ([], [(None, Decimal(5))])

"""Locations that can take on only so much in a day, and a policy that asks for it."""

from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update

from domain.allocation.models import Allocation
from domain.allocation.operations.policies import create_allocation_policy
from domain.allocation.operations.policy_activation import activate_allocation_policy
from domain.entities.models import Location
from tests.factories.orders import Shop


async def limit(shop: Shop, *, location: int = 0, **limits: int | None) -> None:
    """Let a location take on at most `orders_per_day` or `units_per_day`."""
    async with shop.tenant.work() as work:
        await work.execute(
            update(Location)
            .where(
                Location.tenant_id == shop.tenant.id,
                Location.id == shop.setting.location_ids[location],
            )
            .values(**limits)
        )


async def heed_capacity(shop: Shop, **fields: Any) -> int:
    """A policy over all locations, in their order, that lets none take on more than it can."""
    sources = [{"location_id": place} for place in shop.setting.location_ids]
    definition = {
        "strategies": [{"code": "ALL", "sources": sources}],
        "constraints": [{"kind": "capacity"}],
    }
    async with shop.tenant.work() as work:
        policy_id = await create_allocation_policy(
            work, code="CAPACITY", name="Capacity", definition=definition | fields
        )
        await activate_allocation_policy(work, policy_id=policy_id)
    return policy_id


async def burden(shop: Shop, *, location: int = 0) -> tuple[int, Decimal]:
    """How many orders and units a location has taken on."""
    async with shop.tenant.read() as reader:
        row = await reader.row(
            select(
                func.count(Allocation.order_id.distinct()),
                func.coalesce(func.sum(Allocation.quantity + Allocation.shipped), 0),
            ).where(
                Allocation.tenant_id == shop.tenant.id,
                Allocation.location_id == shop.setting.location_ids[location],
                Allocation.status != "cancelled",
            )
        )
    assert row is not None
    return int(row[0]), Decimal(row[1])

"""What a location did not find is taken off the books, so that it is not chosen for it again."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, update

from domain.entities.models import Location
from domain.fulfilment.missing_stock import SUBJECT
from domain.fulfilment.operations.reject_fulfilment import reject_fulfilment
from domain.fulfilment.operations.release_order import release_order
from domain.inventory.models import StockBalance, StockMovement
from domain.inventory.operations.states import change_stock_state
from domain.inventory.outcomes import StockChanged
from domain.kernel.models import AuditEntry, EventRecord
from domain.ledger.models import Journal
from tests.factories.counting import allow, on_hand, say_no, say_yes, waiting
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest


async def _missing(shop: Shop, quantity: int = 3, **as_: Any) -> int:
    """The id of an order of which a location found nothing."""
    placed = await shop.place(shop.line(quantity))
    async with shop.tenant.work() as work:
        [made] = await release_order(work, order_id=placed.order_id)
    async with shop.tenant.work(**as_) as work:
        await reject_fulfilment(work, fulfilment_order_id=made, reason="no_stock")
    return placed.order_id


async def _told(shop: Shop) -> list[str | None]:
    async with shop.tenant.read() as reader:
        found = await reader.values(
            select(EventRecord.payload).where(
                EventRecord.tenant_id == shop.tenant.id,
                EventRecord.type == "order.fulfilment_rejected",
            )
        )
    return [each["stock"] for each in found]


async def _held_back(shop: Shop) -> int:
    async with shop.tenant.read() as reader:
        held = select(func.sum(StockBalance.quality_control))
        return int(await reader.value(held.where(StockBalance.tenant_id == shop.tenant.id)))


async def _journals(shop: Shop) -> int:
    async with shop.tenant.read() as reader:
        wanted = select(func.count()).where(
            Journal.tenant_id == shop.tenant.id, Journal.milestone == "adjustment"
        )
        return int(await reader.value(wanted))


async def test_within_tolerance_it_is_booked_at_once(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10, value_minor=1000)
    await shop.stock(5, location=1, value_minor=500)
    await allow(tenant, quantity=Decimal(3))
    order_id = await _missing(shop)
    assert await on_hand(shop) == [(7, 0), (5, 3)]
    assert await _held_back(shop) == 0
    assert await shop.figures(order_id) == [(3, 0, 0, 0)]
    assert (await _told(shop), await waiting(tenant)) == (["booked"], [])
    assert await _journals(shop) == 1
    async with tenant.read() as reader:
        told = await reader.value(
            select(AuditEntry.after).where(
                AuditEntry.tenant_id == tenant.id, AuditEntry.action == "reject_fulfilment"
            )
        )
        kinds = await reader.values(
            select(StockMovement.reason).where(
                StockMovement.tenant_id == tenant.id, StockMovement.on_hand == -3
            )
        )
    assert told["stock"] == "booked"
    assert list(kinds) == ["rejected_no_stock"]
    assert await violations(tenant) == {}


@pytest.mark.parametrize("limit", [None, 2])
async def test_beyond_it_somebody_else_says_yes_first(
    tenant: TenantUnderTest, limit: int | None
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10, value_minor=1000)
    if limit is not None:
        await allow(tenant, quantity=Decimal(limit))
    await _missing(shop)
    assert await on_hand(shop) == [(10, 0)]
    assert (await _held_back(shop), await shop.available()) == (3, 7)
    assert await _told(shop) == ["requested"]
    [request] = await waiting(tenant)
    assert (request.subject, request.details["value_minor"]) == (SUBJECT, -300)
    assert request.details["lines"][0]["quantity"] == "3"
    await say_yes(tenant, request.id)
    assert await on_hand(shop) == [(7, 0)]
    assert (await _held_back(shop), await _journals(shop)) == (0, 1)
    assert await violations(tenant) == {}


async def test_a_no_leaves_it_in_quality_control_and_so_does_what_was_found(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    await _missing(shop, 2)
    [request] = await waiting(tenant)
    await say_no(tenant, request.id)
    assert (await _held_back(shop), await shop.available()) == (2, 8)
    await _missing(shop, 3)
    [request] = await waiting(tenant)
    async with tenant.work() as work:
        await change_stock_state(
            work,
            location_id=shop.setting.location_ids[0],
            item_id=shop.setting.item_ids[0],
            quantity=Decimal(4),
            from_state="quality_control",
            to_state="available",
            reason="found",
        )
    with pytest.raises(StockChanged) as changed:
        await say_yes(tenant, request.id)
    assert (changed.value.fields["expected"], changed.value.fields["actual"]) == (3, 1)
    assert await on_hand(shop) == [(10, 0)]
    assert await violations(tenant) == {}


async def test_a_warehouse_of_somebody_else_asks_too(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    keeper = replace(
        tenant.user("fulfilment.pick", name="keeper"), location_id=shop.setting.location_ids[0]
    )
    await _missing(shop, as_=keeper)
    [request] = await waiting(tenant)
    assert request.requested_by == "keeper"
    await say_yes(tenant, request.id)
    assert await on_hand(shop) == [(7, 0)]
    assert await violations(tenant) == {}


async def test_a_closed_location_is_not_in_the_way_of_its_rejection(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    await allow(tenant, quantity=Decimal(9))
    placed = await shop.place(shop.line(2))
    async with tenant.work() as work:
        [made] = await release_order(work, order_id=placed.order_id)
        await work.execute(
            update(Location).where(Location.tenant_id == tenant.id).values(status="closed")
        )
    async with tenant.work() as work:
        await reject_fulfilment(work, fulfilment_order_id=made, reason="no_stock")
    assert await _told(shop) == ["requested"]
    assert await violations(tenant) == {}

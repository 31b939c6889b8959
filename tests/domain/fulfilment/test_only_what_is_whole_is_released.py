"""What belongs together goes to work together: kits whole, complete orders complete."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from domain.allocation.holdings import reduce_holdings
from domain.allocation.models import Allocation
from domain.allocation.operations.overrides import request_allocation_override
from domain.allocation.operations.policies import create_allocation_policy
from domain.allocation.operations.policy_activation import activate_allocation_policy
from domain.allocation.ordering import OrderedLine
from domain.allocation.outcomes import OverrideNotPossible
from domain.allocation.settling import settle
from domain.approvals.operations.decisions import approve
from domain.catalog.models import Item, KitComponent
from domain.fulfilment.models import FulfilmentLine
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.outcomes import KitWaits, OrderWaits
from domain.fulfilment.whole_kits import whole_only
from domain.inventory.reservations import Taken, release
from domain.kernel.models import EventRecord
from tenancy.permissions import ALL_PERMISSIONS
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.stock import new_item
from tests.factories.tenants import TenantUnderTest


async def _kit(shop: Shop) -> int:
    """A kit of two of the first item and one of the second."""
    async with shop.tenant.work() as work:
        kit = await new_item(work)
        mine = (Item.tenant_id == work.tenant_id, Item.id == kit)
        await work.execute(update(Item).where(*mine).values(kind="kit"))
        for item, needed in ((0, 2), (1, 1)):
            row = {"kit_item_id": kit, "component_item_id": shop.setting.item_ids[item]}
            values = {"tenant_id": work.tenant_id, "quantity": Decimal(needed), **row}
            await work.execute(insert(KitComponent).values(**values))
    return kit


def _kits(kit: int, quantity: int) -> OrderedLine:
    return OrderedLine(item_id=kit, quantity=Decimal(quantity), unit_price=Decimal("9.99"))


async def _release(shop: Shop, order_id: int) -> list[int]:
    async with shop.tenant.work() as work:
        return await release_order(work, order_id=order_id)


async def _lose(shop: Shop, line_id: int, quantity: int) -> None:
    """As when stock turns out not to be there: the line waits for it again."""
    async with shop.tenant.work() as work:
        row = await work.row(
            select(Allocation.id, Allocation.order_id, Allocation.reservation_id).where(
                Allocation.tenant_id == work.tenant_id, Allocation.order_line_id == line_id
            )
        )
        assert row is not None
        taken = Taken(reservation_id=row.reservation_id, quantity=Decimal(quantity))
        await release(work, [taken], reference_kind="order", reference_id=row.order_id)
        await reduce_holdings(work, {row.id: Decimal(quantity)})
        await settle(work, [row.order_id])


async def _at_work(shop: Shop) -> list[tuple[int, int]]:
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(FulfilmentLine.item_id, FulfilmentLine.quantity)
            .where(FulfilmentLine.tenant_id == shop.tenant.id)
            .order_by(FulfilmentLine.id)
        )
    return [(shop.setting.item_ids.index(row.item_id), int(row.quantity)) for row in rows]


async def test_a_kit_that_lost_a_component_stays_behind(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=3)
    for item in range(3):
        await shop.stock(9, item=item)
    kit = await _kit(shop)
    placed = await shop.place(_kits(kit, 2), shop.line(1, item=2))
    lines = await shop.lines(placed.order_id)
    await _lose(shop, lines[1].id, 2)
    [_] = await _release(shop, placed.order_id)
    assert await _at_work(shop) == [(2, 1)]
    async with tenant.read() as reader:
        told = await reader.value(
            select(EventRecord.payload).where(
                EventRecord.tenant_id == tenant.id, EventRecord.type == "order.released"
            )
        )
    assert told["waiting_line_ids"] == [lines[0].id, lines[1].id]
    with pytest.raises(KitWaits) as refused:
        await _release(shop, placed.order_id)
    assert refused.value.fields == {
        "kit_id": lines[0].kit_id,
        "line_numbers": [1, 2],
        "kits": 0,
    }
    assert await violations(tenant) == {}


async def _policy(shop: Shop, **definition: Any) -> None:
    sources = [{"location_id": place} for place in shop.setting.location_ids]
    strategies = [{"code": "ALL", "sources": sources}]
    async with shop.tenant.work() as work:
        policy_id = await create_allocation_policy(
            work, code="P", name="P", definition={"strategies": strategies} | definition
        )
        await activate_allocation_policy(work, policy_id=policy_id)


async def test_an_order_that_ships_complete_is_not_released_in_part(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(5)
    await shop.stock(5, item=1)
    await _policy(shop, on_shortage="ship_complete")
    placed = await shop.place(shop.line(2), shop.line(2, item=1))
    await _lose(shop, placed.line_ids[1], 1)
    with pytest.raises(OrderWaits) as refused:
        await _release(shop, placed.order_id)
    order = await shop.order(placed.order_id)
    assert refused.value.fields == {"number": order.number, "line_numbers": [2]}
    assert await _at_work(shop) == []
    whole = await shop.place(shop.line(1), shop.line(1, item=1))
    assert len(await _release(shop, whole.order_id)) == 1
    assert await violations(tenant) == {}


async def test_an_override_gives_no_single_component_of_a_kit_that_waits(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, items=2, locations=2)
    kit = await _kit(shop)
    waits = await shop.place(_kits(kit, 2))
    await shop.stock(9)
    two, _ = waits.line_ids
    place = shop.setting.location_ids[0]

    async def ask(line_id: int, quantity: int) -> int:
        async with tenant.work() as work:
            return await request_allocation_override(
                work,
                order_line_id=line_id,
                quantity=Decimal(quantity),
                from_location_id=place,
                reason="gold",
            )

    with pytest.raises(OverrideNotPossible) as refused:
        await ask(two, 2)
    assert refused.value.fields == {"why": "kit_not_whole", "requested": 2, "available": 0}
    assert await shop.figures(waits.order_id) == [(0, 0, 0, 4), (0, 0, 0, 2)]
    await shop.stock(2, item=1)
    placed = await shop.place(_kits(kit, 2))
    lines = await shop.lines(placed.order_id)
    await _lose(shop, lines[0].id, 3)
    with pytest.raises(OverrideNotPossible) as refused:
        await ask(lines[0].id, 4)
    assert refused.value.fields["why"] == "line_needs_less"
    request = await ask(lines[0].id, 3)
    await _lose(shop, lines[1].id, 1)
    with pytest.raises(OverrideNotPossible) as refused:
        async with tenant.work(as_=tenant.user(*ALL_PERMISSIONS, id=2)) as work:
            await approve(work, request_id=request)
    assert refused.value.fields == {"why": "kit_not_whole", "requested": 3, "available": 1}
    assert await violations(tenant) == {}


def _line(n: int, kit: int | None, per_kit: int, shipped: int) -> Any:
    return SimpleNamespace(
        id=n, line_number=n, kit_id=kit, per_kit=Decimal(per_kit), shipped=Decimal(shipped)
    )


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.lists(st.integers(1, 4), max_size=3)),
        min_size=1,
        max_size=3,
    )
)
def test_what_goes_makes_whole_kits_and_what_stays_is_named(
    asked: list[tuple[int, list[int]]],
) -> None:
    lines = [_line(n, 7, per_kit, 0) for n, (per_kit, _) in enumerate(asked, start=1)]
    ready = [
        SimpleNamespace(id=n * 10 + k, order_line_id=n, quantity=Decimal(quantity))
        for n, (_, quantities) in enumerate(asked, start=1)
        for k, quantity in enumerate(quantities)
    ]
    choice = whole_only(lines, ready, [])
    kits = {
        sum((e.quantity for e in choice.ready if e.order_line_id == line.id), Decimal(0))
        / line.per_kit
        for line in lines
    }
    assert len(kits) == 1
    assert kits.pop() % 1 == 0
    assert bool(choice.waiting) == (len(choice.ready) < len(ready))

"""Kits: what they are made of, exactly, and never of themselves."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from domain.catalog.kits import components_of, exploded, kits_possible
from domain.catalog.models import Item, KitComponent
from domain.catalog.operations.items import create_item, update_item
from domain.catalog.operations.kits import ComponentLine, set_kit_components
from domain.catalog.outcomes import KitOfItself
from domain.kernel.errors import InvalidInput, InvalidState, NotFound, StaleVersion
from domain.kernel.quantity import QuantityNotExact
from tests.factories.stock import new_item, new_stock_setting, put_stock
from tests.factories.tenants import TenantUnderTest, new_tenant

D = Decimal


async def _items(tenant: TenantUnderTest, count: int, *, kits: int = 0) -> list[int]:
    async with tenant.work() as work:
        ids = [await new_item(work) for _ in range(count)]
        await work.execute(
            update(Item)
            .where(Item.tenant_id == tenant.id, Item.id.in_(ids[:kits]))
            .values(kind="kit")
        )
    return ids


async def _set(tenant: TenantUnderTest, kit: int, *parts: tuple[int, Any], **fields: Any) -> None:
    lines = [ComponentLine(item_id=item_id, quantity=D(q)) for item_id, q in parts]
    async with tenant.work() as work:
        await set_kit_components(work, item_id=kit, components=lines, **fields)


async def test_a_kit_is_told_its_components_in_any_unit(tenant: TenantUnderTest) -> None:
    kit, bolt, nut = await _items(tenant, 3)
    async with tenant.work() as work:
        await set_kit_components(
            work,
            item_id=kit,
            components=[
                ComponentLine(item_id=bolt, quantity=D(2), unit="case"),
                ComponentLine(item_id=nut, quantity=D("0.5")),
            ],
        )
    async with tenant.read() as reader:
        assert await components_of(reader, [kit, bolt]) == {kit: {bolt: D(20), nut: D("0.5")}}
    await _set(tenant, kit, (nut, 3), expected_version=2)
    with pytest.raises(StaleVersion):
        await _set(tenant, kit, expected_version=2)
    async with tenant.read() as reader:
        assert await components_of(reader, [kit]) == {kit: {nut: D(3)}}
    await _set(tenant, kit)
    async with tenant.read() as reader:
        assert await components_of(reader, [kit]) == {}


@pytest.mark.parametrize(
    ("quantity", "unit", "refusal"),
    [
        (D(0), None, InvalidInput),
        (D(-1), None, InvalidInput),
        (D("0.0000001"), None, QuantityNotExact),
        (D(1), "PALLET", InvalidInput),
        (D("1e12"), None, InvalidInput),
    ],
)
async def test_a_component_that_cannot_be_right_is_refused(
    tenant: TenantUnderTest, quantity: Decimal, unit: str | None, refusal: Any
) -> None:
    kit, part = await _items(tenant, 2)
    line = ComponentLine(item_id=part, quantity=quantity, unit=unit)
    with pytest.raises(refusal):
        async with tenant.work() as work:
            await set_kit_components(work, item_id=kit, components=[line])
    with pytest.raises(InvalidInput, match="twice"):
        await _set(tenant, kit, (part, 1), (part, 2))
    other = await _items(await new_tenant(tenant.engine, now=tenant.now), 1)
    with pytest.raises(NotFound):
        await _set(tenant, kit, (other[0], 1))
    async with tenant.read() as reader:
        assert await components_of(reader, [kit]) == {}


async def test_no_kit_is_made_of_itself_at_any_depth(tenant: TenantUnderTest) -> None:
    first, second, third, fourth = await _items(tenant, 4)
    await _set(tenant, first, (second, 1))
    await _set(tenant, second, (third, 1))
    await _set(tenant, third, (fourth, 1))
    for part in (first, second, third):
        with pytest.raises(KitOfItself):
            await _set(tenant, third, (part, 1))
    with pytest.raises(KitOfItself):
        await _set(tenant, fourth, (first, 1))


async def test_two_changes_at_once_do_not_close_a_circle(tenant: TenantUnderTest) -> None:
    ids = await _items(tenant, 6)
    pairs = list(zip(ids, ids[1:] + ids[:1], strict=True))
    results = await asyncio.gather(
        *(_set(tenant, kit, (part, 1)) for kit, part in pairs), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["KitOfItself"] + ["NoneType"] * 5
    async with tenant.read() as reader:
        known = await reader.values(
            select(KitComponent.id).where(KitComponent.tenant_id == tenant.id)
        )
    assert len(known) == 5


async def test_nested_kits_explode_to_what_lies_on_a_shelf_exactly(
    tenant: TenantUnderTest,
) -> None:
    outer, inner, bolt, box, assembled = await _items(tenant, 5, kits=2)
    await _set(tenant, outer, (inner, 3), (bolt, "0.000001"), (assembled, 1))
    await _set(tenant, inner, (bolt, "0.1"), (box, 2))
    await _set(tenant, assembled, (box, 7))
    async with tenant.read() as reader:
        assert await exploded(reader, [outer, inner, bolt, assembled]) == {
            outer: {bolt: D("0.300001"), box: D(6), assembled: D(1)},
            inner: {bolt: D("0.1"), box: D(2)},
        }


async def test_an_item_becomes_a_kit_only_before_it_has_stock(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    async with tenant.work() as work:
        kit = await create_item(work, sku="KIT", name="Kit", base_unit="EA", kind="kit")
        await update_item(work, item_id=kit, kind="stock", tracking="lot")
        with pytest.raises(InvalidInput, match="not tracked"):
            await update_item(work, item_id=kit, kind="kit")
        with pytest.raises(InvalidInput, match="not tracked"):
            await create_item(
                work, sku="K2", name="Kit", base_unit="EA", kind="kit", tracking="serial"
            )
    await put_stock(setting, setting.place(), 1)
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await update_item(work, item_id=setting.item_ids[0], kind="kit")


_QUANTITIES = st.decimals(min_value=D("0.001"), max_value=D(1000), places=3)


@given(
    bill=st.dictionaries(st.integers(1, 5), _QUANTITIES, min_size=1),
    available=st.dictionaries(st.integers(1, 6), _QUANTITIES),
)
def test_the_scarcest_component_says_how_many_kits_there_are(
    bill: dict[int, Decimal], available: dict[int, Decimal]
) -> None:
    possible = kits_possible(available, bill)
    assert possible == possible.to_integral_value()
    assert all(possible * q <= available.get(item, D(0)) for item, q in bill.items())
    assert any((possible + 1) * q > available.get(item, D(0)) for item, q in bill.items())

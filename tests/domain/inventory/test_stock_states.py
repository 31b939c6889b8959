"""Goods are held, found damaged, made available again; a part is kept back."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from domain.inventory.models import StockBalance
from domain.inventory.operations.states import change_stock_state, set_safety_stock
from domain.inventory.outcomes import StockShort
from domain.inventory.policy import NAMED_STATES, States, shortage, state_change, sum_changes
from domain.kernel.errors import InvalidInput, NotFound, NotPermitted
from domain.kernel.models import AuditEntry, EventRecord
from tests.factories.checks import violations
from tests.factories.stock import StockSetting, new_stock_setting, put_stock
from tests.factories.tenants import TenantUnderTest, new_tenant

D = Decimal
AMOUNTS = st.decimals("0", "1000", places=6)


@given(st.sampled_from(NAMED_STATES), st.sampled_from(NAMED_STATES), AMOUNTS)
def test_a_change_of_state_and_back_is_no_change(
    from_state: str, to_state: str, quantity: Decimal
) -> None:
    there = state_change(from_state, to_state, quantity)
    assert there.on_hand == there.reserved == 0
    assert there.plus(state_change(to_state, from_state, quantity)) == States()


@given(st.lists(st.tuples(st.integers(1, 3), AMOUNTS)), AMOUNTS, AMOUNTS)
def test_a_shortage_is_told_exactly_when_more_is_wanted_than_is_free(
    wanted: list[tuple[int, Decimal]], on_hand: Decimal, damaged: Decimal
) -> None:
    before = States(on_hand=on_hand + damaged, damaged=damaged)
    summed = sum_changes((balance, States(reserved=amount)) for balance, amount in wanted)
    assert list(summed) == sorted({balance for balance, _ in wanted})
    for balance, change in summed.items():
        total = sum((amount for other, amount in wanted if other == balance), D(0))
        short = shortage(before, change)
        assert (short is not None) == (total > on_hand)
        if short is not None:
            assert (short.requested, short.available) == (total, on_hand)


async def _change(setting: StockSetting, **fields: Any) -> Any:
    wanted = {
        "location_id": setting.location_ids[0],
        "item_id": setting.item_ids[0],
        "quantity": D(2),
        "from_state": "available",
        "to_state": "damaged",
        "reason": "wet",
    }
    async with setting.tenant.work() as work:
        return await change_stock_state(work, **{**wanted, **fields})  # type: ignore[arg-type]


async def _stocked(tenant: TenantUnderTest) -> tuple[StockSetting, int]:
    setting = await new_stock_setting(tenant)
    return setting, await put_stock(setting, setting.place(), 30)


async def _balance(tenant: TenantUnderTest) -> tuple[Any, ...]:
    async with tenant.read() as reader:
        row = await reader.row(
            select(
                StockBalance.on_hand,
                StockBalance.quality_control,
                StockBalance.damaged,
                StockBalance.safety_stock,
                StockBalance.available,
            ).where(StockBalance.tenant_id == tenant.id)
        )
    assert row is not None
    return tuple(row)


async def test_goods_go_from_state_to_state(tenant: TenantUnderTest) -> None:
    setting, balance_id = await _stocked(tenant)
    document = await _change(setting, unit="CASE")
    assert (document.number, document.balance_ids) == ("AD-1", (balance_id,))
    assert await _balance(tenant) == (30, 0, 20, 0, 10)
    await _change(setting, from_state="damaged", to_state="quality_control", quantity=D(15))
    assert await _balance(tenant) == (30, 15, 5, 0, 10)
    await _change(setting, from_state="quality_control", to_state="available", quantity=D(15))
    assert await _balance(tenant) == (30, 0, 5, 0, 25)
    assert await violations(tenant) == []
    async with tenant.read() as reader:
        types = await reader.values(
            select(EventRecord.type).where(EventRecord.tenant_id == tenant.id)
        )
        actions = await reader.values(
            select(AuditEntry.action).where(AuditEntry.tenant_id == tenant.id)
        )
    assert types == ["inventory.stock_state_changed"] * 3
    assert actions == ["change_stock_state"] * 3


@pytest.mark.parametrize(
    ("fields", "requested", "available"),
    [
        ({"quantity": D(31)}, 31, 30),
        ({"from_state": "damaged", "to_state": "available"}, 2, 0),
        ({"from_state": "quality_control"}, 2, 0),
    ],
)
async def test_a_state_gives_no_more_than_it_has(
    tenant: TenantUnderTest, fields: dict[str, Any], requested: int, available: int
) -> None:
    setting, _ = await _stocked(tenant)
    with pytest.raises(StockShort) as refused:
        await _change(setting, **fields)
    assert (refused.value.fields["requested"], refused.value.fields["available"]) == (
        requested,
        available,
    )
    assert await _balance(tenant) == (30, 0, 0, 0, 30)


async def test_an_unclear_change_of_state_is_refused(tenant: TenantUnderTest) -> None:
    setting, _ = await _stocked(tenant)
    for fields, path in (
        ({"quantity": D(0)}, ("quantity",)),
        ({"to_state": "available"}, ("to_state",)),
        ({"to_state": "reserved"}, ("to_state",)),
        ({"from_state": "lost"}, ("from_state",)),
        ({"reason": ""}, ("reason",)),
    ):
        with pytest.raises(InvalidInput) as refused:
            await _change(setting, **fields)
        assert refused.value.path == path
    with pytest.raises(NotFound, match="stock balance"):
        await _change(setting, condition="used")
    assert await _balance(tenant) == (30, 0, 0, 0, 30)


async def _keep_back(setting: StockSetting, quantity: Decimal, **fields: Any) -> int:
    async with setting.tenant.work() as work:
        return await set_safety_stock(
            work,
            location_id=setting.location_ids[0],
            item_id=setting.item_ids[0],
            quantity=quantity,
            **fields,
        )


async def test_safety_stock_is_kept_out_of_what_may_be_promised(tenant: TenantUnderTest) -> None:
    setting, balance_id = await _stocked(tenant)
    assert await _keep_back(setting, D(2), unit="CASE") == balance_id
    assert await _balance(tenant) == (30, 0, 0, 20, 10)
    await _keep_back(setting, D(50))
    assert await _balance(tenant) == (30, 0, 0, 50, 0)
    await _keep_back(setting, D(50))
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(AuditEntry.before, AuditEntry.after)
            .where(AuditEntry.tenant_id == tenant.id)
            .order_by(AuditEntry.id)
        )
    assert [(row.before["safety_stock"], row.after["safety_stock"]) for row in rows] == [
        ("0", "20"),
        ("20", "50"),
    ]
    with pytest.raises(InvalidInput):
        await _keep_back(setting, D(-1))


async def test_safety_stock_may_be_set_before_any_goods_come(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    await _keep_back(setting, D(5))
    assert await _balance(tenant) == (0, 0, 0, 5, 0)
    await put_stock(setting, setting.place(), 8)
    assert await _balance(tenant) == (8, 0, 0, 5, 3)


async def test_only_the_permitted_change_states_and_only_their_own(
    tenant: TenantUnderTest,
) -> None:
    setting, _ = await _stocked(tenant)
    other = await new_stock_setting(await new_tenant(tenant.engine, now=tenant.now))
    for act in (_change, lambda setting, **fields: _keep_back(setting, D(1), **fields)):
        for fields in ({"owner_id": other.entity_id},):
            with pytest.raises(NotFound, match="legal entity"):
                await act(setting, **fields)
    stolen = StockSetting(other.tenant, other.entity_id, setting.location_ids, setting.item_ids)
    with pytest.raises(NotFound, match="location"):
        await _change(stolen)
    with pytest.raises(NotFound, match="location"):
        await _keep_back(stolen, D(1))
    reader = tenant.user("inventory.read")
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=reader) as work:
            await set_safety_stock(work, location_id=1, item_id=1, quantity=D(1))
    assert await _balance(tenant) == (30, 0, 0, 0, 30)

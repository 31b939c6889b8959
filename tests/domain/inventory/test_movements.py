"""A balance is the sum of its movements, and is never oversold."""

import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from domain.inventory.balances import Place, ensure_balances, find_balances, lock_balances
from domain.inventory.models import StockBalance, StockMovement
from domain.inventory.movements import STATES, Change, move
from domain.inventory.outcomes import StockShort
from domain.kernel.errors import NotFound
from tests.factories.stock import StockSetting, new_stock_setting, put_stock
from tests.factories.tenants import TenantUnderTest, new_tenant

D = Decimal


async def _states(setting: StockSetting, balance_id: int) -> list[Decimal]:
    async with setting.tenant.read() as reader:
        row = await reader.row(
            select(*(getattr(StockBalance, name) for name in STATES)).where(
                StockBalance.tenant_id == reader.tenant_id, StockBalance.id == balance_id
            )
        )
    assert row is not None
    return list(row)


async def _summed(setting: StockSetting, balance_id: int) -> list[Decimal]:
    async with setting.tenant.read() as reader:
        row = await reader.row(
            select(*(func.sum(getattr(StockMovement, name)) for name in STATES)).where(
                StockMovement.tenant_id == reader.tenant_id,
                StockMovement.balance_id == balance_id,
            )
        )
    assert row is not None
    return list(row)


async def test_several_changes_of_one_balance_count_together(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    balance_id = await put_stock(setting, setting.place(), 10)
    async with tenant.work() as work:
        await move(
            work,
            [
                Change(balance_id=balance_id, kind="adjustment", on_hand=D("-2.5"), reason="loss"),
                Change(balance_id=balance_id, kind="state_change", damaged=D(3), reason="wet"),
                Change(balance_id=balance_id, kind="state_change", damaged=D(-1), reason="dried"),
            ],
            reference_kind="test",
            reference_id=7,
        )
    assert await _states(setting, balance_id) == [D("7.5"), 0, 0, 2]
    assert await _summed(setting, balance_id) == [D("7.5"), 0, 0, 2]


@pytest.mark.parametrize(
    ("change", "requested", "available"),
    [
        ({"reserved": D(11)}, 11, 10),
        ({"on_hand": D(-11)}, 11, 10),
        ({"damaged": D(6), "quality_control": D(5)}, 11, 10),
        ({"reserved": D(-1)}, 1, 0),
        ({"damaged": D(-2)}, 2, 0),
    ],
)
async def test_a_change_that_would_oversell_is_refused_and_moves_nothing(
    tenant: TenantUnderTest, change: dict[str, Decimal], requested: int, available: int
) -> None:
    setting = await new_stock_setting(tenant, items=2)
    short = await put_stock(setting, setting.place(0), 10)
    other = await put_stock(setting, setting.place(1), 10)
    with pytest.raises(StockShort) as refused:
        async with tenant.work() as work:
            await move(
                work,
                [
                    Change(balance_id=other, kind="adjustment", on_hand=D(1), reason="x"),
                    Change(balance_id=short, kind="adjustment", reason="x", **change),
                ],
                reference_kind="test",
                reference_id=1,
            )
    assert refused.value.fields == {
        "balance_id": short,
        "item_id": setting.item_ids[0],
        "location_id": setting.location_ids[0],
        "requested": requested,
        "available": available,
    }
    for balance_id in (short, other):
        assert await _states(setting, balance_id) == [10, 0, 0, 0]
        assert await _summed(setting, balance_id) == [10, 0, 0, 0]


async def test_the_database_itself_refuses_to_oversell(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    balance_id = await put_stock(setting, setting.place(), 10)
    with pytest.raises(IntegrityError, match="no_oversell"):
        async with tenant.work() as work:
            await work.execute(
                update(StockBalance)
                .where(StockBalance.tenant_id == tenant.id, StockBalance.id == balance_id)
                .values(reserved=11)
            )


async def test_thirty_movers_at_once_take_what_is_there_and_no_more(
    tenant: TenantUnderTest,
) -> None:
    setting = await new_stock_setting(tenant, items=2)
    ids = [await put_stock(setting, setting.place(n), 10) for n in range(2)]

    async def take(number: int) -> bool:
        pair = ids if number % 2 else ids[::-1]
        changes = [Change(balance_id=i, kind="issue", on_hand=D(-1), reason="x") for i in pair]
        try:
            async with tenant.work() as work:
                await move(work, changes, reference_kind="test", reference_id=number)
        except StockShort:
            return False
        return True

    assert sum(await asyncio.gather(*(take(number) for number in range(30)))) == 10
    for balance_id in ids:
        assert await _states(setting, balance_id) == [0, 0, 0, 0]
        assert await _summed(setting, balance_id) == [0, 0, 0, 0]


async def test_the_same_places_made_at_once_are_made_once(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, locations=2, items=2)
    places = [setting.place(i, j) for i in range(2) for j in range(2)]

    async def ensure(wanted: list[Place]) -> dict[Place, int]:
        async with tenant.work() as work:
            return await ensure_balances(work, wanted)

    made = await asyncio.gather(*(ensure(places[:: 1 if n % 2 else -1]) for n in range(10)))
    assert all(each == made[0] for each in made)
    assert set(made[0]) == set(places)
    async with tenant.read() as reader:
        assert await find_balances(reader, [*places, setting.place(lot="A")]) == made[0]


async def test_balances_are_locked_in_the_order_of_their_ids(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, locations=2, items=2)
    made = [await put_stock(setting, setting.place(i, j), 5) for i, j in ((1, 1), (0, 1), (1, 0))]
    async with tenant.work() as work:
        locked = await lock_balances(work, item_ids=setting.item_ids[::-1])
        assert [balance.id for balance in locked] == made
        assert str(locked[0].available) == "5"
        at = await lock_balances(
            work,
            item_ids=setting.item_ids,
            location_ids=setting.location_ids[:1],
            owner_id=setting.entity_id,
        )
        assert [balance.id for balance in at] == made[2:]
        assert await lock_balances(work, item_ids=setting.item_ids, condition="used") == []
        assert await lock_balances(work, item_ids=setting.item_ids, location_ids=[]) == []


async def test_a_balance_of_another_tenant_is_not_there(tenant: TenantUnderTest) -> None:
    other = await new_tenant(tenant.engine, now=tenant.now)
    setting = await new_stock_setting(tenant)
    balance_id = await put_stock(setting, setting.place(), 10)
    change = Change(balance_id=balance_id, kind="issue", on_hand=D(-1), reason="x")
    with pytest.raises(NotFound):
        async with other.work() as work:
            await move(work, [change], reference_kind="test", reference_id=1)
    async with other.work() as work:
        assert await lock_balances(work, item_ids=setting.item_ids) == []
    assert await _states(setting, balance_id) == [10, 0, 0, 0]

"""Corrections of what is on hand: by a delta, or to a quantity that was seen."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from domain.inventory.lines import AdjustmentLine, ReceiptLine
from domain.inventory.models import ItemCost, StockBalance, StockDocument, StockMovement
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.outcomes import StockChanged, StockShort
from domain.inventory.policy import Adjustment, ChangedMeanwhile, adjustment
from domain.inventory.reservations import Wanted, reserve
from domain.kernel.errors import InvalidInput, NotFound, NotPermitted
from domain.kernel.models import AuditEntry, EventRecord
from domain.ledger.models import Journal, JournalLine
from tests.factories.checks import violations
from tests.factories.stock import StockSetting, new_order_lines, new_stock_setting
from tests.factories.tenants import TenantUnderTest, new_tenant

D = Decimal


@pytest.mark.parametrize(
    ("asked", "adds"),
    [
        (Adjustment(delta=D(-3)), -3),
        (Adjustment(delta=D(3), expected=D(10)), 3),
        (Adjustment(quantity=D(4), expected=D(10)), -6),
        (Adjustment(quantity=D(10), expected=D(10)), 0),
        (Adjustment(quantity=D(4), expected=D(9)), None),
        (Adjustment(delta=D(1), expected=D(11)), None),
    ],
)
def test_what_an_adjustment_adds_to_ten(asked: Adjustment, adds: int | None) -> None:
    if adds is None:
        with pytest.raises(ChangedMeanwhile):
            adjustment(asked, D(10))
    else:
        assert adjustment(asked, D(10)) == adds


async def _stocked(tenant: TenantUnderTest, *, items: int = 1) -> StockSetting:
    """Ten of each item on hand, which cost 10.01."""
    setting = await new_stock_setting(tenant, items=items)
    lines = [
        ReceiptLine(item_id=item, quantity=D(10), unit_cost=D("1.001")) for item in setting.item_ids
    ]
    async with tenant.work() as work:
        await receive_stock(work, location_id=setting.location_ids[0], lines=lines)
    return setting


async def _adjust(setting: StockSetting, *lines: dict[str, Any], **fields: Any) -> Any:
    wanted = [AdjustmentLine(**{"item_id": setting.item_ids[0], **line}) for line in lines]
    async with setting.tenant.work() as work:
        return await adjust_stock(
            work,
            **{
                "location_id": setting.location_ids[0],
                "lines": wanted,
                "reason": "counted",
                **fields,
            },
        )


async def _state(tenant: TenantUnderTest) -> list[Any]:
    """Everything that an adjustment could change."""
    async with tenant.read() as reader:
        stock = await reader.rows(
            select(StockBalance.on_hand, StockBalance.version).where(
                StockBalance.tenant_id == tenant.id
            )
        )
        cost = await reader.rows(
            select(ItemCost.quantity, ItemCost.value_minor).where(ItemCost.tenant_id == tenant.id)
        )
        counts = [
            await reader.value(
                select(func.count()).select_from(table).where(table.tenant_id == tenant.id)
            )
            for table in (StockMovement, StockDocument, Journal, AuditEntry, EventRecord)
        ]
    return [sorted(map(tuple, stock)), sorted(map(tuple, cost)), counts]


async def _last_journal(tenant: TenantUnderTest) -> list[tuple[str, int]]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(JournalLine.leg, JournalLine.amount_minor)
            .where(JournalLine.tenant_id == tenant.id)
            .order_by(JournalLine.id.desc())
            .limit(2)
        )
    return [(row.leg, row.amount_minor) for row in rows[::-1]]


async def test_a_loss_takes_its_cost_with_it(tenant: TenantUnderTest) -> None:
    setting = await _stocked(tenant)
    document = await _adjust(setting, {"delta": D(-3)})
    assert document.number == "AD-1"
    assert (await _state(tenant))[:2] == [[(7, 3)], [(7, 701)]]
    assert await _last_journal(tenant) == [("inventory", -300), ("inventory_adjustment", 300)]
    await _adjust(setting, {"quantity": D(0), "expected": D(7)})
    assert (await _state(tenant))[:2] == [[(0, 4)], [(0, 0)]]
    assert await _last_journal(tenant) == [("inventory", -701), ("inventory_adjustment", 701)]
    assert await violations(tenant) == []


async def test_what_is_found_comes_in_at_the_moving_average(tenant: TenantUnderTest) -> None:
    setting = await _stocked(tenant)
    await _adjust(setting, {"quantity": D(2), "expected": D(1), "unit": "CASE"})
    assert (await _state(tenant))[:2] == [[(20, 3)], [(20, 2002)]]
    assert await _last_journal(tenant) == [("inventory", 1001), ("inventory_adjustment", -1001)]
    assert await violations(tenant) == []


async def test_several_lines_make_one_document_and_one_journal(tenant: TenantUnderTest) -> None:
    setting = await _stocked(tenant, items=3)
    one, two, three = setting.item_ids
    await _adjust(
        setting,
        {"item_id": three, "delta": D(5)},
        {"item_id": one, "delta": D(-1)},
        {"item_id": two, "quantity": D(10), "expected": D(10)},
    )
    assert (await _state(tenant))[:2] == [
        [(9, 3), (10, 2), (15, 3)],
        [(9, 901), (10, 1001), (15, 1501)],
    ]
    assert await _last_journal(tenant) == [("inventory", 400), ("inventory_adjustment", -400)]
    assert await violations(tenant) == []


async def test_a_count_that_saw_something_else_changes_nothing(tenant: TenantUnderTest) -> None:
    setting = await _stocked(tenant, items=2)
    before = await _state(tenant)
    with pytest.raises(StockChanged) as refused:
        await _adjust(
            setting,
            {"delta": D(-1)},
            {"item_id": setting.item_ids[1], "quantity": D(4), "expected": D(9)},
        )
    assert refused.value.path == ("lines", 1, "expected")
    assert refused.value.fields == {
        "item_id": setting.item_ids[1],
        "location_id": setting.location_ids[0],
        "expected": 9,
        "actual": 10,
    }
    assert await _state(tenant) == before


async def test_of_counts_at_once_one_wins(tenant: TenantUnderTest) -> None:
    setting = await _stocked(tenant)

    async def count(quantity: int) -> bool:
        try:
            await _adjust(setting, {"quantity": D(quantity), "expected": D(10)})
        except StockChanged:
            return False
        return True

    assert sum(await asyncio.gather(*(count(quantity) for quantity in range(8)))) == 1
    assert await violations(tenant) == []


async def test_what_is_reserved_cannot_be_adjusted_away(tenant: TenantUnderTest) -> None:
    setting = await _stocked(tenant)
    (line,) = await new_order_lines(setting, [6])
    async with tenant.work() as work:
        balance_id = await work.value(
            select(StockBalance.id).where(StockBalance.tenant_id == tenant.id)
        )
        wanted = [Wanted(balance_id=balance_id, order_line_id=line, quantity=D(6))]
        await reserve(work, wanted, reference_kind="order", reference_id=1)
    before = await _state(tenant)
    with pytest.raises(StockShort) as refused:
        await _adjust(setting, {"delta": D(-5)})
    assert (refused.value.fields["requested"], refused.value.fields["available"]) == (5, 4)
    assert await _state(tenant) == before
    assert await violations(tenant) == []


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ([{}], ("lines", 0, "delta")),
        ([{"delta": D(1), "quantity": D(1), "expected": D(1)}], ("lines", 0, "delta")),
        ([{"quantity": D(1)}], ("lines", 0, "expected")),
        ([{"quantity": D(-1), "expected": D(10)}], ("lines", 0, "quantity")),
        ([{"delta": D(1)}, {"delta": D(1)}], ("lines", 1)),
        ([{"delta": D(1), "unit": "KG"}], ("lines", 0, "unit")),
        ([], ("lines",)),
    ],
)
async def test_an_unclear_adjustment_is_refused(
    tenant: TenantUnderTest, lines: list[dict[str, Any]], path: tuple[Any, ...]
) -> None:
    setting = await _stocked(tenant)
    before = await _state(tenant)
    with pytest.raises(InvalidInput) as refused:
        await _adjust(setting, *lines)
    assert refused.value.path == path
    assert await _state(tenant) == before


async def test_only_the_permitted_adjust_and_only_their_own(tenant: TenantUnderTest) -> None:
    setting = await _stocked(tenant)
    other = await _stocked(await new_tenant(tenant.engine, now=tenant.now))
    before = await _state(tenant)
    for fields in ({"location_id": other.location_ids[0]}, {"owner_id": other.entity_id}):
        with pytest.raises(NotFound):
            await _adjust(setting, {"delta": D(1)}, **fields)
    with pytest.raises(NotFound):
        await _adjust(setting, {"item_id": other.item_ids[0], "delta": D(1)})
    with pytest.raises(InvalidInput):
        await _adjust(setting, {"delta": D(1)}, reason="")
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("inventory.receive")) as work:
            await adjust_stock(work, location_id=1, lines=[], reason="x")
    assert await _state(tenant) == before
    assert await _state(other.tenant) == before

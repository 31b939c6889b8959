"""Freight and duty are spread over receipts, exactly, to goods there and goods gone."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from domain.inventory.lines import AdjustmentLine, ReceiptLine
from domain.inventory.models import ItemCost, LandedShare
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.costing import set_costing_method, set_standard_costs
from domain.inventory.operations.landed_costs import (
    book_landed_cost,
    reverse_landed_cost,
)
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.policies.landed_cost import Bearer, Charge, NothingToSpreadBy, spread
from domain.inventory.valuation.charged import LandedChargeLine
from domain.inventory.valuation.landed import LandedReceipt
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.ledger.models import Journal, JournalLine
from domain.ledger.outcomes import ExchangeRateMissing
from tests.factories.books import set_rate
from tests.factories.checks import violations
from tests.factories.stock import StockSetting, new_stock_setting
from tests.factories.tenants import TenantUnderTest, new_tenant

D = Decimal
FREIGHT = LandedChargeLine(kind="freight", basis="quantity", amount=D("10.01"))


@given(
    charges=st.lists(
        st.tuples(
            st.sampled_from(["value", "weight", "volume", "quantity"]), st.integers(1, 10**9)
        ),
        min_size=1,
        max_size=4,
    ),
    measures=st.lists(
        st.tuples(*(st.decimals("0.001", "9999", places=3) for _ in range(4))), min_size=1
    ),
)
def test_every_charge_is_spread_to_the_last_cent(
    charges: list[tuple[str, int]], measures: list[tuple[Decimal, ...]]
) -> None:
    named = [Charge("freight", basis, amount) for basis, amount in charges]
    parts = spread(named, [Bearer(*each) for each in measures])
    assert sum(parts) == sum(amount for _, amount in charges)
    assert min(parts) >= 0


def test_charges_follow_what_they_are_spread_by() -> None:
    bearers = [Bearer(D(100), D(1), D(9), D(5)), Bearer(D(300), D(1), D(1), D(5))]
    bases = {"value": [25, 75], "weight": [90, 10], "volume": [50, 50], "quantity": [50, 50]}
    for basis, expected in bases.items():
        assert spread([Charge("duty", basis, 100)], bearers) == expected
    with pytest.raises(NothingToSpreadBy):
        spread([Charge("duty", "weight", 100)], [Bearer(D(1), D(1))])


async def _receive(setting: StockSetting, *lines: tuple[int, int, str]) -> int:
    async with setting.tenant.work() as work:
        document = await receive_stock(
            work,
            location_id=setting.location_ids[0],
            lines=[
                ReceiptLine(
                    item_id=setting.item_ids[item], quantity=D(quantity), unit_cost=D(unit_cost)
                )
                for item, quantity, unit_cost in lines
            ],
        )
    return document.document_id


async def _lose(setting: StockSetting, quantity: int) -> None:
    line = AdjustmentLine(item_id=setting.item_ids[0], delta=D(-quantity))
    async with setting.tenant.work() as work:
        await adjust_stock(work, location_id=setting.location_ids[0], lines=[line], reason="broken")


async def _land(setting: StockSetting, *documents: int, **fields: Any) -> int:
    async with setting.tenant.work() as work:
        return await book_landed_cost(
            work,
            **{
                "entity_id": setting.entity_id,
                "charges": [FREIGHT],
                "receipts": [LandedReceipt(document_id=each) for each in documents],
                "reason": "freight",
                **fields,
            },
        )


async def _legs(setting: StockSetting, milestone: str) -> dict[str, int]:
    async with setting.tenant.read() as reader:
        rows = await reader.rows(
            select(JournalLine.leg, JournalLine.amount_minor)
            .join(
                Journal,
                (Journal.tenant_id == JournalLine.tenant_id)
                & (Journal.id == JournalLine.journal_id),
            )
            .where(Journal.tenant_id == reader.tenant_id, Journal.milestone == milestone)
        )
    return {row.leg: row.amount_minor for row in rows}


async def _values(setting: StockSetting) -> list[int]:
    async with setting.tenant.read() as reader:
        return list(
            await reader.values(
                select(ItemCost.value_minor)
                .where(ItemCost.tenant_id == reader.tenant_id)
                .order_by(ItemCost.item_id)
            )
        )


@pytest.mark.parametrize("method", ["average", "fifo"])
async def test_freight_goes_to_goods_there_and_goods_gone(
    tenant: TenantUnderTest, method: str
) -> None:
    setting = await new_stock_setting(tenant, items=2)
    async with tenant.work() as work:
        await set_costing_method(work, entity_id=setting.entity_id, method=method)
    document = await _receive(setting, (0, 4, "10"), (1, 6, "20"))
    await _lose(setting, 1)
    landed = await _land(setting, document)
    # 10.01 by quantity: 4.00 and 6.01; a quarter of the first went with what broke.
    assert await _values(setting) == [3000 + 300, 12000 + 601]
    assert await _legs(setting, "landed_cost") == {
        "inventory": 901,
        "inventory_adjustment": 100,
        "landed_cost": -1001,
    }
    async with tenant.read() as reader:
        shares = await reader.rows(
            select(LandedShare.amount_minor, LandedShare.stock_minor)
            .where(LandedShare.tenant_id == tenant.id)
            .order_by(LandedShare.layer_id)
        )
    assert [tuple(row) for row in shares] == [(400, 300), (601, 601)]
    async with tenant.work() as work:
        await reverse_landed_cost(work, landed_cost_id=landed, reason="the wrong ship")
    assert await _values(setting) == [3000, 12000]
    assert await _legs(setting, "landed_cost_reversal") == {
        "inventory": -901,
        "inventory_adjustment": -100,
        "landed_cost": 1001,
    }
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await reverse_landed_cost(work, landed_cost_id=landed, reason="again")
    assert await violations(tenant) == []


async def test_at_standard_cost_freight_is_a_variance(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    async with tenant.work() as work:
        await set_costing_method(work, entity_id=setting.entity_id, method="standard")
        await set_standard_costs(
            work, entity_id=setting.entity_id, costs={setting.item_ids[0]: D("9.50")}
        )
    document = await _receive(setting, (0, 4, "10"))
    assert await _legs(setting, "receipt") == {
        "inventory": 3800,
        "price_variance": 200,
        "goods_received": -4000,
    }
    await _land(setting, document)
    assert await _values(setting) == [3800]
    assert await _legs(setting, "landed_cost") == {"price_variance": 1001, "landed_cost": -1001}
    async with tenant.work() as work:
        await set_standard_costs(
            work, entity_id=setting.entity_id, costs={setting.item_ids[0]: D(10)}
        )
    assert await _values(setting) == [4000]
    assert await _legs(setting, "revaluation") == {"inventory": 200, "revaluation": -200}
    assert await violations(tenant) == []


async def test_two_documents_at_once_close_to_the_cent(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, items=2)
    first = await _receive(setting, (0, 4, "10"), (1, 3, "20"))
    second = await _receive(setting, (1, 3, "20"), (0, 4, "10"))
    await asyncio.gather(
        _land(setting, first, second), _land(setting, second, first), _lose(setting, 3)
    )
    legs = await _legs(setting, "landed_cost")
    assert legs["landed_cost"] == -1001
    assert await violations(tenant) == []


async def test_goods_come_and_go_at_once_and_the_books_agree(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    async with tenant.work() as work:
        await set_costing_method(work, entity_id=setting.entity_id, method="fifo")
    await _receive(setting, (0, 50, "1.01"))
    steps = [
        step for n in range(8) for step in (_receive(setting, (0, 3, f"{n}.37")), _lose(setting, 4))
    ]
    await asyncio.gather(*steps)
    assert await violations(tenant) == []


async def test_what_cannot_be_spread_is_refused(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    document = await _receive(setting, (0, 4, "10"))
    by_weight = LandedChargeLine(kind="freight", basis="weight", amount=D(1))
    with pytest.raises(InvalidInput, match="weight"):
        await _land(setting, document, charges=[by_weight])
    with pytest.raises(InvalidInput, match="EUR"):
        await _land(
            setting,
            document,
            charges=[LandedChargeLine(kind="duty", basis="value", amount=D("0.001"))],
        )
    with pytest.raises(InvalidInput, match="already"):
        await _land(setting, document, document)
    with pytest.raises(NotFound):
        await _land(setting, document + 10**6)
    other = await new_stock_setting(await new_tenant(tenant.engine, now=tenant.now))
    foreign = await _receive(other, (0, 1, "1"))
    with pytest.raises(NotFound):
        await _land(setting, foreign)
    assert await _values(setting) == [4000]
    assert await _legs(setting, "landed_cost") == {}


async def test_freight_in_dollars_is_worth_the_days_rate_and_owed_in_dollars(
    tenant: TenantUnderTest,
) -> None:
    setting = await new_stock_setting(tenant, items=2)
    async with tenant.work() as work:
        await set_rate(work, "USD", "EUR", "0.9237", on=tenant.now.date())
    document = await _receive(setting, (0, 4, "10"), (1, 6, "20"))
    await _lose(setting, 1)
    charges = [FREIGHT, LandedChargeLine(kind="duty", basis="value", amount=D("3.33"))]
    landed = await _land(setting, document, charges=charges, currency="USD")
    # 13.34 dollars are 12.32 euros: 9.25 of freight by quantity, 3.07 of duty by value.
    assert await _values(setting) == [3000 + 335, 12000 + 785]
    lines = await _lines_of(setting, "landed_cost")
    assert lines == [
        ("currency_conversion", "EUR", -1232, -1232),
        ("currency_conversion", "USD", 1334, 1232),
        ("inventory", "EUR", 1120, 1120),
        ("inventory_adjustment", "EUR", 112, 112),
        ("landed_cost", "USD", -1334, -1232),
    ]
    async with tenant.work() as work:
        await reverse_landed_cost(work, landed_cost_id=landed, reason="the wrong ship")
    assert await _values(setting) == [3000, 12000]
    assert [(leg, currency, -amount, -base) for leg, currency, amount, base in lines] == (
        await _lines_of(setting, "landed_cost_reversal")
    )
    with pytest.raises(ExchangeRateMissing):
        await _land(setting, document, currency="GBP")
    with pytest.raises(InvalidInput, match="USD"):
        three = LandedChargeLine(kind="duty", basis="value", amount=D("0.001"))
        await _land(setting, document, charges=[three], currency="USD")
    assert await violations(tenant) == []


async def _lines_of(setting: StockSetting, milestone: str) -> list[tuple[Any, ...]]:
    """(leg, currency, amount, base amount) of each line of its journal."""
    line = JournalLine
    async with setting.tenant.read() as reader:
        rows = await reader.rows(
            select(line.leg, line.currency, line.amount_minor, line.base_amount_minor)
            .join(Journal, (Journal.tenant_id == line.tenant_id) & (Journal.id == line.journal_id))
            .where(Journal.tenant_id == reader.tenant_id, Journal.milestone == milestone)
            .order_by(line.leg, line.currency)
        )
    return [tuple(row) for row in rows]


async def test_charges_follow_the_weight_and_volume_that_are_told(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, items=2)
    document = await _receive(setting, (0, 4, "10"), (1, 6, "20"))
    receipts = [
        LandedReceipt(document_id=document, item_id=item, weight=D(weight), volume=D(volume))
        for item, weight, volume in zip(setting.item_ids, (9, 1), ("0.5", "1.5"), strict=True)
    ]
    charges = [
        LandedChargeLine(kind="freight", basis="weight", amount=D("1.00")),
        LandedChargeLine(kind="handling", basis="volume", amount=D("0.40")),
    ]
    async with tenant.work() as work:
        await book_landed_cost(
            work,
            entity_id=setting.entity_id,
            charges=charges,
            receipts=receipts,
            reason="by weight and volume",
        )
    assert await _values(setting) == [4000 + 90 + 10, 12000 + 10 + 30]
    assert await violations(tenant) == []

"""Ordered in cases, stocked in eaches, bought in pallets: exact all along, and 200 stays 200."""

import asyncio
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from domain.catalog.operations.item_units import set_item_unit
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.inventory.lines import AdjustmentLine, ReceiptLine
from domain.inventory.models import StockBalance
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.outcomes import StockChanged
from domain.kernel.quantity import Conversion, QuantityNotExact, from_base, plain, to_base
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

D = Decimal
# One unit in base units: (numerator, denominator).
UNITS = {
    "PALLET": (960, 1),
    "CASE": (12, 1),
    "INNER": (4, 1),
    "HALF": (1, 2),
    "THIRD": (1, 3),
    "GRAM": (1, 1000),
}


async def _shop(tenant: TenantUnderTest) -> Shop:
    shop = await new_shop(tenant)
    async with tenant.work() as work:
        for unit, (numerator, denominator) in UNITS.items():
            await set_item_unit(
                work,
                item_id=shop.setting.item_ids[0],
                unit=unit,
                numerator=D(numerator),
                denominator=D(denominator),
            )
    return shop


async def _receive(shop: Shop, quantity: str, unit: str) -> None:
    line = ReceiptLine(
        item_id=shop.setting.item_ids[0], quantity=D(quantity), unit=unit, unit_cost=D("3.33")
    )
    async with shop.tenant.work() as work:
        await receive_stock(work, location_id=shop.setting.location_ids[0], lines=[line])


async def _stock(shop: Shop) -> tuple[Decimal, Decimal]:
    """(on hand, reserved)."""
    async with shop.tenant.read() as reader:
        row = await reader.row(
            select(StockBalance.on_hand, StockBalance.reserved).where(
                StockBalance.tenant_id == shop.tenant.id
            )
        )
    assert row is not None
    return plain(row.on_hand), plain(row.reserved)


@pytest.mark.parametrize(
    ("bought", "unit", "ordered", "order_unit", "left"),
    [
        ("1", "PALLET", "10", "CASE", D(840)),
        ("200", "EA", "200", "EA", D(0)),
        ("200", "EA", "16", "CASE", D(8)),
        ("0.5", "PALLET", "480", "EA", D(0)),
        ("3", "THIRD", "1", "EA", D(0)),
        ("1", "CASE", "36", "THIRD", D(0)),
        ("7", "HALF", "3.5", "EA", D(0)),
        ("0.25", "CASE", "2999", "GRAM", D("0.001")),
    ],
)
async def test_what_is_bought_in_one_unit_leaves_in_another_to_the_last_piece(
    tenant: TenantUnderTest, bought: str, unit: str, ordered: str, order_unit: str, left: Decimal
) -> None:
    shop = await _shop(tenant)
    await _receive(shop, bought, unit)
    before, _ = await _stock(shop)
    placed = await shop.place(shop.line(ordered, unit=order_unit))
    assert placed.status == "allocated"
    assert await _stock(shop) == (before, before - left)
    async with tenant.work() as work:
        (fulfilment_id,) = await release_order(work, order_id=placed.order_id)
        await record_pick(work, fulfilment_order_id=fulfilment_id)
        await pack_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
        await ship_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
    assert await _stock(shop) == (left, D(0))
    assert await violations(tenant) == {}


@pytest.mark.parametrize(("quantity", "unit"), [("1", "THIRD"), ("0.0001", "GRAM"), ("2", "THIRD")])
async def test_what_has_no_exact_number_of_pieces_is_refused_not_rounded(
    tenant: TenantUnderTest, quantity: str, unit: str
) -> None:
    shop = await _shop(tenant)
    await _receive(shop, "1", "PALLET")
    with pytest.raises(QuantityNotExact):
        await _receive(shop, quantity, unit)
    with pytest.raises(QuantityNotExact):
        await shop.place(shop.line(quantity, unit=unit))
    assert await _stock(shop) == (D(960), D(0))


async def test_many_small_parts_close_to_the_whole(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant)
    await _receive(shop, "200", "EA")
    for _ in range(10):
        await _receive(shop, "3", "THIRD")
        await _receive(shop, "100", "GRAM")
    assert await _stock(shop) == (D(211), D(0))
    for quantity, unit in (("132", "HALF"), ("145000", "GRAM")):
        placed = await shop.place(shop.line(quantity, unit=unit), all_or_nothing=True)
        assert placed.status == "allocated"
    assert await _stock(shop) == (D(211), D(211))
    assert await violations(tenant) == {}


_RATIOS = st.builds(
    Conversion,
    st.integers(1, 10_000).map(D),
    st.sampled_from([1, 2, 3, 4, 6, 7, 12, 1000]).map(D),
)
_AMOUNTS = st.decimals(min_value=D("0.000001"), max_value=D(1_000_000), places=6)


@given(quantity=_AMOUNTS, unit=_RATIOS)
@settings(max_examples=300)
def test_a_conversion_is_exact_or_refused_and_leads_back(
    quantity: Decimal, unit: Conversion
) -> None:
    true = Fraction(quantity) * Fraction(unit.numerator) / Fraction(unit.denominator)
    storable = (true * 1_000_000).denominator == 1
    if not storable:
        with pytest.raises(QuantityNotExact):
            to_base(quantity, unit)
        return
    amount = to_base(quantity, unit)
    assert Fraction(amount) == true
    assert from_base(amount, unit) == quantity


@given(
    parts=st.lists(_AMOUNTS, min_size=1, max_size=20),
    bought=_RATIOS,
    sold=_RATIOS,
)
@settings(max_examples=200)
def test_parts_in_any_unit_sum_to_the_whole_in_any_other(
    parts: list[Decimal], bought: Conversion, sold: Conversion
) -> None:
    try:
        pieces = [to_base(part, bought) for part in parts]
        in_sold_unit = [from_base(piece, sold) for piece in pieces]
    except QuantityNotExact:
        return
    assert to_base(sum(parts, D(0)), bought) == sum(pieces, D(0))
    assert to_base(sum(in_sold_unit, D(0)), sold) == sum(pieces, D(0))


async def test_of_many_who_set_a_quantity_they_saw_one_is_right(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant)
    await _receive(shop, "200", "EA")

    async def count(found: int) -> None:
        line = AdjustmentLine(
            item_id=shop.setting.item_ids[0], quantity=D(found), expected=D(200), unit="EA"
        )
        async with tenant.work() as work:
            place = shop.setting.location_ids[0]
            await adjust_stock(work, location_id=place, lines=[line], reason="count")

    counts = range(150, 158)
    results = await asyncio.gather(*(count(n) for n in counts), return_exceptions=True)
    right = [n for n, result in zip(counts, results, strict=True) if result is None]
    assert len(right) == 1
    for result in results:
        if result is not None:
            assert isinstance(result, StockChanged)
            assert (result.fields["expected"], result.fields["actual"]) == (D(200), D(right[0]))
    assert await _stock(shop) == (D(right[0]), D(0))
    assert await violations(tenant) == {}


async def test_a_quantity_set_while_orders_and_receipts_come_loses_none_of_them(
    tenant: TenantUnderTest,
) -> None:
    shop = await _shop(tenant)
    await _receive(shop, "100", "EA")

    async def count() -> None:
        line = AdjustmentLine(item_id=shop.setting.item_ids[0], quantity=D(90), expected=D(100))
        async with tenant.work() as work:
            place = shop.setting.location_ids[0]
            await adjust_stock(work, location_id=place, lines=[line], reason="count")

    results = await asyncio.gather(
        *(shop.place(shop.line(1)) for _ in range(5)),
        count(),
        *(_receive(shop, "1", "CASE") for _ in range(2)),
        count(),
        return_exceptions=True,
    )
    failed = [r for r in results if isinstance(r, BaseException)]
    assert all(isinstance(r, StockChanged) for r in failed)
    counted = 2 - len(failed)
    assert counted <= 1
    assert await _stock(shop) == (D(100 - 10 * counted + 24), D(5))
    assert await violations(tenant) == {}

"""Units convert exactly or not at all, under any of their spellings."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from domain.catalog.conversions import conversions
from domain.catalog.operations.item_units import set_item_unit
from domain.catalog.operations.items import update_item
from domain.catalog.outcomes import BaseUnitInUse
from domain.catalog.queries.items import item_units
from domain.catalog.units import UNIT_ALIASES, fold_unit
from domain.inventory.models import StockBalance
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.quantity import Conversion, QuantityNotExact, from_base, to_base
from tests.factories.masters import (
    new_entity,
    new_item,
    new_location,
    new_price_list,
    price,
)
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest, new_tenant

whole = st.integers(1, 10**6).map(Decimal)
ratios = st.builds(Conversion, whole, whole)
quantities = st.decimals(0, 10**6, places=6)


@given(quantity=quantities, conversion=ratios)
def test_what_converts_comes_back_the_same(quantity: Decimal, conversion: Conversion) -> None:
    try:
        there = to_base(quantity, conversion)
    except QuantityNotExact:
        return
    assert from_base(there, conversion) == quantity


@given(quantity=quantities, ratio=whole)
def test_whole_ratios_always_convert(quantity: Decimal, ratio: Decimal) -> None:
    assert to_base(quantity, Conversion(ratio)) == quantity * ratio


def test_200_stays_200() -> None:
    assert str(to_base(Decimal("200.000000"), Conversion(Decimal("1.000000")))) == "200"
    assert str(to_base(Decimal(10), Conversion(Decimal(20)))) == "200"
    with pytest.raises(QuantityNotExact):
        to_base(Decimal(1), Conversion(Decimal(1), Decimal(3)))
    assert to_base(Decimal(3), Conversion(Decimal(1), Decimal(3))) == 1


@pytest.mark.parametrize(
    ("spelling", "word"),
    [
        ("EA", "each"), ("ea", "each"), ("C62", "each"), ("PCE", "each"), ("Each", "each"),
        (" pcs. ", "each"), ("CA", "case"), ("CS", "case"), ("case", "case"), ("DZN", "dozen"),
        ("KGM", "kilogram"), ("Paket", "paket"), ("", ""), ("XCS", "case"), ("XBX", "box"),
    ],
)  # fmt: skip
def test_spellings_fold_to_one_word(spelling: str, word: str) -> None:
    assert fold_unit(spelling) == word


def test_no_spelling_stands_for_two_units() -> None:
    spellings = [a.casefold() for word, aliases in UNIT_ALIASES.items() for a in (word, *aliases)]
    assert len(spellings) == len(set(spellings))
    assert all(fold_unit(fold_unit(s)) == fold_unit(s) for s in spellings)


async def test_conversions_of_many_items_are_found_by_one_statement(
    tenant: TenantUnderTest,
) -> None:
    soap, rope = await new_item(tenant), await new_item(tenant, base_unit="MTR")
    async with tenant.work() as work:
        await set_item_unit(work, item_id=soap, unit="CS", numerator=Decimal(12))
        await set_item_unit(
            work, item_id=rope, unit="inch", numerator=Decimal("0.0254"), denominator=Decimal(1)
        )
    pairs = [(soap, "case"), (soap, "EA"), (rope, "inch"), (rope, "case"), (10**12, "each")]
    async with tenant.read() as reader:
        with counted_statements(tenant.engine) as seen:
            found = await conversions(reader, pairs=pairs)
        assert await conversions(reader, pairs=[]) == {}
    assert len(seen) == 1
    assert found == {
        (soap, "case"): Conversion(Decimal(12)),
        (soap, "EA"): Conversion(Decimal(1)),
        (rope, "inch"): Conversion(Decimal("0.0254")),
    }
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    async with stranger.read() as reader:
        assert await conversions(reader, pairs=pairs) == {}


async def _units(tenant: TenantUnderTest, item_id: int) -> list[tuple[str, Decimal, Decimal]]:
    async with tenant.read() as reader:
        rows = (await item_units(reader, ids=[item_id]))[item_id]
    return [(row.unit, row.numerator, row.denominator) for row in rows]


async def test_another_spelling_changes_the_unit_that_is_there(tenant: TenantUnderTest) -> None:
    item_id = await new_item(tenant)
    for unit, ratio in (("case", 12), ("CS", 24), ("CA", 24)):
        async with tenant.work() as work:
            await set_item_unit(work, item_id=item_id, unit=unit, numerator=Decimal(ratio))
    assert await _units(tenant, item_id) == [("case", 24, 1), ("each", 1, 1)]


@pytest.mark.parametrize(
    ("numerator", "denominator", "path"),
    [
        ("0", "1", "numerator"), ("-1", "1", "numerator"), ("1", "0", "denominator"),
        ("NaN", "1", "numerator"), ("1", "Infinity", "denominator"),
        ("0.0000001", "1", "numerator"), ("1e13", "1", "numerator"),
    ],
)  # fmt: skip
async def test_a_ratio_that_is_not_kept_exactly_is_refused(
    tenant: TenantUnderTest, numerator: str, denominator: str, path: str
) -> None:
    item_id = await new_item(tenant)
    with pytest.raises(InvalidInput) as refusal:
        async with tenant.work() as work:
            await set_item_unit(
                work,
                item_id=item_id,
                unit="case",
                numerator=Decimal(numerator),
                denominator=Decimal(denominator),
            )
    assert refusal.value.path == (path,)
    assert await _units(tenant, item_id) == [("each", 1, 1)]


async def test_the_base_unit_is_one_and_changes_only_while_nothing_counts_in_it(
    tenant: TenantUnderTest,
) -> None:
    item_id = await new_item(tenant)
    async with tenant.work() as work:
        await set_item_unit(
            work, item_id=item_id, unit="EA", numerator=Decimal(2), denominator=Decimal(2)
        )
        with pytest.raises(BaseUnitInUse):
            await set_item_unit(work, item_id=item_id, unit="EA", numerator=Decimal(2))
        await update_item(work, item_id=item_id, base_unit="pair")
    assert await _units(tenant, item_id) == [("pair", 1, 1)]
    await price(tenant, await new_price_list(tenant), item_id, "1", unit="pair")
    async with tenant.work() as work:
        await set_item_unit(work, item_id=item_id, unit="case", numerator=Decimal(12))
    with pytest.raises(BaseUnitInUse) as refusal:
        async with tenant.work() as work:
            await update_item(work, item_id=item_id, base_unit="each")
    assert refusal.value.fields["used_by"] == ["prices", "units"]
    assert await _units(tenant, item_id) == [("case", 12, 1), ("pair", 1, 1)]


async def test_stocked_items_keep_their_base_unit_and_tracking(tenant: TenantUnderTest) -> None:
    item_id = await new_item(tenant)
    entity_id = await new_entity(tenant)
    location_id = await new_location(tenant, entity_id=entity_id)
    place = {"tenant_id": tenant.id, "location_id": location_id, "owner_id": entity_id}
    async with tenant.work() as work:
        await work.execute(insert(StockBalance).values(item_id=item_id, **place))
    with pytest.raises(BaseUnitInUse) as refusal:
        async with tenant.work() as work:
            await update_item(work, item_id=item_id, base_unit="pair")
    assert refusal.value.fields["used_by"] == ["stock"]
    with pytest.raises(InvalidState) as tracked:
        async with tenant.work() as work:
            await update_item(work, item_id=item_id, tracking="lot")
    assert tracked.value.fields == {"state": "none", "allowed": []}
    unstocked = await new_item(tenant)
    async with tenant.work() as work:
        await update_item(work, item_id=unstocked, tracking="lot")


async def test_units_of_other_tenants_items_cannot_be_set(tenant: TenantUnderTest) -> None:
    item_id = await new_item(tenant)
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    with pytest.raises(NotFound):
        async with stranger.work() as work:
            await set_item_unit(work, item_id=item_id, unit="case", numerator=Decimal(12))

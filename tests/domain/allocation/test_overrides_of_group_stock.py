"""An override gives a line what its entity may buy, too, and the trade follows."""

from decimal import Decimal

import pytest

from domain.allocation.operations.overrides import request_allocation_override
from domain.allocation.outcomes import OverrideNotPossible
from domain.allocation.queries.decisions import explain_line
from domain.approvals.operations import approve
from tenancy.permissions import ALL_PERMISSIONS
from tests.factories.affiliates import Affiliates, new_affiliates, violations
from tests.factories.orders import Shop, new_channel
from tests.factories.tenants import TenantUnderTest


async def _override(group: Affiliates, line_id: int, quantity: int, **source: int) -> None:
    async with group.tenant.work(as_=group.tenant.user(*ALL_PERMISSIONS, id=1)) as work:
        request_id = await request_allocation_override(
            work, order_line_id=line_id, quantity=Decimal(quantity), reason="gold", **source
        )
    async with group.tenant.work(as_=group.tenant.user(*ALL_PERMISSIONS, id=2)) as work:
        await approve(work, request_id=request_id, comment=None)


async def test_a_location_gives_own_stock_and_then_what_may_be_bought(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR", "EUR")
    waits = await group.shop.place(group.shop.line(4))
    agreement_id = await group.agree(1)
    await group.stock(1, of=0, value_minor=100)
    for owner in (1, 2):
        await group.stock(2, of=owner, at=0, value_minor=200)
    with pytest.raises(OverrideNotPossible) as refused:
        await _override(group, waits.line_ids[0], 4, from_location_id=group.location_ids[0])
    assert refused.value.fields["available"] == 3

    await _override(group, waits.line_ids[0], 3, from_location_id=group.location_ids[0])

    assert await group.shop.figures(waits.order_id) == [(3, 0, 0, 1)]
    (line,) = await group.trade_lines()
    assert (line.leg, int(line.quantity)) == (1, 2)
    async with tenant.read() as reader:
        told = (await explain_line(reader, line_id=waits.line_ids[0]))[-1]
    assert [each.rule for each in told.candidates] == ["override_from_location"]
    assert told.bought == ((group.entity_ids[1], Decimal(2), (agreement_id,)),)
    assert await violations(tenant) == {}


async def test_from_another_entitys_order_the_trade_changes_its_buyer(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR", "EUR")
    other = Shop(group.shop.setting, await new_channel(tenant, group.entity_ids[2]))
    await group.agree(1, 2)
    await group.stock(3, of=1, value_minor=300)
    holds = await other.place(other.line(3))
    waits = await group.shop.place(group.shop.line(2))
    with pytest.raises(OverrideNotPossible):
        await _override(group, waits.line_ids[0], 2, from_order_line_id=holds.line_ids[0])
    await group.agree(1, 0)

    await _override(group, waits.line_ids[0], 2, from_order_line_id=holds.line_ids[0])

    assert await group.shop.figures(holds.order_id) == [(1, 0, 0, 2)]
    assert await group.shop.figures(waits.order_id) == [(2, 0, 0, 0)]
    assert await group.trades() == [(1, 2, "EUR"), (1, 0, "EUR")]
    lines = [(int(line.quantity), int(line.cancelled)) for line in await group.trade_lines()]
    assert lines == [(3, 2), (2, 0)]
    assert await violations(tenant) == {}


async def test_an_entity_takes_back_what_another_one_was_to_buy_of_it(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR")
    other = Shop(group.shop.setting, await new_channel(tenant, group.entity_ids[1]))
    await group.agree(0, 1)
    await group.stock(3, of=0, value_minor=300)
    holds = await other.place(other.line(3))
    waits = await group.shop.place(group.shop.line(2))

    await _override(group, waits.line_ids[0], 2, from_order_line_id=holds.line_ids[0])

    assert await group.shop.figures(waits.order_id) == [(2, 0, 0, 0)]
    (line,) = await group.trade_lines()
    assert (int(line.quantity), int(line.cancelled)) == (3, 2)
    assert await violations(tenant) == {}

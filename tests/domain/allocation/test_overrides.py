"""Stock against the rules: only once somebody else has said yes, and both orders are right."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.allocation.operations.cancel_order import cancel_order
from domain.allocation.operations.overrides import request_allocation_override
from domain.allocation.outcomes import OverrideNotPossible
from domain.allocation.queries.decisions import explain_line
from domain.approvals.operations import approve, reject
from domain.approvals.outcomes import AwaitingApproval, OwnRequest
from domain.approvals.queries import approval_requests_of_ids
from domain.inventory.outcomes import StockShort
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.models import EventRecord
from tenancy.permissions import ALL_PERMISSIONS
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest


async def _ask(shop: Shop, line_id: int, quantity: int, **fields: Any) -> int:
    async with shop.tenant.work(as_=shop.tenant.user(*ALL_PERMISSIONS, id=1)) as work:
        return await request_allocation_override(
            work, order_line_id=line_id, quantity=Decimal(quantity), reason="gold", **fields
        )


async def _approve(shop: Shop, request_id: int, *, by: int = 2) -> None:
    async with shop.tenant.work(as_=shop.tenant.user(*ALL_PERMISSIONS, id=by)) as work:
        await approve(work, request_id=request_id, comment=None)


async def _status(shop: Shop, request_id: int) -> str:
    async with shop.tenant.read() as reader:
        return str((await approval_requests_of_ids(reader, ids=[request_id]))[request_id].status)


async def _events(shop: Shop, kind: str) -> list[int]:
    async with shop.tenant.read() as reader:
        statement = select(EventRecord.aggregate_id).where(
            EventRecord.tenant_id == shop.tenant.id, EventRecord.type == kind
        )
        return list(await reader.values(statement.order_by(EventRecord.id)))


async def _two_orders(tenant: TenantUnderTest, *, locations: int = 1) -> tuple[Shop, Any, Any]:
    """One order that holds all five there are, and one that waits for four."""
    shop = await new_shop(tenant, locations=locations)
    await shop.stock(5)
    return shop, await shop.place(shop.line(5)), await shop.place(shop.line(4))


async def test_an_approved_override_leaves_both_orders_right(tenant: TenantUnderTest) -> None:
    shop, holds, waits = await _two_orders(tenant)
    request = await _ask(shop, waits.line_ids[0], 3, from_order_line_id=holds.line_ids[0])
    assert await shop.figures(holds.order_id) == [(5, 0, 0, 0)]
    await _approve(shop, request)
    assert await shop.figures(holds.order_id) == [(2, 0, 0, 3)]
    assert await shop.figures(waits.order_id) == [(3, 0, 0, 1)]
    assert (await shop.order(holds.order_id)).status == "partially_allocated"
    assert (await shop.order(waits.order_id)).status == "partially_allocated"
    assert await _events(shop, "order.allocation_taken") == [holds.order_id]
    assert await _events(shop, "order.allocated") == [waits.order_id]
    assert await violations(tenant) == {}
    async with tenant.read() as reader:
        decisions = await explain_line(reader, line_id=waits.line_ids[0])
    assert [verdict.rule for verdict in decisions[-1].candidates] == ["override_from_order"]


async def test_the_order_that_gave_is_served_from_elsewhere(tenant: TenantUnderTest) -> None:
    shop, holds, waits = await _two_orders(tenant, locations=2)
    request = await _ask(shop, waits.line_ids[0], 4, from_order_line_id=holds.line_ids[0])
    await shop.stock(3, location=1)
    await _approve(shop, request)
    assert await shop.figures(waits.order_id) == [(4, 0, 0, 0)]
    assert await shop.figures(holds.order_id) == [(4, 0, 0, 1)]
    assert await violations(tenant) == {}


async def test_who_asks_does_not_approve_and_a_refusal_changes_nothing(
    tenant: TenantUnderTest,
) -> None:
    shop, holds, waits = await _two_orders(tenant)
    request = await _ask(shop, waits.line_ids[0], 3, from_order_line_id=holds.line_ids[0])
    with pytest.raises(OwnRequest):
        await _approve(shop, request, by=1)
    with pytest.raises(AwaitingApproval):
        await _ask(shop, waits.line_ids[0], 1, from_order_line_id=holds.line_ids[0])
    async with tenant.work(as_=tenant.user(*ALL_PERMISSIONS, id=2)) as work:
        await reject(work, request_id=request, comment="no")
    assert await shop.figures(holds.order_id) == [(5, 0, 0, 0)]
    assert await shop.figures(waits.order_id) == [(0, 0, 0, 4)]
    assert await _status(shop, request) == "rejected"


async def test_what_cannot_be_any_more_is_told_and_stays_undecided(
    tenant: TenantUnderTest,
) -> None:
    shop, holds, waits = await _two_orders(tenant)
    request = await _ask(shop, waits.line_ids[0], 3, from_order_line_id=holds.line_ids[0])
    async with tenant.work() as work:
        await cancel_order(work, order_id=waits.order_id, reason="changed mind")
    with pytest.raises(OverrideNotPossible) as refusal:
        await _approve(shop, request)
    assert refusal.value.fields["why"] == "line_needs_less"
    assert await _status(shop, request) == "waiting"
    assert await shop.figures(holds.order_id) == [(5, 0, 0, 0)]


async def test_a_location_that_no_policy_allows_gives_by_override(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2, split_allowed=False)
    await shop.stock(2)
    await shop.stock(5, location=1)
    order = await shop.place(shop.line(6))
    assert await shop.figures(order.order_id) == [(5, 0, 0, 1)]
    place = shop.setting.location_ids[0]
    request = await _ask(shop, order.line_ids[0], 1, from_location_id=place)
    await _approve(shop, request)
    assert await shop.figures(order.order_id) == [(6, 0, 0, 0)]
    assert await shop.available(location=0) == 1
    assert await violations(tenant) == {}


@pytest.mark.parametrize(
    ("quantity", "why", "available"),
    [(5, "line_needs_less", 4), (3, "order_has_less", 2)],
)
async def test_what_could_not_be_done_today_is_not_even_asked_for(
    tenant: TenantUnderTest, quantity: int, why: str, available: int
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(2)
    holds, waits = await shop.place(shop.line(2)), await shop.place(shop.line(4))
    with pytest.raises(OverrideNotPossible) as refusal:
        await _ask(shop, waits.line_ids[0], quantity, from_order_line_id=holds.line_ids[0])
    assert refusal.value.fields["why"] == why
    assert refusal.value.fields["available"] == available


async def test_a_request_that_makes_no_sense_is_refused(tenant: TenantUnderTest) -> None:
    shop, holds, waits = await _two_orders(tenant)
    line = waits.line_ids[0]
    with pytest.raises(InvalidInput):
        await _ask(shop, line, 1)
    with pytest.raises(InvalidInput):
        await _ask(shop, line, 1, from_order_line_id=line)
    with pytest.raises(NotFound):
        await _ask(shop, line, 1, from_order_line_id=10**12)
    with pytest.raises(NotFound):
        await _ask(shop, line, 1, from_location_id=10**12)
    with pytest.raises(InvalidInput):
        await _ask(shop, line, 0, from_order_line_id=holds.line_ids[0])


async def test_two_overrides_and_a_buyer_at_once_never_oversell(tenant: TenantUnderTest) -> None:
    shop, holds, first = await _two_orders(tenant)
    second = await shop.place(shop.line(4))
    asked = [
        await _ask(shop, order.line_ids[0], 4, from_order_line_id=holds.line_ids[0])
        for order in (first, second)
    ]
    outcomes = await asyncio.gather(
        *(_approve(shop, request) for request in asked),
        shop.place(shop.line(2), all_or_nothing=True),
        return_exceptions=True,
    )
    refused = [type(each) for each in outcomes if isinstance(each, Exception)]
    assert sorted(kind.__name__ for kind in refused) == ["OverrideNotPossible", "StockShort"]
    assert StockShort in refused
    given = [(await shop.figures(each.order_id))[0][0] for each in (holds, first, second)]
    assert sorted(given) == [0, 1, 4]
    assert await violations(tenant) == {}

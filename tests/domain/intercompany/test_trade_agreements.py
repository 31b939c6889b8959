"""Agreements: versions follow each other by day, are governed, and decide whose stock is sold."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert

from domain.allocation.operations.allocate import allocate_order
from domain.allocation.operations.policies import create_allocation_policy
from domain.allocation.operations.policy_activation import activate_allocation_policy
from domain.intercompany.configured_agreements import (
    agreement_as_it_is,
    apply_agreement,
    sound_proposal,
)
from domain.intercompany.models import TradeAgreement
from domain.intercompany.operations.agreements import end_trade_agreement
from domain.intercompany.operations.correcting import correct_transfer_price
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.governing import ChangeRequestRequired, carrying_out
from domain.kernel.models import GovernanceSetting
from domain.ledger.models import JournalLine
from domain.ledger.operations.accounts import create_account
from tests.factories.affiliates import Affiliates, new_affiliates, violations
from tests.factories.masters import new_price_list, price
from tests.factories.orders import Shop, new_channel
from tests.factories.tenants import TenantUnderTest


async def _versions(group: Affiliates) -> list[tuple[int, date, date | None]]:
    rows = await group.rows(TradeAgreement)
    return [(row.version, row.effective_from, row.effective_to) for row in rows]


async def test_a_version_ends_the_day_before_the_next_begins(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    today = tenant.now.date()
    await group.agree(1, effective_from=today - timedelta(days=30))
    await group.agree(1, effective_from=today + timedelta(days=10))
    assert await _versions(group) == [
        (1, today - timedelta(days=30), today + timedelta(days=9)),
        (2, today + timedelta(days=10), None),
    ]
    with pytest.raises(InvalidInput):
        await group.agree(1, effective_from=today + timedelta(days=10))


async def test_only_the_last_version_is_ended_and_then_nothing_is_bought(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD")
    today = tenant.now.date()
    first = await group.agree(1, effective_from=today - timedelta(days=30))
    second = await group.agree(1)
    await group.stock(10, of=1, value_minor=100)
    async with tenant.work() as work:
        with pytest.raises(InvalidState):
            await end_trade_agreement(work, agreement_id=first, ends_on=today)
        with pytest.raises(InvalidInput):
            await end_trade_agreement(work, agreement_id=second, ends_on=today - timedelta(days=2))
        with pytest.raises(NotFound):
            await end_trade_agreement(work, agreement_id=10**9, ends_on=today)
        await end_trade_agreement(work, agreement_id=second, ends_on=today)

    assert (await group.shop.place(group.shop.line(1))).status == "allocated"
    tomorrow = Affiliates(
        type(group.shop)(
            type(group.shop.setting)(
                tenant.at(tenant.now + timedelta(days=1)),
                group.shop.setting.entity_id,
                group.shop.setting.location_ids,
                group.shop.setting.item_ids,
            ),
            group.shop.channel_id,
        ),
        group.entity_ids,
        group.location_ids,
    )
    assert (await tomorrow.shop.place(group.shop.line(1))).status == "backordered"


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent": Decimal(-1)},
        {"percent": Decimal("1.00001")},
        {"method": "list_minus"},
        {"method": "haggling"},
        {"currency": "eur"},
        {"lead_days": 400},
        {"rank": -1},
        {"transit_owner": "nobody"},
        {"settlement_days": 1000},
        {"dispositions": {"restock": "burn"}},
        {"dispositions": {"burn": "restock"}},
        {"dispositions": {"restock": "missing"}},
        {"dispositions": {"missing": "scrap"}},
    ],
)
async def test_terms_that_cannot_be_are_refused(
    tenant: TenantUnderTest, wrong: dict[str, object]
) -> None:
    group = await new_affiliates(tenant, "USD")
    with pytest.raises(InvalidInput):
        await group.agree(1, **wrong)
    assert await _versions(group) == []


async def test_an_entity_does_not_trade_with_itself_or_with_strangers(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD")
    with pytest.raises(InvalidInput):
        await group.agree(0)
    with pytest.raises(NotFound):
        await group.agree(1, prices={10**9: Decimal(1)})
    with pytest.raises(NotFound):
        await group.agree(1, method="list_minus", price_list_id=10**9)


async def _govern(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        await work.execute(
            insert(GovernanceSetting).values(
                tenant_id=tenant.id,
                kind="trade_agreement",
                mode="governed",
                channel_variants=True,
                entity_variants=True,
                changed_at=tenant.now,
            )
        )


async def test_governed_agreements_change_by_change_request_alone(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD")
    item = group.shop.setting.item_ids[0]
    await _govern(tenant)
    with pytest.raises(ChangeRequestRequired):
        await group.agree(1)

    pair = {"supplier_id": group.entity_ids[1], "buyer_id": group.entity_ids[0]}
    terms = {"currency": "EUR", "percent": "12.5", "prices": {str(item): "3.50"}}
    ends_on = (tenant.now.date() + timedelta(days=5)).isoformat()
    async with tenant.work() as work:
        new = await sound_proposal(work, None, {**pair, **terms})
        with carrying_out(work):
            key = await apply_agreement(work, None, new)
        assert key == f"{group.entity_ids[1]}/{group.entity_ids[0]}"
        asked = {"percent": None, "prices": {str(item): None}, "ends_on": None}
        assert await agreement_as_it_is(work, key, asked) == {
            "percent": Decimal("12.5"),
            "prices": {str(item): Decimal("3.5")},
            "ends_on": None,
        }
        with carrying_out(work):
            end = await sound_proposal(work, key, {"ends_on": ends_on})
            await apply_agreement(work, key, end)
    assert await _versions(group) == [(1, tenant.now.date(), tenant.now.date() + timedelta(days=5))]


async def test_two_versions_at_once_take_turns(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    today = tenant.now.date()

    async def agree(days: int) -> bool:
        try:
            await group.agree(1, effective_from=today + timedelta(days=days))
        except InvalidInput:
            return False
        return True

    done = await asyncio.gather(*(agree(days) for days in (1, 2, 3)))
    versions = await _versions(group)
    assert len(versions) == sum(done) >= 1
    assert [row[2] is None for row in versions] == [False] * (len(versions) - 1) + [True]


async def test_what_is_allocated_keeps_the_version_that_held_then(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR")
    await group.agree(1, percent=Decimal(10), effective_from=tenant.now.date() - timedelta(days=1))
    await group.stock(10, of=1, value_minor=10000)
    placed = await group.shop.place(group.shop.line(2))
    (fulfilment_id,) = await group.release(placed.order_id)

    # Somebody agrees anew while the goods leave.
    await asyncio.gather(group.agree(1, percent=Decimal(50)), group.ship_fulfilment(fulfilment_id))
    later = await group.shop.place(group.shop.line(1))
    await group.ship(later.order_id)

    assert [entry[4] for entry in await group.entries()] == [2200, 1500]
    assert await violations(tenant) == {}


async def test_prices_of_a_list_count_less_a_percentage(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "EUR")
    item = group.shop.setting.item_ids[0]
    prices = await new_price_list(tenant)
    await price(tenant, prices, item, "8.00", unit="EA")
    await price(tenant, prices, item, "6.00", unit="EA", minimum_quantity="5")
    await group.agree(1, method="list_minus", percent=Decimal(25), price_list_id=prices)
    await group.stock(20, of=1, value_minor=2000)
    for quantity in (2, 5):
        placed = await group.shop.place(group.shop.line(quantity))
        await group.ship(placed.order_id)
    assert [entry[4] for entry in await group.entries()] == [1200, 2250]


async def test_an_agreement_of_fixed_prices_brings_only_what_has_one(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR", items=2)
    item = group.shop.setting.item_ids[0]
    await group.agree(1, method="fixed", prices={item: Decimal(2)})
    for place in (0, 1):
        await group.stock(5, of=1, item=place, value_minor=500)
    placed = await group.shop.place(group.shop.line(2), group.shop.line(2, item=1))
    assert await group.shop.figures(placed.order_id) == [(2, 0, 0, 0), (0, 0, 0, 2)]


async def test_the_shorter_way_is_used(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "EUR", "EUR")
    await group.agree(1, 2)
    await group.agree(2, 0)
    await group.agree(1, 0, rank=9)
    await group.stock(5, of=1, value_minor=500)
    await group.shop.place(group.shop.line(2))
    assert await group.trades() == [(1, 0, "EUR")]


async def test_an_order_that_is_not_split_comes_whole_from_another_entity(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR", split_allowed=False)
    await group.agree(1)
    await group.stock(1, of=0, value_minor=100)
    await group.stock(5, of=1, value_minor=500)
    placed = await group.shop.place(group.shop.line(3))
    assert await group.shop.figures(placed.order_id) == [(3, 0, 0, 0)]
    (line,) = await group.trade_lines()
    assert line.quantity == 3


async def test_a_policy_may_look_at_all_stock_together(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "EUR")
    await group.agree(1)
    await group.stock(5, of=0, value_minor=500)
    await group.stock(50, of=1, value_minor=5000)
    sources = [{"location_id": place, "priority": 1} for place in group.location_ids]
    strategy = {
        "code": "DEEPEST",
        "sources": sources,
        "criteria": ["stock_depth", "ownership"],
    }
    async with tenant.work() as work:
        policy = await create_allocation_policy(
            work, code="P", name="P", definition={"strategies": [strategy]}
        )
        await activate_allocation_policy(work, policy_id=policy)
    await group.shop.place(group.shop.line(3))
    (line,) = await group.trade_lines()
    assert line.quantity == 3


async def test_orders_of_two_entities_share_the_stock_of_a_third_and_never_oversell(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR", "EUR")
    other = Shop(group.shop.setting, await new_channel(tenant, group.entity_ids[2]))
    await group.agree(1, 0)
    await group.agree(1, 2)
    await group.stock(10, of=1, value_minor=1000)

    placed = await asyncio.gather(
        *(shop.place(group.shop.line(3)) for shop in (group.shop, other) * 3)
    )

    lines = await group.trade_lines()
    assert sum(line.quantity for line in lines) == 10
    assert sum(one.status == "backordered" for one in placed) == 2
    assert await violations(tenant) == {}


async def test_what_waits_is_bought_once_there_is_an_agreement(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "EUR")
    await group.stock(5, of=1, value_minor=500)
    placed = await group.shop.place(group.shop.line(3))
    assert placed.status == "backordered"
    await group.agree(1)
    async with tenant.work() as work:
        await allocate_order(work, order_id=placed.order_id)
    assert await group.shop.figures(placed.order_id) == [(3, 0, 0, 0)]
    assert await group.trades() == [(1, 0, "EUR")]


async def _account(group: Affiliates, of: int, code: str, kind: str) -> int:
    async with group.tenant.work() as work:
        return await create_account(
            work, entity_id=group.entity_ids[of], code=code, name=code, kind=kind
        )


async def test_sales_and_cost_go_to_the_accounts_of_the_agreement(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "EUR", "EUR")
    sales = await _account(group, 1, "4711", "income")
    costs = await _account(group, 1, "5711", "expense")
    sold_on = await _account(group, 2, "5712", "expense")
    await group.agree(1, 2, percent=Decimal(10), revenue_account_id=sales, cost_account_id=costs)
    await group.agree(2, 0, cost_account_id=sold_on)
    await group.stock(10, of=1, value_minor=10000)
    placed = await group.shop.place(group.shop.line(2))
    await group.ship(placed.order_id)
    first = next(line for line in await group.trade_lines() if line.leg == 1)
    async with tenant.work() as work:
        await correct_transfer_price(
            work, trade_line_id=first.id, unit_price=Decimal(12), reason="agreed anew"
        )

    lines = await group.rows(JournalLine)
    sums = {
        account: sum(line.base_amount_minor for line in lines if line.account_id == account)
        for account in (sales, costs, sold_on)
    }
    # Two for 11.00 and then 12.00 each, which cost 10.00 each.
    assert sums == {sales: -2400, costs: 2000, sold_on: 2400}
    books = await group.books(2)
    assert "intercompany_cost" not in books
    assert await violations(tenant) == {}


async def test_an_agreement_names_accounts_of_the_supplier_of_the_right_kind(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR")
    theirs, cost = (
        await _account(group, 0, "4711", "income"),
        await _account(group, 1, "5711", "expense"),
    )
    with pytest.raises(NotFound):
        await group.agree(1, revenue_account_id=theirs)
    with pytest.raises(InvalidInput):
        await group.agree(1, revenue_account_id=cost)
    assert await _versions(group) == []

"""The consolidated trial balance of books that trade with each other, checked by hand."""

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from domain.finance.consolidation.policies.eliminating import BALANCES, PROFIT, SALES
from domain.finance.operations.closing import close_period
from domain.finance.queries.consolidation import (
    Eliminated,
    consolidated_trial_balance,
    eliminated_layers,
    eliminated_lines,
)
from domain.intercompany.operations.settling import pay_debt
from domain.inventory.operations.receiving_transfers import receive_transfer
from domain.inventory.operations.shipping_transfers import ship_transfer
from domain.inventory.operations.transferring import (
    WantedTransferLine,
    create_transfer,
    release_transfer,
)
from domain.inventory.transfer_goods import MovedLine
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.paging import PageRequest
from domain.ledger.operations.revaluation import revalue_foreign_balances
from domain.ledger.outcomes import ExchangeRateMissing
from domain.ledger.periods import ready_period
from tests.factories.affiliates import Affiliates, new_affiliates
from tests.factories.books import set_rate
from tests.factories.groups import Group, balances_everywhere, new_group, put, standing
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest, new_tenant

JANUARY, MARCH, END = date(2026, 1, 1), date(2026, 3, 31), date(2026, 12, 31)


async def _moved(group: Affiliates, quantity: int, *, source: int, buyer: int) -> None:
    """Goods become another entity's by a transfer."""
    async with group.tenant.work() as work:
        transfer_id = await create_transfer(
            work,
            source_id=group.location_ids[source],
            destination_id=group.location_ids[buyer],
            lines=[
                WantedTransferLine(
                    item_id=group.shop.setting.item_ids[0], quantity=Decimal(quantity)
                )
            ],
            owner_id=group.entity_ids[source],
            buyer_id=group.entity_ids[buyer],
        )
    async with group.tenant.work() as work:
        await release_transfer(work, transfer_id=transfer_id)
    async with group.tenant.work() as work:
        await ship_transfer(work, transfer_id=transfer_id)
    async with group.tenant.work() as work:
        line = MovedLine(line_number=1, quantity=Decimal(quantity))
        await receive_transfer(work, transfer_id=transfer_id, lines=[line])


async def _of(group: Affiliates, held: dict[int, int], **said: object) -> Group:
    """The group in which the shop's entity holds others, by their places."""
    places = {group.entity_ids[place]: percent for place, percent in held.items()}
    return await new_group(group.tenant, group.entity_ids[0], places, **said)


def _what(group: Group, kind: str, entity: int, affiliate: int) -> Eliminated:
    return Eliminated(
        group_id=group.id,
        as_of=END,
        from_on=JANUARY,
        kind=kind,
        entity_id=group.entity_ids[entity],
        affiliate_id=group.entity_ids[affiliate],
    )


async def _lines(group: Group, kind: str, entity: int, affiliate: int) -> Counter[str]:
    """The lines of the books behind an elimination, by leg."""
    async with group.tenant.read() as reader:
        listing = await eliminated_lines(
            reader,
            what=_what(group, kind, entity, affiliate),
            request=PageRequest(size=100),
        )
    return Counter(row.leg for row in listing.page.rows)


async def test_goods_in_stock_stand_at_what_they_cost_the_group(tenant: TenantUnderTest) -> None:
    """Four units at 5.00 USD (16.00 EUR together) for 24.00 EUR, into the parent's stock; a fifth
    of the seller is others'."""
    group = await new_affiliates(tenant, "USD")
    await group.agree(1, percent=Decimal(50))
    await group.stock(10, of=1, value_minor=5000)
    await _moved(group, 4, source=1, buyer=0)
    whole = await _of(group, {1: 80})
    sheet = await whole.sheet(END)
    assert balances_everywhere(sheet)
    assert put(sheet, BALANCES) == {
        ("intercompany_receivable", "eliminated"): -2400,
        ("intercompany_payable", "eliminated"): 2400,
    }
    assert put(sheet, SALES) == {
        ("intercompany_revenue", "eliminated"): 2400,
        ("intercompany_cost", "eliminated"): -1600,
        ("cost_of_goods", "margin"): -800,
    }
    assert put(sheet, PROFIT) == {
        ("inventory", "closing"): -800,
        ("cost_of_goods", "change"): 800,
    }
    # Ten units at 4.00 EUR, wherever they lie.
    assert standing(sheet)["inventory"] == 4000
    assert (sheet.result_minor, sheet.minority_result_minor) == (0, 0)
    assert sheet.differences == []
    assert await _lines(whole, BALANCES, 0, 1) == {
        "intercompany_receivable": 1,
        "intercompany_payable": 1,
    }
    assert await _lines(whole, SALES, 1, 0) == {"intercompany_revenue": 1, "intercompany_cost": 1}
    async with tenant.read() as reader:
        layers = await eliminated_layers(
            reader, what=_what(whole, PROFIT, 1, 0), request=PageRequest()
        )
    assert [row.profit_minor for row in layers.page.rows] == [800]


async def test_in_a_chain_each_seller_bears_its_own_profit(tenant: TenantUnderTest) -> None:
    """USD 5.00 (EUR 4.00) -> EUR 6.00 -> GBP 9.00 (EUR 11.25) a unit; two of four are at the end
    of the chain, two with the parent."""
    group = await new_affiliates(tenant, "USD", "GBP")
    item = group.shop.setting.item_ids[0]
    await group.agree(1, 0, method="fixed", prices={item: Decimal(6)})
    await group.agree(0, 2, currency="GBP", method="fixed", prices={item: Decimal(9)})
    await group.stock(4, of=1, value_minor=2000)
    await _moved(group, 4, source=1, buyer=0)
    await _moved(group, 2, source=0, buyer=2)
    whole = await _of(group, {1: 75, 2: 60})
    sheet = await whole.sheet(END)
    assert balances_everywhere(sheet)
    assert standing(sheet)["inventory"] == 1600
    assert sheet.result_minor == 0
    profits = {
        (each.entity_id, each.affiliate_id): -each.lines[0].amount_minor
        for each in sheet.eliminations
        if each.kind == PROFIT
    }
    us, parent, uk = group.entity_ids[1], group.entity_ids[0], group.entity_ids[2]
    assert profits == {(us, parent): 400, (us, uk): 400, (parent, uk): 1050}
    # The first seller's 8.00 EUR are not earned: a quarter of its result would be others'.
    assert sheet.minority_result_minor == 0


async def test_goods_that_were_sold_leave_one_cost(tenant: TenantUnderTest) -> None:
    """Sold to a customer out of another entity's stock, by way of a third one: what they cost the
    first is what they cost the group, and the customer's price its revenue."""
    group = await new_affiliates(tenant, "USD", "GBP")
    await group.agree(1, 2, currency="USD", percent=Decimal(25))
    await group.agree(2, 0, currency="GBP", percent=Decimal(10), tax_percent=Decimal(20))
    await group.stock(10, of=1, value_minor=10000)
    await group.ship((await group.shop.place(group.shop.line(4, price="20.00"))).order_id)
    sheet = await (await _of(group, {1: 100, 2: 100})).sheet(END)
    assert balances_everywhere(sheet)
    # 40.00 of 100.00 USD went, at 0.80; tax is owed and asked back, to and from the authorities.
    assert standing(sheet) == {
        "unbilled": 8000,
        "inventory": 4800,
        "tax_receivable": 880,
        "goods_received": -8000,
        "tax_payable": -880,
        "revenue": -8000,
        "cost_of_goods": 3200,
    }
    assert sheet.differences == []


async def test_what_is_traded_with_strangers_stays(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD", "GBP")
    await group.agree(1, 0, percent=Decimal(50))
    await group.stock(10, of=1, value_minor=5000)
    await _moved(group, 4, source=1, buyer=0)
    sheet = await (await _of(group, {2: 100})).sheet(END)
    assert balances_everywhere(sheet)
    assert standing(sheet) == {"inventory": 2400, "intercompany_payable": -2400}
    assert sheet.eliminations == []


async def test_rates_that_changed_are_told_by_name_and_a_revaluation_takes_them_in(
    tenant: TenantUnderTest,
) -> None:
    """24.00 EUR stand as 30.00 USD in the seller's books; at 0.9 these are 27.00 EUR."""
    group = await new_affiliates(tenant, "USD")
    await group.agree(1, percent=Decimal(50))
    await group.stock(10, of=1, value_minor=5000)
    await _moved(group, 4, source=1, buyer=0)
    whole = await _of(group, {1: 100})
    async with tenant.work() as work:
        await set_rate(work, "USD", "EUR", "0.9", on=MARCH)
        await set_rate(work, "USD", "EUR", "0.85", on=MARCH, kind="average")
    sheet = await whole.sheet(MARCH)
    assert balances_everywhere(sheet)
    assert put(sheet, BALANCES) == {
        ("intercompany_receivable", "eliminated"): -2700,
        ("intercompany_payable", "eliminated"): 2400,
        ("unrealised_exchange", "exchange"): 300,
    }
    assert [(line.what, line.amount_minor) for _, line in sheet.differences] == [("exchange", 300)]
    # 30.00 USD of revenue and 20.00 of cost at 0.85, of which the profit is 8.00 in the stock.
    assert put(sheet, SALES) == {
        ("intercompany_revenue", "eliminated"): 2550,
        ("intercompany_cost", "eliminated"): -1700,
        ("cost_of_goods", "margin"): -850,
    }
    async with tenant.at(datetime(2026, 4, 1, tzinfo=UTC)).work() as work:
        await revalue_foreign_balances(work, entity_id=group.entity_ids[1], as_of=MARCH)
    sheet = await whole.sheet(MARCH)
    assert balances_everywhere(sheet)
    # 24.00 EUR at 0.9 are 26.67 USD, which are 24.00 EUR again.
    assert put(sheet, BALANCES) == {
        ("intercompany_receivable", "eliminated"): -2400,
        ("intercompany_payable", "eliminated"): 2400,
    }
    assert "intercompany_receivable" not in standing(sheet)


async def test_a_debt_that_was_paid_is_not_there(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1)
    await group.stock(10, of=1, value_minor=5000)
    await _moved(group, 4, source=1, buyer=0)
    async with tenant.work() as work:
        await pay_debt(
            work,
            creditor_id=group.entity_ids[1],
            debtor_id=group.entity_ids[0],
            currency="EUR",
            amount_minor=600,
        )
    sheet = await (await _of(group, {1: 100})).sheet(END)
    assert put(sheet, BALANCES) == {
        ("intercompany_receivable", "eliminated"): -1000,
        ("intercompany_payable", "eliminated"): 1000,
    }
    assert standing(sheet)["inventory"] == 4000


async def test_it_is_as_of_a_day_and_a_later_year_retains_what_was_earned(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1, percent=Decimal(50))
    await group.stock(10, of=1, value_minor=5000)
    await _moved(group, 4, source=1, buyer=0)
    whole = await _of(group, {1: 80})
    assert standing(await whole.sheet(JANUARY)) == {}
    later = await whole.sheet(date(2027, 3, 31))
    assert balances_everywhere(later)
    assert (later.span.from_on, later.result_minor) == (date(2027, 1, 1), 0)
    assert put(later, PROFIT) == {
        ("inventory", "closing"): -800,
        ("retained_earnings", "brought_forward"): 800,
    }
    assert put(later, SALES) == {}
    assert "retained_earnings" not in standing(later)


async def test_closing_the_year_changes_nothing_of_it(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1, percent=Decimal(50))
    await group.stock(10, of=1, value_minor=5000)
    await _moved(group, 4, source=1, buyer=0)
    whole = await _of(group, {1: 80})
    before = await whole.sheet(END)
    seller = group.entity_ids[1]
    async with tenant.work() as work:
        last = await ready_period(work, seller, END)
        periods = [await ready_period(work, seller, date(2026, n, 5)) for n in range(1, 12)]
    assert last.number == 12
    for period in (*periods, last):
        async with tenant.work() as work:
            await close_period(work, period_id=period.id)
    assert (await group.books(1)).get("intercompany_revenue") is None
    after = await whole.sheet(END)
    assert standing(after) == standing(before)
    assert after.eliminations == before.eliminations


async def test_it_takes_as_many_statements_whatever_there_is(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD", "GBP")
    await group.agree(1, 0, percent=Decimal(50))
    await group.agree(2, 0, percent=Decimal(50))
    await group.stock(10, of=1, value_minor=5000)
    await group.stock(10, of=2, value_minor=5000)
    whole = await _of(group, {1: 80, 2: 60})
    taken = []
    for source in (1, 2, 1):
        await _moved(group, 2, source=source, buyer=0)
        with counted_statements(tenant.engine) as seen:
            await whole.sheet(END)
        taken.append(len([each for each in seen if each.startswith(("SELECT", "\n    WITH"))]))
    assert len(set(taken)) == 1
    assert taken[0] <= 13, taken


async def test_without_a_rate_it_says_which_one(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1)
    await group.stock(10, of=1, value_minor=5000)
    whole = await _of(group, {1: 80}, currency="CHF")
    with pytest.raises(ExchangeRateMissing) as missing:
        await whole.sheet(END)
    assert missing.value.fields["to_currency"] == "CHF"


async def test_what_is_not_there_or_makes_no_sense_is_refused(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    whole = await _of(group, {1: 80})
    with pytest.raises(InvalidInput):
        await whole.sheet(MARCH, from_on=END)
    for day in (date.min, date.max):
        with pytest.raises(InvalidInput):
            await whole.sheet(day)
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    with pytest.raises(NotFound):
        async with stranger.read() as reader:
            await consolidated_trial_balance(reader, group_id=whole.id, as_of=END)

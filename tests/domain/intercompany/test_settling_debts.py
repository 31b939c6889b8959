"""Debts between entities are paid and set off; both books say the same, at whatever rates."""

import asyncio
from datetime import date
from decimal import Decimal

import pytest

from domain.intercompany.operations.correcting import correct_transfer_price
from domain.intercompany.operations.settling import net_debts, pay_debt
from domain.intercompany.outcomes import NothingOwed, PriceStands
from domain.kernel.errors import InvalidInput
from tests.factories.affiliates import Affiliates, new_affiliates, violations
from tests.factories.books import set_rate
from tests.factories.tenants import TenantUnderTest


async def _owing(tenant: TenantUnderTest) -> Affiliates:
    """The shop owes the entity in dollars 16.00 EUR."""
    group = await new_affiliates(tenant, "USD")
    await group.agree(1)
    await group.stock(10, of=1, value_minor=5000)
    placed = await group.shop.place(group.shop.line(4))
    await group.ship(placed.order_id)
    assert await group.balances() == {(1, 0, "EUR"): 1600}
    return group


async def test_a_payment_books_what_the_rate_changed_in_both(tenant: TenantUnderTest) -> None:
    group = await _owing(tenant)
    async with tenant.work() as work:
        # The euro is worth 1.25 USD when it is owed, and 1.20 when it is paid.
        await set_rate(work, "EUR", "USD", "1.2", on=tenant.now.date())
        await pay_debt(
            work,
            creditor_id=group.entity_ids[1],
            debtor_id=group.entity_ids[0],
            currency="EUR",
            amount_minor=1000,
        )
    assert await group.entries() == [
        ("shipment", 1, 0, "EUR", 1600, 2000, 1600),
        ("payment", 1, 0, "EUR", -1000, -1250, -1000),
    ]
    books = await group.books(1)
    assert (books["bank"], books["intercompany_receivable"]) == (1200, 750)
    assert books["realised_exchange"] == 50
    assert (await group.books(0))["bank"] == -1000
    assert await violations(tenant) == {}


async def test_no_more_is_paid_than_is_owed_also_by_two_at_once(tenant: TenantUnderTest) -> None:
    group = await _owing(tenant)

    async def pay() -> None:
        async with tenant.work() as work:
            await pay_debt(
                work,
                creditor_id=group.entity_ids[1],
                debtor_id=group.entity_ids[0],
                currency="EUR",
                amount_minor=1000,
            )

    done = await asyncio.gather(pay(), pay(), return_exceptions=True)
    (refused,) = [each for each in done if each is not None]
    assert isinstance(refused, NothingOwed)
    assert refused.fields == {"owed_minor": 600, "currency": "EUR"}
    assert await group.balances() == {(1, 0, "EUR"): 600}
    assert await violations(tenant) == {}


async def test_debts_in_a_circle_are_set_off(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD", "GBP")
    await group.agree(1, 2, currency="EUR")
    await group.agree(2, 0, currency="EUR", percent=Decimal(10))
    await group.stock(10, of=1, value_minor=10000)
    placed = await group.shop.place(group.shop.line(3))
    await group.ship(placed.order_id)
    assert await group.balances() == {(1, 2, "EUR"): 2400, (2, 0, "EUR"): 2640}

    async with tenant.work() as work:
        await set_rate(work, "EUR", "GBP", "0.837", on=tenant.now.date())
        await net_debts(work, entity_ids=group.entity_ids, currency="EUR")

    left = {pair: amount for pair, amount in (await group.balances()).items() if amount}
    assert left == {(1, 0, "EUR"): 2400, (2, 0, "EUR"): 240}
    for entity in range(3):
        assert "intercompany_clearing" not in await group.books(entity)
    assert await violations(tenant) == {}
    async with tenant.work() as work:
        with pytest.raises(NothingOwed):
            await net_debts(work, entity_ids=group.entity_ids, currency="EUR")


async def test_an_entity_does_not_pay_itself(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    async with tenant.work() as work:
        with pytest.raises(InvalidInput):
            await pay_debt(
                work,
                creditor_id=group.entity_ids[1],
                debtor_id=group.entity_ids[1],
                currency="EUR",
            )


async def test_a_corrected_price_is_corrected_in_both_books_and_holds_for_the_rest(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD")
    item = group.shop.setting.item_ids[0]
    await group.agree(
        1, method="fixed", prices={item: Decimal(5)}, tax_percent=Decimal(10), currency="USD"
    )
    await group.stock(10, of=1, value_minor=1000)
    placed = await group.shop.place(group.shop.line(4))
    (fulfilment_id,) = await group.release(placed.order_id)
    await group.ship_fulfilment(fulfilment_id, 3)
    (line,) = await group.trade_lines()

    async with tenant.work() as work:
        await correct_transfer_price(
            work, trade_line_id=line.id, unit_price=Decimal("5.5"), reason="agreed anew"
        )
    async with tenant.work() as work:
        with pytest.raises(PriceStands):
            await correct_transfer_price(
                work, trade_line_id=line.id, unit_price=Decimal("5.5"), reason="again"
            )
    await group.ship_fulfilment(fulfilment_id)

    assert [entry[0:5] for entry in await group.entries()] == [
        ("shipment", 1, 0, "USD", 1650),
        ("correction", 1, 0, "USD", 165),
        ("shipment", 1, 0, "USD", 605),
    ]
    assert (await group.books(1))["intercompany_revenue"] == -2200
    assert (await group.books(0))["cost_of_goods"] == 1760
    assert await violations(tenant) == {}


async def test_a_debt_is_due_as_the_agreement_says(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "EUR")
    await group.agree(1, settlement_days=14)
    await group.stock(1, of=1, value_minor=100)
    placed = await group.shop.place(group.shop.line(1))
    await group.ship(placed.order_id)
    due_on = await group.value(
        "SELECT due_on - occurred_on FROM intercompany_entry WHERE tenant_id = :tenant_id"
    )
    assert due_on == 14
    assert date.min < tenant.now.date()

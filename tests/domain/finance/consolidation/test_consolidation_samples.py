"""The consolidation samples from outside come out to the cent."""

from datetime import date
from decimal import Decimal

from domain.finance.consolidation.policies.capital import Unrealised
from domain.finance.operations.consolidation import mark_affiliate_account
from domain.ledger.manual import ManualLine
from domain.ledger.operations.accounts import create_account
from domain.ledger.operations.manual_journals import write_manual_journal
from tests.factories.accounting import sample
from tests.factories.books import set_rate
from tests.factories.groups import Group, Paper, balances_everywhere, new_group, put, standing
from tests.factories.stock import new_entity
from tests.factories.tenants import TenantUnderTest

BEGIN, DAY, END = date(2020, 1, 1), date(2026, 3, 2), date(2026, 12, 31)
PARENT, SUBSIDIARY = 1, 2


def _cents(amount: object) -> int:
    return int(Decimal(str(amount)) * 100)


def _profit(story: str) -> int:
    """Of "5250*25%=1312.50" what is behind the equals sign."""
    return _cents(story.partition("=")[2])


def test_profit_between_parent_and_subsidiary_leaves_cost_and_minority() -> None:
    """Goods go both ways; 20 percent of the subsidiary are others'."""
    given = sample("interco_gpc_bsc")
    cogs, income = given["cogs"], given["income"]
    own = _cents(income["subsidiary_own"])
    of_parent = _cents(income["group_own"]) - own
    paper = Paper({PARENT: "USD", SUBSIDIARY: "USD"})
    paper.hold(SUBSIDIARY, 80, since=BEGIN)
    for entity, earned, cost, sold in (
        (PARENT, of_parent, _cents(cogs["parent"]), _cents(cogs["intercompany_sales"][1])),
        (SUBSIDIARY, own, _cents(cogs["subsidiary"]), _cents(cogs["intercompany_sales"][0])),
    ):
        paper.book(
            entity,
            bank=earned,
            cost_of_goods=cost,
            intercompany_revenue=-sold,
            revenue=sold - cost - earned,
        )
    upstream, downstream = cogs["intercompany_sales"]
    paper.trade(SUBSIDIARY, PARENT, SUBSIDIARY, "intercompany_revenue", -_cents(upstream))
    paper.trade(PARENT, SUBSIDIARY, PARENT, "intercompany_revenue", -_cents(downstream))
    for name, seller, owner in (
        ("upstream", SUBSIDIARY, PARENT),
        ("downstream", PARENT, SUBSIDIARY),
    ):
        paper.in_stock.append(
            Unrealised(
                seller_id=seller,
                owner_id=owner,
                currency="USD",
                closing_minor=_profit(cogs["unrealized_end"][name]),
                opening_minor=_profit(cogs["unrealized_begin"][name]),
            )
        )
    sheet = paper.sheet()
    assert balances_everywhere(sheet)
    assert standing(sheet)["cost_of_goods"] == 200_370_625
    assert "intercompany_revenue" not in standing(sheet)
    assert sheet.result_minor == _cents(income["consolidated"]) == 16_104_375
    assert sheet.minority_result_minor == 1_579_375
    assert sheet.parent_result_minor == 14_525_000


async def _books(tenant: TenantUnderTest, entity: int, *codes: tuple[str, str]) -> dict[str, int]:
    async with tenant.work() as work:
        return {
            code: await create_account(work, entity_id=entity, code=code, name=code, kind=kind)
            for code, kind in codes
        }


async def _post(
    tenant: TenantUnderTest, entity: int, currency: str, debit: int, credit: int, amount: int
) -> None:
    async with tenant.work() as work:
        await write_manual_journal(
            work,
            entity_id=entity,
            posted_on=DAY,
            currency=currency,
            description="As in the sample",
            lines=[
                ManualLine(account_id=debit, amount_minor=amount),
                ManualLine(account_id=credit, amount_minor=-amount),
            ],
        )


async def _two_companies(tenant: TenantUnderTest) -> tuple[Group, Group]:
    """The group of both, and the parent by itself."""
    async with tenant.work() as work:
        parent, other = [await new_entity(work, currency=each) for each in ("USD", "EUR")]
        await set_rate(work, "USD", "EUR", "2")
    mine = await _books(
        tenant,
        parent,
        *(("RECEIVABLE", "asset"), ("REVENUE", "income"), ("EXPENSE", "expense")),
        ("PAYABLE", "liability"),
    )
    theirs = await _books(
        tenant,
        other,
        *(("DUE", "asset"), ("SOLD", "income"), ("EXPENSE", "expense"), ("PAYABLE", "liability")),
    )
    await _post(tenant, parent, "USD", mine["RECEIVABLE"], mine["REVENUE"], 20_000)
    await _post(tenant, parent, "USD", mine["EXPENSE"], mine["PAYABLE"], 10_000)
    await _post(tenant, other, "EUR", theirs["DUE"], theirs["SOLD"], 5_000)
    await _post(tenant, other, "EUR", theirs["EXPENSE"], theirs["PAYABLE"], 4_000)
    group = await new_group(tenant, parent, {other: 100})
    async with tenant.work() as work:
        for account, affiliate, kind in (
            (mine["EXPENSE"], other, "trade"),
            (mine["PAYABLE"], other, "balance"),
            (theirs["SOLD"], parent, "trade"),
            (theirs["DUE"], parent, "balance"),
        ):
            await mark_affiliate_account(
                work, group_id=group.id, account_id=account, affiliate_id=affiliate, kind=kind
            )
    return group, Group(tenant, group.id, (parent,))


async def test_two_currencies_whose_legs_do_not_agree(tenant: TenantUnderTest) -> None:
    """100 USD owed by the one, 50 EUR due to the other at half the worth: both leave the group,
    and what they differ by is said by name, in the debt and in the trade."""
    expected = sample("tryton_consolidation_fx")["expected"]["group"]
    group, alone = await _two_companies(tenant)
    sheet = await group.sheet(END)
    assert balances_everywhere(sheet)
    assert sheet.result_minor == _cents(expected["income_USD"]) == 18_000
    assert -sheet.equity_minor == _cents(expected["balance_USD"]) == -18_000
    assert standing(sheet) == {
        "asset:RECEIVABLE": 20_000,
        "liability:PAYABLE": -2_000,
        "income:REVENUE": -20_000,
        "expense:EXPENSE": 2_000,
    }
    assert put(sheet, "balances") == {
        ("liability:PAYABLE", "eliminated"): 10_000,
        ("asset:DUE", "eliminated"): -2_500,
        ("consolidation_difference", "disagreement"): -7_500,
    }
    assert put(sheet, "trade") == {
        ("expense:EXPENSE", "eliminated"): -10_000,
        ("income:SOLD", "eliminated"): 2_500,
        ("consolidation_difference", "disagreement"): 7_500,
    }
    assert [(place, line.amount_minor) for place, line in sheet.differences] == [
        (0, -7_500),
        (1, 7_500),
    ]
    [of_parent] = [
        line.cells[alone.entity_ids[0]].group_minor
        for line in sheet.lines
        if line.account.key == "income:REVENUE"
    ]
    assert of_parent == -20_000

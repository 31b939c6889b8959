"""Groups are set up, and adjusted by hand: under a right, with a reason, and never silently."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text

import app.subjects  # noqa: F401  (the checks are declared there)
from domain.finance.closing.checklist import checklist
from domain.finance.consolidation.invariants import INVARIANTS
from domain.finance.consolidation.outcomes import AdjustmentUnbalanced, HoldingUnsound
from domain.finance.models import AffiliateAccount, GroupAdjustmentLine, GroupHolding
from domain.finance.operations.closing import close_period
from domain.finance.operations.consolidation import (
    change_consolidation_group,
    create_consolidation_group,
    mark_affiliate_account,
    set_group_holding,
)
from domain.finance.operations.group_adjustments import (
    AdjustmentLine,
    enter_group_adjustment,
    reverse_group_adjustment,
)
from domain.kernel.errors import CodeTaken, InvalidInput, InvalidState, NotFound, NotPermitted
from domain.kernel.models import AuditEntry
from domain.ledger.manual import ManualLine
from domain.ledger.operations.accounts import create_account
from domain.ledger.operations.manual_journals import write_manual_journal
from domain.ledger.operations.rates import set_triangulation_currency
from domain.ledger.outcomes import PeriodClosed
from domain.ledger.periods import period_on, ready_period
from tests.factories.books import set_rate
from tests.factories.conditions import one_waits_for_the_other
from tests.factories.groups import Group, balances_everywhere, new_group, put, standing
from tests.factories.money import rows_of
from tests.factories.stock import new_entity
from tests.factories.tenants import TenantUnderTest

BEGIN, DAY, END = date(2026, 1, 1), date(2026, 3, 2), date(2026, 12, 31)
GOODWILL = (AdjustmentLine(account="goodwill", amount=Decimal("5")),)


async def _entities(tenant: TenantUnderTest, count: int) -> list[int]:
    async with tenant.work() as work:
        return [await new_entity(work) for _ in range(count)]


async def _group(tenant: TenantUnderTest, percent: int = 80) -> Group:
    parent, other = await _entities(tenant, 2)
    return await new_group(tenant, parent, {other: percent})


async def _hold(group: Group, owner: int, entity: int, percent: str | None, day: date) -> None:
    async with group.tenant.work() as work:
        await set_group_holding(
            work,
            group_id=group.id,
            owner_id=owner,
            entity_id=entity,
            effective_from=day,
            percent=None if percent is None else Decimal(percent),
        )


async def _enter(group: Group, *lines: AdjustmentLine, on: date = DAY) -> int:
    async with group.tenant.work() as work:
        return await enter_group_adjustment(
            work, group_id=group.id, posted_on=on, reason="Agreed with the auditor", lines=lines
        )


async def _audited(tenant: TenantUnderTest, done: str) -> list[Any]:
    async with tenant.read() as reader:
        return list(
            await reader.rows(
                select(AuditEntry.after, AuditEntry.reason).where(
                    AuditEntry.tenant_id == tenant.id, AuditEntry.action == done
                )
            )
        )


async def test_a_group_has_a_parent_and_a_code_of_its_own(tenant: TenantUnderTest) -> None:
    (parent,) = await _entities(tenant, 1)
    async with tenant.work() as work:
        group_id = await create_consolidation_group(
            work, code="WORLD", name="All of us", parent_id=parent, currency="USD"
        )
    with pytest.raises(CodeTaken):
        async with tenant.work() as work:
            await create_consolidation_group(work, code="WORLD", name="Again", parent_id=parent)
    with pytest.raises(NotFound):
        async with tenant.work() as work:
            await create_consolidation_group(work, code="NOBODY", name="Nobody", parent_id=10**9)
    async with tenant.work() as work:
        await change_consolidation_group(work, group_id=group_id, name="The whole world")
    sheet = await Group(tenant, group_id, (parent,)).sheet(END)
    assert (sheet.currency, [each.entity_id for each in sheet.columns]) == ("USD", [parent])


async def test_without_the_right_nothing_is_set_up_or_entered(tenant: TenantUnderTest) -> None:
    group = await _group(tenant)
    reader = tenant.user("consolidation.read")
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=reader) as work:
            await create_consolidation_group(
                work, code="X", name="X", parent_id=group.entity_ids[0]
            )
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=reader) as work:
            await enter_group_adjustment(
                work, group_id=group.id, posted_on=DAY, reason="Sure", lines=GOODWILL
            )


async def test_who_belongs_to_it_from_when_on(tenant: TenantUnderTest) -> None:
    parent, first, second = await _entities(tenant, 3)
    group = await new_group(tenant, parent, {first: 80})
    await _hold(group, first, second, "75", DAY)
    shares = [
        {each.entity_id: each.share for each in (await group.sheet(day)).columns}
        for day in (date(2026, 3, 1), DAY)
    ]
    assert shares == [
        {parent: 1, first: Decimal("0.8")},
        {parent: 1, first: Decimal("0.8"), second: Decimal("0.6")},
    ]
    await _hold(group, first, second, None, DAY)
    assert [row.entity_id for row in await rows_of(tenant, GroupHolding)] == [first]


async def test_no_circle_and_no_more_than_the_whole_is_held(tenant: TenantUnderTest) -> None:
    parent, first, second = await _entities(tenant, 3)
    group = await new_group(tenant, parent, {first: 80})
    await _hold(group, first, second, "75", BEGIN)
    with pytest.raises(HoldingUnsound):
        await _hold(group, second, first, "10", DAY)
    with pytest.raises(HoldingUnsound):
        await _hold(group, parent, second, "25.000001", DAY)
    for percent in ("-1", "100.5", "1.0000001"):
        with pytest.raises(InvalidInput):
            await _hold(group, parent, second, percent, DAY)
    with pytest.raises(InvalidInput):
        await _hold(group, parent, parent, "5", DAY)
    assert len(await rows_of(tenant, GroupHolding)) == 2


async def test_an_account_is_with_one_affiliate_and_fits_what_it_is(
    tenant: TenantUnderTest,
) -> None:
    group = await _group(tenant)
    parent, other = group.entity_ids
    async with tenant.work() as work:
        loan = await create_account(work, entity_id=parent, code="LOAN", name="Loan", kind="asset")
        due = await create_account(
            work,
            entity_id=other,
            code="DUE",
            name="Due",
            kind="asset",
            role="intercompany_receivable",
        )

    async def mark(account: int, affiliate: int | None, kind: str = "balance") -> None:
        async with tenant.work() as work:
            await mark_affiliate_account(
                work, group_id=group.id, account_id=account, affiliate_id=affiliate, kind=kind
            )

    for account, affiliate, kind in (
        (loan, parent, "balance"),
        (loan, other, "trade"),
        (loan, other, "nonsense"),
        (due, parent, "balance"),
    ):
        with pytest.raises(InvalidInput):
            await mark(account, affiliate, kind)
    await mark(loan, other)
    await mark(loan, other, "investment")
    assert [(r.account_id, r.kind) for r in await rows_of(tenant, AffiliateAccount)] == [
        (loan, "investment")
    ]
    await mark(loan, None)
    assert await rows_of(tenant, AffiliateAccount) == []


async def test_an_adjustment_is_entered_with_a_reason_and_taken_back_by_another(
    tenant: TenantUnderTest,
) -> None:
    group = await _group(tenant)
    other = group.entity_ids[1]
    made = await _enter(
        group,
        AdjustmentLine(account="write_down", amount=Decimal("10"), entity_id=other),
        AdjustmentLine(account="goodwill", amount=Decimal("-10"), entity_id=other),
    )
    sheet = await group.sheet(END)
    assert balances_everywhere(sheet)
    assert put(sheet, "adjustment") == {
        ("write_down", "entered"): 1_000,
        ("goodwill", "entered"): -1_000,
    }
    # A fifth of the entity is others', and of what is written off of it.
    assert (sheet.result_minor, sheet.minority_result_minor) == (-1_000, -200)
    later = await group.sheet(date(2027, 12, 31))
    assert balances_everywhere(later)
    assert standing(later) == {
        "goodwill": -1_000,
        "retained_earnings": 800,
        "minority_interest": 200,
    }
    async with tenant.work() as work:
        await reverse_group_adjustment(work, adjustment_id=made, reason="It was not so")
    assert standing(await group.sheet(END)) == {}
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await reverse_group_adjustment(work, adjustment_id=made, reason="Once more")
    async with tenant.read() as reader:
        (invariant,) = INVARIANTS
        parameters = {"tenant_id": tenant.id}
        assert await reader.value(text(invariant.counted_sql), parameters) == 2
        assert await reader.rows(text(invariant.violations_sql), parameters) == []
    [entered] = await _audited(tenant, "enter_group_adjustment")
    assert entered.reason == "Agreed with the auditor"
    assert [each["amount_minor"] for each in entered.after["lines"]] == [1_000, -1_000]
    [taken_back] = await _audited(tenant, "reverse_group_adjustment")
    assert (taken_back.reason, taken_back.after["reverses"]) == ("It was not so", made)


async def test_an_adjustment_balances_and_names_lines_that_may_be(tenant: TenantUnderTest) -> None:
    group = await _group(tenant)
    with pytest.raises(AdjustmentUnbalanced) as refused:
        await _enter(group, *GOODWILL, AdjustmentLine(account="revenue", amount=Decimal("-4")))
    assert refused.value.fields == {"difference_minor": 100, "currency": "EUR"}
    for account in ("nonsense", "income:", ":X", "asset: X"):
        with pytest.raises(InvalidInput):
            await _enter(group, *GOODWILL, AdjustmentLine(account=account, amount=Decimal("-5")))
    with pytest.raises(InvalidInput):
        await _enter(group, *GOODWILL)
    with pytest.raises(NotFound):
        line = AdjustmentLine(account="revenue", amount=Decimal("-5"), entity_id=10**9)
        await _enter(group, *GOODWILL, line)
    assert await rows_of(tenant, GroupAdjustmentLine) == []
    await _enter(group, *GOODWILL, AdjustmentLine(account="income:9000", amount=Decimal("-5")))
    assert standing(await group.sheet(END)) == {"goodwill": 500, "income:9000": -500}


async def test_nothing_is_entered_into_a_period_that_the_parent_closed(
    tenant: TenantUnderTest,
) -> None:
    group = await _group(tenant)
    async with tenant.work() as work:
        period = await ready_period(work, group.entity_ids[0], date(2026, 1, 15))
    async with tenant.work() as work:
        await close_period(work, period_id=period.id)
    line = AdjustmentLine(account="revenue", amount=Decimal("-5"))
    with pytest.raises(PeriodClosed):
        await _enter(group, *GOODWILL, line, on=date(2026, 1, 31))
    await _enter(group, *GOODWILL, line, on=date(2026, 2, 1))


async def test_nothing_is_entered_into_a_period_that_the_parent_closes_at_the_same_time(
    tenant: TenantUnderTest,
) -> None:
    group = await _group(tenant)
    async with tenant.work() as work:
        period = await ready_period(work, group.entity_ids[0], date(2026, 1, 15))
    with pytest.raises(PeriodClosed):
        await one_waits_for_the_other(
            tenant,
            lambda work: close_period(work, period_id=period.id),
            lambda work: enter_group_adjustment(
                work,
                group_id=group.id,
                posted_on=date(2026, 1, 31),
                reason="Just in time",
                lines=(*GOODWILL, AdjustmentLine(account="revenue", amount=Decimal("-5"))),
            ),
        )
    assert await rows_of(tenant, GroupAdjustmentLine) == []


async def _open(group: Group, day: date) -> dict[str, int]:
    """What the checklist of the parent's period says of groups."""
    async with group.tenant.read() as reader:
        period = await period_on(reader, group.entity_ids[0], day)
        assert period is not None
        states = await checklist(reader, period)
    return {
        each.check.name: each.total
        for each in states
        if each.check.name.startswith("group_") and each.total
    }


async def test_a_parents_checklist_asks_for_what_its_group_needs(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        parent = await new_entity(work, currency="EUR")
        other = await new_entity(work, currency="USD")
    group = await new_group(tenant, parent, {other: 80})
    async with tenant.work() as work:
        for entity in (parent, other):
            await ready_period(work, entity, DAY)
        loan, equity = [
            await create_account(work, entity_id=parent, code=kind, name=kind, kind=kind)
            for kind in ("asset", "equity")
        ]
        await mark_affiliate_account(
            work, group_id=group.id, account_id=loan, affiliate_id=other, kind="balance"
        )
    assert await _open(group, DAY) == {"group_members_closed": 1, "group_rates": 1}
    async with tenant.work() as work:
        await set_rate(work, "EUR", "CHF", "0.9")
        await set_rate(work, "CHF", "USD", "1.2")
        await set_triangulation_currency(work, currency="CHF")
        await write_manual_journal(
            work,
            entity_id=parent,
            posted_on=DAY,
            currency="EUR",
            description="Lent",
            lines=[
                ManualLine(account_id=loan, amount_minor=700),
                ManualLine(account_id=equity, amount_minor=-700),
            ],
        )
    assert await _open(group, DAY) == {"group_members_closed": 1, "group_accounts_agree": 1}


async def test_what_was_said_before_is_in_the_audit(tenant: TenantUnderTest) -> None:
    group = await _group(tenant)
    parent, other = group.entity_ids
    await _hold(group, parent, other, "60", BEGIN)
    await _hold(group, parent, other, "70", BEGIN)
    await _hold(group, parent, other, None, BEGIN)
    rows = await rows_of(tenant, AuditEntry, action="set_group_holding")
    told = [(row.before["percent"], row.after["percent"]) for row in rows[-3:]]
    assert [tuple(map(_percent, each)) for each in told] == [(80, 60), (60, 70), (70, None)]
    async with tenant.work() as work:
        account_id = await create_account(
            work, entity_id=parent, code="1999", name="With the other", kind="asset"
        )
        for affiliate in (other, None):
            await mark_affiliate_account(
                work, group_id=group.id, account_id=account_id, affiliate_id=affiliate
            )
    marked, unmarked = await rows_of(tenant, AuditEntry, action="mark_affiliate_account")
    assert (marked.before, marked.after["affiliate_id"]) == (None, other)
    assert unmarked.before == {"affiliate_id": other, "kind": "balance"}


def _percent(told: str | None) -> int | None:
    return None if told is None else int(Decimal(told))

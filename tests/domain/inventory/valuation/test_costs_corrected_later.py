"""Costs that become known later, and receipts dated earlier: the corrections come to exactly what
valuing everything again from the beginning would give, in a bounded number of journals."""

import random

import pytest
from sqlalchemy import func, select

from domain.inventory.models import CostChange
from domain.ledger.models import Journal
from tests.factories.checks import violations
from tests.factories.costing import Back, In, Ledgered, More, Out, Step, recomputed
from tests.factories.stock import new_stock_setting
from tests.factories.tenants import TenantUnderTest


def some_steps(seed: int) -> list[Step]:
    """Receipts of all ages, issues, and corrections of any earlier receipt."""
    chance = random.Random(seed)
    steps: list[Step] = [In(chance.randint(1, 9), chance.randint(1, 999), chance.randint(0, 9))]
    there, receipts, costs = steps[0].quantity, 1, [steps[0].value]  # type: ignore[union-attr]
    for _ in range(14):
        kind = chance.choice(["in", "out", "out", "more"])
        if kind == "out" and there:
            taken = chance.randint(1, there)
            there -= taken
            steps.append(Out(taken))
        elif kind == "more":
            receipt = chance.randrange(receipts)
            difference = chance.choice([-1, 1]) * chance.randint(1, 300)
            difference = max(difference, -costs[receipt])
            if difference:
                costs[receipt] += difference
                steps.append(More(receipt, difference))
        else:
            come = In(chance.randint(1, 9), chance.randint(0, 999), chance.randint(0, 9))
            there += come.quantity
            receipts += 1
            costs.append(come.value)
            steps.append(come)
    return steps


@pytest.mark.parametrize("method", ["average", "fifo"])
@pytest.mark.parametrize("seed", range(8))
async def test_corrections_come_to_what_a_full_recomputation_gives(
    tenant: TenantUnderTest, method: str, seed: int
) -> None:
    item = await Ledgered(await new_stock_setting(tenant)).use(method)
    steps = some_steps(seed)
    for step in steps:
        await item.take(step)
    assert await item.result() == recomputed(steps, method)
    assert await violations(tenant) == []
    async with tenant.read() as reader:
        journals = await reader.value(
            select(func.count()).where(Journal.tenant_id == reader.tenant_id)
        )
        causes = await reader.value(
            select(func.count(func.distinct(CostChange.cause_id))).where(
                CostChange.tenant_id == reader.tenant_id
            )
        )
    # One journal for each step at most, however many issues it corrects.
    assert journals <= len(steps)
    assert causes <= len(steps)


async def test_one_more_euro_reaches_goods_gone_and_goods_there(tenant: TenantUnderTest) -> None:
    item = await Ledgered(await new_stock_setting(tenant)).use("fifo")
    for step in (In(10, 1000), Out(4), In(10, 2000), Out(8), More(0, 100)):
        await item.take(step)
    assert await item.result() == ([440, 660 + 400], 1600)
    assert await violations(tenant) == []


def _with_returns(seed: int) -> list[Step]:
    """The steps, with some of what left coming back, into the stock or not."""
    chance = random.Random(seed)
    steps: list[Step] = []
    out: list[int] = []
    for step in some_steps(seed):
        steps.append(step)
        if isinstance(step, Out):
            out.append(step.quantity)
        open_issues = [number for number, left in enumerate(out) if left]
        if open_issues and chance.random() < 0.6:
            issue = chance.choice(open_issues)
            some = chance.randint(1, out[issue])
            out[issue] -= some
            steps.append(Back(issue, some, chance.choice([None, None, "scrap", "goods_received"])))
    return steps


@pytest.mark.parametrize("method", ["average", "fifo", "standard"])
@pytest.mark.parametrize("seed", range(6))
async def test_what_came_back_follows_whatever_is_corrected(
    tenant: TenantUnderTest, method: str, seed: int
) -> None:
    """What of an issue came back is always worth what it is of that (an invariant), wherever it
    went, and the stock's account is the stock's value."""
    item = await Ledgered(await new_stock_setting(tenant)).use(method)
    steps = _with_returns(seed)
    for step in steps:
        await item.take(step)
    assert await violations(tenant) == []
    async with tenant.read() as reader:
        journals = await reader.value(
            select(func.count()).where(Journal.tenant_id == reader.tenant_id)
        )
    assert journals <= len(steps)

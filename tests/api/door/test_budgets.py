"""Budgets of tenants and apps: never more than there is, in one process or in many."""

import asyncio
import uuid
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from api.limits.budgets import ProcessBudgets, Purse, Spender, Taken
from app.budgets import SharedBudgets
from domain.onboarding.door.plans import PLANS, Bucket, Plan
from tests.factories.api import ApiUnderTest
from tests.factories.http_requests import codes, post
from tests.factories.tenants import TenantUnderTest

# So slow that nothing comes back while a test runs.
TINY = Plan(tenant=Bucket(100, 1), app=Bucket(60, 1))


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> str:
    """A plan with hardly any points."""
    monkeypatch.setitem(PLANS, "tiny", TINY)
    return "tiny"


def _spender(app: str, plan: str) -> Spender:
    return Spender(f"tenant-{uuid.uuid4()}", app, plan)


async def test_apps_share_their_tenants_budget_and_have_one_each(tiny: str, redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        for budgets in (ProcessBudgets(), SharedBudgets(redis, namespace=str(uuid.uuid4()))):
            one = _spender("one", tiny)
            other = replace(one, app="other")
            assert (await budgets.take(one, 50)).granted == 50
            refused = await budgets.take(one, 20)
            assert (refused.granted, refused.left) == (0, 10)
            assert 9 <= refused.wait_seconds <= 10
            assert (await budgets.take(other, 50)).granted == 50
            # The tenant's bucket is empty now, the other app's is not.
            assert (await budgets.take(other, 5)).granted == 0


async def test_many_at_once_get_no_more_than_there_is(tiny: str, redis_url: str) -> None:
    async with Redis.from_url(redis_url) as one, Redis.from_url(redis_url) as other:
        spender = _spender("app", tiny)
        name = str(uuid.uuid4())
        processes = [SharedBudgets(redis, namespace=name) for redis in (one, other)]
        taken = await asyncio.gather(*(processes[i % 2].take(spender, 7) for i in range(40)))
        assert sum(each.granted for each in taken) == 56


async def test_without_the_store_a_process_counts_alone(tiny: str) -> None:
    async with Redis.from_url("redis://127.0.0.1:1/0") as nowhere:
        budgets = SharedBudgets(nowhere, namespace="none")
        spender = _spender("app", tiny)
        assert (await budgets.take(spender, 60)).granted == 60
        assert (await budgets.take(spender, 1)).granted == 0


async def test_small_operations_are_paid_from_what_was_taken_ahead() -> None:
    asked: list[int] = []

    class Counting(ProcessBudgets):
        async def take(self, spender: Spender, points: int) -> Taken:
            asked.append(points)
            return await super().take(spender, points)

    purse = Purse(Counting())
    spender = Spender("t", "a")
    left = [(await purse.pay(spender, 10)).left for _ in range(3)]
    assert asked == [20_000]
    assert left == [1_999_990, 1_999_980, 1_999_970]
    assert purse.give_back(spender, 4) == 1_999_974


async def test_a_spent_budget_says_when_to_come_back(
    api: ApiUnderTest, tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PLANS, "standard", TINY)
    user = await api.user(tenant, "catalog.read")
    query = {"query": "{ items(first: 30) { nodes { id } } }"}
    assert (await post(user, query)).status_code == 200
    statuses = [(await post(user, query)).status_code for _ in range(30)]
    assert 429 in statuses
    refused = await post(user, {"query": "{ items(first: 57) { nodes { id } } }"})
    assert codes(refused) == ["RATE_LIMITED"]
    assert int(refused.headers["retry-after"]) >= 1


async def test_an_operation_over_the_limit_is_refused_before_it_runs(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    user = await api.user(tenant, "*")
    pages = " ".join(
        f"p{i}: orders(first: 100) {{ nodes {{ lines {{ item {{ id }} }} }} }}" for i in range(20)
    )
    answer = await post(user, {"query": f"{{ {pages} }}"})
    assert codes(answer) == ["TOO_EXPENSIVE"], answer.text
    assert answer.json()["errors"][0]["extensions"]["cost"] == {
        "requested": 22_021,
        "limit": 20_000,
    }

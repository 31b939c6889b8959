"""What waits for somebody is what they may decide about, and no more: list, answer and decision
say the same."""

import random
from datetime import timedelta

import pytest

from domain.approvals.escalating import escalate_steps
from domain.approvals.operations import approve, reject
from domain.approvals.operations.delegations import delegate_approvals
from domain.approvals.outcomes import AlreadyDecided, NotApprover, OwnRequest
from domain.approvals.policies.rules import Facts
from domain.approvals.queries.deciding import (
    cases_for_caller,
    cases_for_everybody,
    trails_of_requests,
)
from domain.approvals.queries.requests import requests_waiting_for_caller
from domain.kernel.errors import InvalidState, NotPermitted
from domain.kernel.paging import PageRequest
from tenancy.principals import Principal
from tests.factories.approvals import (
    SUBJECT,
    Happenings,
    Staff,
    ask,
    new_staff,
    policy_in_effect,
    rule,
    status_of,
    step,
    violations_of,
)
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest

HOUR = timedelta(hours=1)
NAMES = ["ann", "bob", "cat", "dan", "eve", "fay"]
REFUSED = (AlreadyDecided, InvalidState, NotApprover, NotPermitted, OwnRequest)


async def _world(tenant: TenantUnderTest, dice: random.Random) -> tuple[Staff, list[int]]:
    """People with roles, delegations and requests of several kinds, by the dice."""
    roles = ["lead", "boss", "owner"]
    staff = await new_staff(
        tenant,
        {name: dice.sample(roles, dice.randint(0, 2)) for name in NAMES}
        | dict.fromkeys(("gus", "hal"), roles),
        idle=["fay"],
    )
    some = [staff.roles[role] for role in roles]

    def steps(kind: str) -> dict[str, object]:
        late = {"escalates_after_minutes": 60, "escalation_role_ids": [dice.choice(some)]}
        return step(
            kind,
            needed=dice.randint(1, 2),
            role_ids=dice.sample(some, dice.randint(0, 2)),
            user_ids=[staff[name].id for name in dice.sample(NAMES[:4], dice.choice([0, 2]))],
            **(late if dice.random() < 0.5 else {}),
        )

    rules = [rule(f"r{n}", steps("a"), steps("b"), condition={"kinds": [str(n)]}) for n in range(3)]
    await policy_in_effect(tenant, *rules)
    for _ in range(4):
        giver, taker = dice.sample([name for name in NAMES if name != "fay"], 2)
        async with tenant.work(as_=staff[giver]) as work:
            await delegate_approvals(
                work,
                to_user_id=staff[taker].id,
                ends_at=tenant.now + dice.randint(1, 3) * HOUR,
                reason="away",
                subjects=dice.choice([[], [SUBJECT]]),
            )
    requests = [
        await ask(tenant, staff[dice.choice(NAMES)], subject_id=n, facts=Facts(kind=str(n % 4)))
        for n in range(8)
    ]
    return staff, requests


async def _listed(tenant: TenantUnderTest, who: Principal) -> set[int]:
    async with tenant.read(as_=who) as reader:
        listing = await requests_waiting_for_caller(
            reader, at=tenant.now, request=PageRequest(size=100)
        )
    return {row.id for row in listing.page.rows}


async def _answered(tenant: TenantUnderTest, who: Principal, requests: list[int]) -> set[int]:
    async with tenant.read(as_=who) as reader:
        cases, caller = await cases_for_caller(reader, request_ids=requests)
    return {n for n, each in cases.items() if caller.right(each, tenant.now) is not None}


async def _shown(tenant: TenantUnderTest, staff: Staff, requests: list[int]) -> dict[str, set[int]]:
    async with tenant.read() as reader:
        found = await cases_for_everybody(reader, request_ids=requests)
    shown: dict[str, set[int]] = {name: set() for name in staff.people}
    for number, each in found.items():
        for person in each.people(tenant.now):
            shown[person.name].add(number)
    return shown


async def _decide(tenant: TenantUnderTest, who: Principal, number: int, *, yes: bool) -> bool:
    try:
        async with tenant.work(as_=who) as work:
            await (approve if yes else reject)(work, request_id=number)
        return True
    except REFUSED:
        return False


@pytest.mark.parametrize("seed", range(4))
async def test_list_answer_and_decision_agree_through_a_random_story(
    tenant: TenantUnderTest, happenings: Happenings, seed: int
) -> None:
    dice = random.Random(seed)
    staff, requests = await _world(tenant, dice)
    for turn in range(10):
        at = tenant.at(tenant.now + turn * HOUR / 4)
        if turn % 5 == 4:
            async with at.work() as work:
                await escalate_steps(work)
        shown = await _shown(at, staff, requests)
        for name in dice.sample(list(staff.people), 4):
            who = staff[name]
            assert await _listed(at, who) == shown[name] == await _answered(at, who, requests)
        name, number = dice.choice(list(staff.people)), dice.choice(requests)
        said = await _decide(at, staff[name], number, yes=dice.random() < 0.85)
        assert said is (number in shown[name])
    assert await violations_of(tenant) == []
    ended = [n for n in requests if await status_of(tenant, n) == "approved"]
    assert len(happenings.approved) == len(ended)


async def test_lists_and_trails_take_as_many_statements_for_many_as_for_one(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff, requests = await _world(tenant, random.Random(1))
    async with tenant.read(as_=staff["bob"]) as reader:
        taken = []
        for some in (requests[:1], requests):
            with counted_statements(tenant.engine) as count:
                await cases_for_caller(reader, request_ids=some)
                await trails_of_requests(reader, request_ids=some)
            taken.append(len(count))
    assert taken[0] == taken[1] <= 10


async def test_the_trail_tells_everything_in_its_order(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await new_staff(tenant, {"ann": [], "bob": ["lead"], "cat": [], "dan": ["boss"]})
    await policy_in_effect(
        tenant,
        rule(
            "r",
            step("lead", role_ids=[staff.roles["lead"]]),
            step(
                "sales",
                user_ids=[staff["bob"].id],
                escalates_after_minutes=60,
                escalation_role_ids=[staff.roles["boss"]],
            ),
        ),
    )
    async with tenant.work(as_=staff["bob"]) as work:
        await delegate_approvals(
            work, to_user_id=staff["cat"].id, ends_at=tenant.now + 9 * HOUR, reason="away"
        )
    number = await ask(tenant, staff["ann"])
    moments = [tenant.at(tenant.now + n * HOUR) for n in range(4)]
    async with moments[1].work(as_=staff["cat"]) as work:
        await approve(work, request_id=number, comment="fine")
    async with moments[2].work() as work:
        await escalate_steps(work)
    async with moments[3].work(as_=staff["dan"]) as work:
        await reject(work, request_id=number, comment="too much")
    async with tenant.read(as_=staff["ann"]) as reader:
        told = (await trails_of_requests(reader, request_ids=[number]))[number]
    assert [(e.kind, e.by, e.for_name, e.step, e.comment) for e in told] == [
        ("requested", "ann", None, None, "needed"),
        ("approved", "cat", "bob", "lead", "fine"),
        ("escalated", None, None, "sales", None),
        ("rejected", "dan", None, "sales", "too much"),
    ]
    assert [e.at for e in told] == [each.now for each in moments]

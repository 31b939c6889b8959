"""Several of several, standing in, escalation and expiry; at once, and by the clock."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from domain.approvals.ending import expire_requests
from domain.approvals.escalating import escalate_steps
from domain.approvals.models import ApprovalDecision
from domain.approvals.operations import approve, reject, withdraw
from domain.approvals.operations.delegations import delegate_approvals, end_delegation
from domain.approvals.outcomes import (
    AlreadyDecided,
    CannotStandIn,
    NotApprover,
    OwnRequest,
)
from domain.kernel.errors import InvalidInput, InvalidState, NotFound, NotPermitted
from domain.kernel.models import AuditEntry
from tenancy.principals import Principal
from tests.factories.approvals import (
    RIGHTS,
    Happenings,
    Staff,
    ask,
    decisions_of,
    new_staff,
    policy_in_effect,
    rule,
    status_of,
    step,
    steps_of,
    violations_of,
)
from tests.factories.tenants import TenantUnderTest

HOUR = timedelta(hours=1)


async def _say(
    tenant: TenantUnderTest,
    who: Principal,
    request_id: int,
    decide: Callable[..., Awaitable[int]] = approve,
) -> str:
    try:
        async with tenant.work(as_=who) as work:
            await decide(work, request_id=request_id)
        return "said"
    except (AlreadyDecided, InvalidState, NotApprover, OwnRequest, NotPermitted) as refused:
        return type(refused).__name__


async def _delegate(
    tenant: TenantUnderTest, giver: Principal, taker: Principal, *, hours: int = 8
) -> int:
    async with tenant.work(as_=giver) as work:
        return await delegate_approvals(
            work, to_user_id=taker.id, ends_at=tenant.now + hours * HOUR, reason="holiday"
        )


async def _leads(tenant: TenantUnderTest, needed: int = 2, **fields: object) -> Staff:
    """Ann who asks, three leads, and Zoe who is none; `needed` leads have to say yes."""
    staff = await new_staff(
        tenant, {"ann": ["lead"], "bob": ["lead"], "cat": ["lead"], "dan": ["lead"], "zoe": []}
    )
    lead = step("leads", needed=needed, role_ids=[staff.roles["lead"]], **fields)
    await policy_in_effect(tenant, rule("r", lead))
    return staff


async def test_two_of_three_are_needed_and_a_person_counts_once(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await _leads(tenant)
    request_id = await ask(tenant, staff["ann"])
    said = [await _say(tenant, staff[who], request_id) for who in ("ann", "zoe", "bob", "bob")]
    assert said == ["OwnRequest", "NotApprover", "said", "AlreadyDecided"]
    assert (await status_of(tenant, request_id), happenings.approved) == ("waiting", [])
    assert await _say(tenant, staff["cat"], request_id) == "said"
    assert await status_of(tenant, request_id) == "approved"
    assert len(happenings.approved) == 1
    assert await _say(tenant, staff["dan"], request_id) == "InvalidState"
    assert await violations_of(tenant) == []


async def test_one_no_is_enough_whoever_has_said_yes(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await _leads(tenant)
    request_id = await ask(tenant, staff["ann"])
    assert await _say(tenant, staff["bob"], request_id) == "said"
    assert await _say(tenant, staff["cat"], request_id, reject) == "said"
    assert await status_of(tenant, request_id) == "rejected"
    assert await steps_of(tenant, request_id) == [("leads", "rejected")]
    assert (happenings.approved, happenings.dropped) == ([], [(7, "rejected")])
    assert await violations_of(tenant) == []


@pytest.mark.parametrize("others", [["bob", "cat", "dan"], ["bob", "bob", "bob"]])
async def test_of_many_at_once_as_many_count_as_are_needed_and_the_same_person_once(
    tenant: TenantUnderTest, happenings: Happenings, others: list[str]
) -> None:
    staff = await _leads(tenant)
    request_id = await ask(tenant, staff["ann"])
    said = await asyncio.gather(*(_say(tenant, staff[who], request_id) for who in others * 2))
    different = len(set(others)) > 1
    assert said.count("said") == (2 if different else 1)
    assert await status_of(tenant, request_id) == ("approved" if different else "waiting")
    assert len(happenings.approved) == (1 if different else 0)
    assert await violations_of(tenant) == []


async def test_a_yes_and_a_no_at_once_end_in_one_of_the_two(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await _leads(tenant, needed=1)
    for subject_id in range(4):
        request_id = await ask(tenant, staff["ann"], subject_id=subject_id)
        said = await asyncio.gather(
            _say(tenant, staff["bob"], request_id),
            _say(tenant, staff["cat"], request_id, reject),
            _say(tenant, staff["ann"], request_id, withdraw),
        )
        assert sorted(said) == ["InvalidState", "InvalidState", "said"]
    assert len(happenings.approved) + len(happenings.dropped) == 4
    assert await violations_of(tenant) == []


async def test_a_delegate_stands_in_between_two_moments_and_is_recorded_for_whom(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await _leads(tenant)
    request_id = await ask(tenant, staff["ann"])
    await _delegate(tenant, staff["bob"], staff["zoe"], hours=2)
    late = tenant.at(tenant.now + 2 * HOUR)
    assert await _say(late, staff["zoe"], request_id) == "NotApprover"
    assert await _say(tenant, staff["zoe"], request_id) == "said"
    assert await _say(tenant, staff["bob"], request_id) == "AlreadyDecided"
    assert await decisions_of(tenant, request_id) == [("approved", "zoe", "bob")]
    assert await _say(tenant, staff["cat"], request_id) == "said"
    assert await status_of(tenant, request_id) == "approved"
    async with tenant.read() as reader:
        behalf = await reader.rows(
            select(AuditEntry.actor, AuditEntry.behalf_id, AuditEntry.behalf_of)
            .where(AuditEntry.tenant_id == tenant.id, AuditEntry.action == "approve_request")
            .order_by(AuditEntry.id)
        )
    assert [tuple(row) for row in behalf] == [
        ("zoe", staff["bob"].id, "bob"),
        ("cat", None, None),
    ]


async def test_the_requester_decides_through_nobody_and_nobody_passes_it_on(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await _leads(tenant, needed=1)
    request_id = await ask(tenant, staff["ann"])
    await _delegate(tenant, staff["ann"], staff["zoe"])
    await _delegate(tenant, staff["bob"], staff["ann"])
    assert await _say(tenant, staff["zoe"], request_id) == "NotApprover"
    assert await _say(tenant, staff["ann"], request_id) == "OwnRequest"
    # Zoe stands in for Ann, who stands in for Bob: that is no chain.
    other = await ask(tenant, staff["cat"], subject_id=8)
    assert await _say(tenant, staff["zoe"], other) == "said"
    assert await decisions_of(tenant, other) == [("approved", "zoe", "ann")]
    # Who is asked in their own right may decide about whoever they stand in for.
    third = await ask(tenant, staff["bob"], subject_id=9)
    await _delegate(tenant, staff["bob"], staff["dan"])
    assert await _say(tenant, staff["dan"], third) == "said"
    assert await decisions_of(tenant, third) == [("approved", "dan", None)]


async def test_a_delegation_that_ends_while_it_is_used_is_used_before_or_not_at_all(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await _leads(tenant, needed=1)
    for subject_id in range(4):
        delegation_id = await _delegate(tenant, staff["bob"], staff["zoe"])
        request_id = await ask(tenant, staff["ann"], subject_id=subject_id)

        async def end(delegation_id: int = delegation_id) -> None:
            async with tenant.work(as_=staff["bob"]) as work:
                await end_delegation(work, delegation_id=delegation_id)

        said, _ = await asyncio.gather(_say(tenant, staff["zoe"], request_id), end())
        assert said in ("said", "NotApprover")
        assert (await status_of(tenant, request_id) == "approved") is (said == "said")
        assert await _say(tenant, staff["zoe"], request_id) in ("InvalidState", "NotApprover")
    assert await violations_of(tenant) == []


async def test_a_delegation_is_of_ones_own_to_somebody_who_may_decide(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await _leads(tenant)
    with pytest.raises(InvalidInput):
        await _delegate(tenant, staff["bob"], staff["bob"])
    with pytest.raises(InvalidInput):
        await _delegate(tenant, staff["bob"], staff["zoe"], hours=0)
    with pytest.raises(NotFound):
        await _delegate(tenant, staff["bob"], tenant.user(id=10_000_000))
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=staff["bob"]) as work:
            await delegate_approvals(
                work,
                from_user_id=staff["cat"].id,
                to_user_id=staff["zoe"].id,
                ends_at=tenant.now + HOUR,
                reason="x",
            )
    with pytest.raises(InvalidInput):
        async with tenant.work(as_=staff["bob"]) as work:
            await delegate_approvals(
                work,
                to_user_id=staff["zoe"].id,
                ends_at=tenant.now + HOUR,
                reason="x",
                subjects=["nothing"],
            )
    delegation_id = await _delegate(tenant, staff["bob"], staff["zoe"])
    with pytest.raises(NotFound):
        async with tenant.work(as_=staff["cat"]) as work:
            await end_delegation(work, delegation_id=delegation_id)
    async with tenant.work(as_=tenant.user(*RIGHTS, "approvals.manage", id=5)) as work:
        await end_delegation(work, delegation_id=delegation_id)
    with pytest.raises(InvalidState):
        async with tenant.work(as_=staff["bob"]) as work:
            await end_delegation(work, delegation_id=delegation_id)


async def test_who_may_not_decide_at_all_cannot_stand_in(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await new_staff(tenant, {"kim": [], "lee": []}, idle=["lee"])
    with pytest.raises(CannotStandIn) as told:
        await _delegate(tenant, staff["kim"], staff["lee"])
    assert told.value.fields == {"user_id": staff["lee"].id}


async def test_a_step_that_waits_too_long_asks_those_of_its_escalation_too(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await new_staff(tenant, {"ann": [], "bob": ["lead"], "cat": ["boss"]})
    lead = step(
        "lead",
        role_ids=[staff.roles["lead"]],
        escalates_after_minutes=60,
        escalation_role_ids=[staff.roles["boss"]],
    )
    await policy_in_effect(tenant, rule("r", lead))
    request_id = await ask(tenant, staff["ann"])
    early, due = tenant.at(tenant.now + HOUR - timedelta(seconds=1)), tenant.at(tenant.now + HOUR)
    async with early.work() as work:
        assert await escalate_steps(work) == 0
    assert await _say(early, staff["cat"], request_id) == "NotApprover"
    done = await asyncio.gather(*(_escalate(due) for _ in range(3)))
    assert sum(done) == 1
    assert await _say(due, staff["cat"], request_id) == "said"
    assert [each.subject_id for each in happenings.approved] == [7]
    async with due.work() as work:
        assert await escalate_steps(work) == 0


async def _escalate(tenant: TenantUnderTest) -> int:
    async with tenant.work() as work:
        return await escalate_steps(work)


async def test_what_a_rule_says_expires_ends_though_some_have_said_yes(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await new_staff(tenant, {"ann": [], "bob": [], "cat": []})
    await policy_in_effect(tenant, rule("r", step("two", needed=2), expires_after_minutes=60))
    request_id = await ask(tenant, staff["ann"], expires_at=tenant.now + 5 * HOUR)
    assert await _say(tenant, staff["bob"], request_id) == "said"
    late = tenant.at(tenant.now + HOUR)
    assert await _say(late, staff["cat"], request_id) == "InvalidState"
    async with late.work() as work:
        assert await expire_requests(work) == 1
    assert await steps_of(tenant, request_id) == [("two", "dropped")]
    assert (happenings.approved, happenings.dropped) == ([], [(7, "expired")])
    assert await violations_of(tenant) == []


async def test_a_decision_while_it_expires_is_made_before_or_not_at_all(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await new_staff(tenant, {"ann": [], "bob": []})
    late = tenant.at(tenant.now + HOUR)

    async def expire() -> None:
        async with late.work() as work:
            await expire_requests(work)

    for subject_id in range(4):
        request_id = await ask(tenant, staff["ann"], subject_id=subject_id, expires_at=late.now)
        said, _ = await asyncio.gather(_say(tenant, staff["bob"], request_id), expire())
        await expire()
        wanted = "approved" if said == "said" else "expired"
        assert await status_of(tenant, request_id) == wanted
    assert len(happenings.approved) + len(happenings.dropped) == 4
    async with tenant.read() as reader:
        decided = await reader.value(
            select(func.count()).where(ApprovalDecision.tenant_id == tenant.id)
        )
    assert decided == len(happenings.approved)

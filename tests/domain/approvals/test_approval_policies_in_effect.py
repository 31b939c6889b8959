"""Policies: which version decides, who is asked, what a rule decides by itself."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import ProgrammingError

from domain.approvals.models import ApprovalPolicy, ApprovalPolicyContent, ApprovalRequest
from domain.approvals.operations import approve
from domain.approvals.operations.policies import (
    activate_approval_policy,
    create_approval_policy,
    retire_approval_policy,
    update_approval_policy,
)
from domain.approvals.outcomes import NotApprover, PolicyPeriodTaken, StepWithoutApprovers
from domain.approvals.policies.rules import Facts, Step
from domain.kernel.errors import InvalidInput, InvalidState, NotPermitted
from domain.kernel.models import AuditEntry, EventRecord
from tests.factories.approvals import (
    SUBJECT,
    Gone,
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
)
from tests.factories.tenants import TenantUnderTest

DAY = timedelta(days=1)


async def _two_steps(tenant: TenantUnderTest) -> Staff:
    """Small ones take a lead, larger ones a boss as well."""
    staff = await new_staff(tenant, {"ann": [], "bob": ["lead"], "cat": ["boss"], "dan": []})
    lead = step("lead", role_ids=[staff.roles["lead"]])
    boss = step("boss", role_ids=[staff.roles["boss"]])
    small = {"currency": "EUR", "amount_below_minor": 1000}
    await policy_in_effect(tenant, rule("small", lead, condition=small), rule("large", lead, boss))
    return staff


async def test_the_rule_that_applies_names_who_is_asked_one_step_after_the_other(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await _two_steps(tenant)
    request_id = await ask(tenant, staff["ann"], facts=Facts(amount_minor=1000, currency="EUR"))
    assert await steps_of(tenant, request_id) == [("lead", "waiting"), ("boss", "pending")]
    for who in ("dan", "cat"):
        with pytest.raises(NotApprover) as told:
            async with tenant.work(as_=staff[who]) as work:
                await approve(work, request_id=request_id)
        assert told.value.fields == {"approval_request_id": request_id, "step": "lead"}
    async with tenant.work(as_=staff["bob"]) as work:
        await approve(work, request_id=request_id)
    assert await steps_of(tenant, request_id) == [("lead", "passed"), ("boss", "waiting")]
    assert (await status_of(tenant, request_id), happenings.approved) == ("waiting", [])
    async with tenant.work(as_=staff["cat"]) as work:
        await approve(work, request_id=request_id)
    assert await status_of(tenant, request_id) == "approved"
    assert [each.subject_id for each in happenings.approved] == [7]
    assert await decisions_of(tenant, request_id) == [
        ("approved", "bob", None),
        ("approved", "cat", None),
    ]


async def test_what_a_rule_looked_at_is_kept_and_every_yes_is_told(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await _two_steps(tenant)
    facts = Facts(amount_minor=1000, currency="EUR", percent=Decimal("7.5"))
    request_id = await ask(tenant, staff["ann"], facts=facts)
    for who in ("bob", "cat"):
        async with tenant.work(as_=staff[who]) as work:
            await approve(work, request_id=request_id)
    request, events = ApprovalRequest, EventRecord
    async with tenant.read() as reader:
        row = await reader.row(
            select(request.rule, request.facts).where(request.tenant_id == tenant.id)
        )
        types = await reader.values(
            select(events.type).where(events.tenant_id == tenant.id).order_by(events.id)
        )
    assert row is not None
    assert tuple(row) == (
        "large",
        {"amount_minor": 1000, "currency": "EUR", "percent": "7.5", "reason": "needed"},
    )
    assert types == [
        "approval_policy.activated",
        "approval.requested",
        "approval.given",
        "approval.decided",
    ]


async def test_a_rule_that_decides_by_itself_lets_it_happen_at_once_and_is_recorded_for_it(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await new_staff(tenant, {"ann": []})
    await policy_in_effect(
        tenant,
        rule("trifles", automatic=True, condition={"currency": "EUR", "amount_below_minor": 50}),
    )
    trifle = await ask(
        tenant, staff["ann"], subject_id=1, facts=Facts(amount_minor=49, currency="EUR")
    )
    assert await status_of(tenant, trifle) == "approved"
    assert await steps_of(tenant, trifle) == [("Decided by the rule", "passed")]
    assert await decisions_of(tenant, trifle) == [("approved", "trifles (policy version 1)", None)]
    assert [each.subject_id for each in happenings.approved] == [1]
    larger = await ask(
        tenant, staff["ann"], subject_id=2, facts=Facts(amount_minor=50, currency="EUR")
    )
    assert await status_of(tenant, larger) == "waiting"
    demanded = await ask(
        tenant,
        staff["ann"],
        subject_id=3,
        facts=Facts(amount_minor=1, currency="EUR"),
        steps=[Step(name="owner", user_ids=(staff["ann"].id,))],
    )
    assert await steps_of(tenant, demanded) == [("owner", "waiting")]
    happenings.refusing = True
    with pytest.raises(Gone):
        await ask(tenant, staff["ann"], subject_id=4, facts=Facts(amount_minor=1, currency="EUR"))
    async with tenant.read() as reader:
        asked = await reader.values(
            select(ApprovalRequest.subject_id)
            .where(ApprovalRequest.tenant_id == tenant.id)
            .order_by(ApprovalRequest.id)
        )
        audited = await reader.rows(
            select(AuditEntry.action, AuditEntry.after["decided_by"].astext)
            .where(AuditEntry.tenant_id == tenant.id, AuditEntry.subject_id == trifle)
            .order_by(AuditEntry.id)
        )
    assert asked == [1, 2, 3]
    assert ("approve_request", "trifles (policy version 1)") in [tuple(row) for row in audited]


async def test_the_version_in_effect_decides_and_what_waits_keeps_its_steps(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await new_staff(tenant, {"ann": [], "bob": ["lead"], "cat": ["boss"]})
    first = await policy_in_effect(tenant, rule("r", step("a", role_ids=[staff.roles["lead"]])))
    before = await ask(tenant, staff["ann"], subject_id=1)
    async with tenant.work() as work:
        second = await create_approval_policy(
            work, subject=SUBJECT, name="v2", rules=[rule("r", step("b"))]
        )
        await activate_approval_policy(work, policy_id=second, effective_from=tenant.now + DAY)
    between = await ask(tenant, staff["ann"], subject_id=2)
    after = await ask(tenant.at(tenant.now + DAY), staff["ann"], subject_id=3)
    for request_id, name in ((before, "a"), (between, "a"), (after, "b")):
        assert await steps_of(tenant, request_id) == [(name, "waiting")]
    async with tenant.work() as work:
        with pytest.raises(InvalidState):
            await update_approval_policy(work, policy_id=first, name="other")
        with pytest.raises(InvalidState):
            await activate_approval_policy(work, policy_id=first)
        third = await create_approval_policy(
            work, subject=SUBJECT, name="v3", rules=[rule("r", step("c"))]
        )
    with pytest.raises(PolicyPeriodTaken) as told:
        async with tenant.work() as work:
            await activate_approval_policy(work, policy_id=third)
    assert told.value.fields["version"] == 1
    async with tenant.at(tenant.now + 2 * DAY).work() as work:
        await retire_approval_policy(work, policy_id=second)
    last = await ask(tenant.at(tenant.now + 2 * DAY), staff["ann"], subject_id=4)
    assert await steps_of(tenant, last) == [("Anybody with the permission", "waiting")]


async def test_what_an_active_policy_says_cannot_be_changed_by_anybody(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    policy_id = await policy_in_effect(tenant, rule("r", automatic=True))
    for statement in (
        "UPDATE approval_policy_content SET rules = '[]'",
        "DELETE FROM approval_policy_content",
        "UPDATE approval_step_approver SET user_id = 1",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with tenant.work() as work:
                await work.execute(text(statement))
    async with tenant.work() as work:
        await work.execute(
            update(ApprovalPolicy)
            .where(ApprovalPolicy.tenant_id == tenant.id, ApprovalPolicy.id == policy_id)
            .values(rules=[])
        )
    staff = await new_staff(tenant, {"ann": []})
    request_id = await ask(tenant, staff["ann"])
    assert await status_of(tenant, request_id) == "approved"
    async with tenant.read() as reader:
        kept = await reader.value(
            select(ApprovalPolicyContent.rules).where(ApprovalPolicyContent.tenant_id == tenant.id)
        )
    assert [each["name"] for each in kept] == ["r"]


async def test_a_policy_that_nobody_could_satisfy_or_that_names_nothing_is_refused(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    staff = await new_staff(tenant, {"ann": ["lead"], "bob": []})
    lead = staff.roles["lead"]
    async with tenant.work() as work:
        policy_id = await create_approval_policy(
            work,
            subject=SUBJECT,
            name="p",
            rules=[rule("r", step("two", needed=2, role_ids=[lead]))],
        )
    with pytest.raises(StepWithoutApprovers) as told:
        async with tenant.work() as work:
            await activate_approval_policy(work, policy_id=policy_id)
    assert told.value.fields == {"rule": "r", "step": "two", "needed": 2, "possible": 1}
    for wrong in (
        step("s", role_ids=[lead + 10_000]),
        step("s", user_ids=[10_000_000]),
        step("s", escalation_user_ids=[10_000_000], escalates_after_minutes=5),
    ):
        with pytest.raises(InvalidInput):
            async with tenant.work() as work:
                await create_approval_policy(
                    work, subject=SUBJECT, name="p", rules=[rule("r", wrong)]
                )
    for condition in ({"entity_ids": [1]}, {"channel_ids": [1]}, {"location_ids": [1]}):
        with pytest.raises(InvalidInput):
            async with tenant.work() as work:
                await create_approval_policy(
                    work,
                    subject=SUBJECT,
                    name="p",
                    rules=[rule("r", step("s"), condition=condition)],
                )
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await create_approval_policy(work, subject="nothing", name="p", rules=[rule("r")])
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=staff["ann"]) as work:
            await create_approval_policy(
                work, subject=SUBJECT, name="p", rules=[rule("r", automatic=True)]
            )

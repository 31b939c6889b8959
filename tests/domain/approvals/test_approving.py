"""What waits is blocked, one decision is made, and never by who asked."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from domain.approvals.ending import expire_requests
from domain.approvals.models import ApprovalDecision, ApprovalRequest, ApprovalStep
from domain.approvals.operations import approve, reject, withdraw
from domain.approvals.outcomes import AwaitingApproval, OwnRequest
from domain.approvals.requesting import request_approval, require_not_waiting
from domain.kernel.errors import InvalidInput, InvalidState, NotFound, NotPermitted
from domain.kernel.idempotency import Repeatable, once
from domain.kernel.models import AuditEntry, EventRecord, Outbox
from domain.kernel.work import Work
from tenancy.principals import Principal, PrincipalKind
from tests.factories.approvals import RIGHTS, SUBJECT, Gone, Happenings
from tests.factories.tenants import TenantUnderTest


async def _ask(
    tenant: TenantUnderTest, *, subject_id: int = 7, as_: Principal | None = None, **fields: Any
) -> int:
    async with tenant.work(as_=as_ or tenant.user(*RIGHTS, id=1)) as work:
        return await request_approval(
            work,
            subject=SUBJECT,
            subject_id=subject_id,
            summary="Do the thing",
            details={"quantity": "5"},
            reason="needed",
            **fields,
        )


async def _status(tenant: TenantUnderTest, request_id: int) -> str:
    async with tenant.read() as reader:
        return str(
            await reader.value(
                select(ApprovalRequest.status).where(
                    ApprovalRequest.tenant_id == tenant.id, ApprovalRequest.id == request_id
                )
            )
        )


async def _decisions(tenant: TenantUnderTest) -> list[tuple[str, str, str | None]]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(
                ApprovalDecision.verdict, ApprovalDecision.decided_by, ApprovalDecision.comment
            ).where(ApprovalDecision.tenant_id == tenant.id)
        )
    return [tuple(row) for row in rows]


async def _all(tenant: TenantUnderTest, column: Any) -> list[Any]:
    async with tenant.read() as reader:
        table = column.class_
        return list(
            await reader.values(
                select(column).where(table.tenant_id == tenant.id).order_by(table.id)
            )
        )


async def test_what_is_approved_happens_in_the_transaction_of_the_decision(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    request_id = await _ask(tenant)
    async with tenant.work(as_=tenant.user(*RIGHTS, id=2, name="boss")) as work:
        assert await approve(work, request_id=request_id, comment="fine") == request_id
    assert [(r.subject_id, r.details) for r in happenings.approved] == [(7, {"quantity": "5"})]
    assert await _status(tenant, request_id) == "approved"
    assert await _decisions(tenant) == [("approved", "boss", "fine")]
    assert await _all(tenant, EventRecord.type) == ["approval.requested", "approval.decided"]
    assert await _all(tenant, AuditEntry.action) == [
        "request_approval",
        "approve_request",
        "happen",
    ]


async def test_the_requester_never_decides(tenant: TenantUnderTest, happenings: Happenings) -> None:
    request_id = await _ask(tenant)
    for decide in (approve, reject):
        with pytest.raises(OwnRequest):
            async with tenant.work(as_=tenant.user(*RIGHTS, id=1)) as work:
                await decide(work, request_id=request_id)
    assert (await _status(tenant, request_id), happenings.approved) == ("waiting", [])


@pytest.mark.parametrize("quoted", [1, 2])
async def test_the_database_itself_refuses_a_decision_of_the_requester(
    tenant: TenantUnderTest, happenings: Happenings, quoted: int
) -> None:
    """Neither told truly, nor by misquoting who asked."""
    request_id = await _ask(tenant)
    [step_id] = await _all(tenant, ApprovalStep.id)
    with pytest.raises(IntegrityError):
        async with tenant.work() as work:
            await work.execute(
                insert(ApprovalDecision).values(
                    tenant_id=tenant.id,
                    request_id=request_id,
                    step_id=step_id,
                    requester_kind="user",
                    requester_id=quoted,
                    decider_kind="user",
                    decider_id=1,
                    for_kind="user",
                    for_id=1,
                    decided_by="x",
                    verdict="approved",
                    decided_at=tenant.now,
                )
            )


async def test_of_two_deciders_at_once_exactly_one_decides(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    request_id = await _ask(tenant)

    async def decide(who: int) -> str:
        try:
            async with tenant.work(as_=tenant.user(*RIGHTS, id=who)) as work:
                await (approve if who % 2 else reject)(work, request_id=request_id)
            return "decided"
        except InvalidState:
            return "too late"

    said = await asyncio.gather(*(decide(who) for who in range(2, 10)))
    assert sorted(said) == ["decided"] + ["too late"] * 7
    assert len(await _decisions(tenant)) == 1
    assert len(happenings.approved) + len(happenings.dropped) == 1


async def test_a_decision_repeated_with_its_key_is_one_effect(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    request_id = await _ask(tenant)
    again = Repeatable("k", "approve", {"id": request_id})
    for _ in range(2):
        async with tenant.work(as_=tenant.user(*RIGHTS, id=2)) as work:

            async def run(work: Work = work) -> dict[str, Any]:
                return {"id": await approve(work, request_id=request_id)}

            assert await once(work, again, run) == {"id": request_id}
    assert len(happenings.approved) == len(await _decisions(tenant)) == 1


@pytest.mark.parametrize("fault", ["refusing", "failing"])
async def test_what_cannot_happen_any_more_leaves_the_request_undecided(
    tenant: TenantUnderTest, happenings: Happenings, fault: str
) -> None:
    request_id = await _ask(tenant)
    setattr(happenings, fault, True)
    with pytest.raises(Gone if fault == "refusing" else RuntimeError):
        async with tenant.work(as_=tenant.user(*RIGHTS, id=2)) as work:
            await approve(work, request_id=request_id)
    assert await _status(tenant, request_id) == "waiting"
    assert await _decisions(tenant) == []
    assert await _all(tenant, AuditEntry.action) == ["request_approval"]


async def test_rejected_withdrawn_and_expired_requests_have_no_effect_ever(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    soon = tenant.now + timedelta(hours=1)
    rejected, withdrawn, expired = [
        await _ask(tenant, subject_id=n, expires_at=soon if n == 3 else None) for n in (1, 2, 3)
    ]
    async with tenant.work(as_=tenant.user(*RIGHTS, id=2)) as work:
        await reject(work, request_id=rejected, comment="no")
    async with tenant.work(as_=tenant.user(*RIGHTS, id=1)) as work:
        await withdraw(work, request_id=withdrawn)
    later = tenant.at(soon)
    with pytest.raises(InvalidState) as told:  # Its time is over, though no worker has said so.
        async with later.work(as_=tenant.user(*RIGHTS, id=2)) as work:
            await approve(work, request_id=expired)
    assert told.value.fields["state"] == "expired"
    async with tenant.work() as work:
        assert await expire_requests(work) == 0
    async with later.work() as work:
        assert await expire_requests(work) == 1
    assert [await _status(tenant, n) for n in (rejected, withdrawn, expired)] == [
        "rejected",
        "withdrawn",
        "expired",
    ]
    assert happenings.dropped == [(1, "rejected"), (2, "withdrawn"), (3, "expired")]
    for request_id in (rejected, withdrawn, expired):
        with pytest.raises(InvalidState):
            async with tenant.work(as_=tenant.user(*RIGHTS, id=2)) as work:
                await approve(work, request_id=request_id)
    assert happenings.approved == []
    assert (await _all(tenant, EventRecord.type))[3:] == [
        "approval.decided",
        "approval.withdrawn",
        "approval.expired",
    ]


async def test_what_waits_cannot_be_asked_for_twice_nor_go_on(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    request_id = await _ask(tenant)
    with pytest.raises(AwaitingApproval) as told:
        await _ask(tenant)
    assert told.value.fields == {"approval_request_id": request_id, "subject": SUBJECT}
    async with tenant.read() as reader:
        with pytest.raises(AwaitingApproval):
            await require_not_waiting(reader, subject=SUBJECT, subject_id=7)
        await require_not_waiting(reader, subject=SUBJECT, subject_id=8)


async def test_many_who_ask_for_the_same_at_once_make_one_request(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    done = await asyncio.gather(*(_ask(tenant) for _ in range(6)), return_exceptions=True)
    assert len([each for each in done if isinstance(each, int)]) == 1
    assert await _all(tenant, ApprovalRequest.subject_id) == [7]


async def test_deciding_needs_the_permission_of_the_subject_too(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    request_id = await _ask(tenant)
    for rights in (("approvals.decide",), ("things.approve",)):
        with pytest.raises(NotPermitted):
            async with tenant.work(as_=tenant.user(*rights, id=2)) as work:
                await approve(work, request_id=request_id)
    with pytest.raises(NotFound):
        async with tenant.work(as_=tenant.user(*RIGHTS, id=2)) as work:
            await withdraw(work, request_id=request_id)
    with pytest.raises(InvalidInput):
        await _ask(tenant, subject_id=9, expires_at=tenant.now)
    assert len(await _all(tenant, Outbox.event_id)) == 1


async def test_who_asked_decides_neither_by_their_key_nor_beside_it(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    """Asked by a key of Ann's, or by Ann: she, that key and another key of hers decide nothing."""
    ann = tenant.user(*RIGHTS, id=1, name="ann")
    first, second = (
        replace(ann, kind=PrincipalKind.API_KEY, id=key, name="script", user_id=1) for key in (8, 9)
    )
    for asker in (first, ann):
        request_id = await _ask(tenant, as_=asker)
        for caller in (ann, first, second):
            for decide in (approve, reject):
                with pytest.raises(OwnRequest):
                    async with tenant.work(as_=caller) as work:
                        await decide(work, request_id=request_id)
        async with tenant.work(as_=second) as work:
            await withdraw(work, request_id=request_id)
    assert happenings.approved == []


async def test_a_key_of_a_user_decides_as_that_user(
    tenant: TenantUnderTest, happenings: Happenings
) -> None:
    request_id = await _ask(tenant)
    boss = tenant.user(*RIGHTS, id=2, name="boss")
    key = replace(boss, kind=PrincipalKind.API_KEY, id=8, name="script", user_id=2)
    async with tenant.work(as_=key) as work:
        await approve(work, request_id=request_id)
    async with tenant.read() as reader:
        row = await reader.row(
            select(ApprovalDecision).where(ApprovalDecision.tenant_id == tenant.id)
        )
    assert row is not None
    assert (row.decider_kind, row.decider_id, row.decided_by) == ("user", 2, "script")
    assert await _status(tenant, request_id) == "approved"

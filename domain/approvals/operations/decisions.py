"""Somebody decides about a request, or who asked takes it back."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.approvals.cases import Case, Decider, decider, open_cases
from domain.approvals.deciding import write_decision
from domain.approvals.ending import carry_out, drop, end, lock_waiting
from domain.approvals.events import ApprovalWithdrawn
from domain.approvals.models import ApprovalStep
from domain.approvals.outcomes import AlreadyDecided, NotApprover, OwnRequest
from domain.approvals.policies.quorum import USER, Follows, Right, after_yes
from domain.approvals.policy import APPROVED, REJECTED, WAITING, WITHDRAWN
from domain.approvals.steps import PASSED, end_step, open_step
from domain.approvals.steps import REJECTED as STEP_REJECTED
from domain.approvals.subjects import subject_named
from domain.kernel import text
from domain.kernel.errors import NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Behalf, Work


@operation("approvals.decide")
async def approve(work: Work, *, request_id: int, comment: str | None = None) -> int:
    """Say yes. The yes that was still needed makes it happen in this transaction, if it still can.

    Needs the permission of the request's subject as well, and to be one of those whom the step
    names; or that somebody who is lets the caller stand in. Raises NotFound, OwnRequest,
    AlreadyDecided, NotApprover, InvalidState (state, allowed), and what the subject refuses: then
    the request waits on, with nothing decided and nothing done. Gives the request's id."""
    comment = text.prose(comment, path=("comment",))
    case, caller, right = await _deciding(work, request_id)
    given = case.given + 1
    following = await _next_step(work, case)
    follows = after_yes(needed=case.step.needed, given=given, more_steps=following is not None)
    done = follows is Follows.APPROVED
    await _write(
        work,
        case,
        caller,
        right,
        APPROVED,
        comment,
        waits=None if done else (case.step.name, given, case.step.needed),
    )
    if follows is not Follows.WAITS:
        await end_step(work, case.step.id, status=PASSED)
    if following is not None and follows is Follows.NEXT_STEP:
        await open_step(work, following)
    if done:
        await end(work, [case.request], APPROVED)
        await carry_out(work, case.request)
    return request_id


@operation("approvals.decide")
async def reject(work: Work, *, request_id: int, comment: str | None = None) -> int:
    """Say no: it never happens, whoever else has said yes or would.

    Needs what approve needs. Raises NotFound, OwnRequest, AlreadyDecided, NotApprover,
    InvalidState (state, allowed). Gives the request's id."""
    comment = text.prose(comment, path=("comment",))
    case, caller, right = await _deciding(work, request_id)
    await _write(work, case, caller, right, REJECTED, comment)
    await end_step(work, case.step.id, status=STEP_REJECTED)
    await drop(work, [case.request], REJECTED)
    return request_id


@operation("approvals.request")
async def withdraw(work: Work, *, request_id: int, comment: str | None = None) -> int:
    """Take back what one has asked for oneself.

    Raises NotFound (also for another's request), InvalidState. Gives the request's id."""
    comment = text.prose(comment, path=("comment",))
    row = await lock_waiting(work, request_id)
    if not _asked_by_caller(work, row):
        raise NotFound("approval request")
    await drop(work, [row], WITHDRAWN)
    work.record(
        ApprovalWithdrawn(aggregate_id=row.id, subject=row.subject, subject_id=row.subject_id)
    )
    work.audit(
        "withdraw_approval",
        subject="approval_request",
        subject_id=row.id,
        before={"status": WAITING},
        after={"status": WITHDRAWN, "subject": row.subject, "subject_id": row.subject_id},
        reason=comment,
    )
    return request_id


async def _deciding(work: Work, request_id: int) -> tuple[Case, Decider, Right]:
    """The locked request, the caller, and in whose right they decide."""
    row = await lock_waiting(work, request_id)
    if _asked_by_caller(work, row):
        work.require(subject_named(row.subject).permission)
        raise OwnRequest(
            "You asked for this yourself; somebody else decides.", approval_request_id=request_id
        )
    case = (await open_cases(work, [row]))[request_id]
    caller = await decider(work, work.principal)
    right = caller.right(case, work.now)
    if right is None:
        raise _refusal(work, case, caller)
    return case, caller, right


def _refusal(work: Work, case: Case, caller: Decider) -> Exception:
    about = {"approval_request_id": case.request.id}
    if caller.who in case.counted:
        return AlreadyDecided("You have decided about this, or somebody did for you.", **about)
    if case.open.names_nobody:
        # Nothing but the permission is missing.
        work.require(case.permission)
    message = f"Others decide in this step: {case.step.name}."
    return NotApprover(message, step=case.step.name, **about)


def _asked_by_caller(work: Work, row: Row[Any]) -> bool:
    return work.principal.person == (row.requester_kind, row.requester_id)


async def _next_step(work: Work, case: Case) -> Row[Any] | None:
    return await work.row(
        select(*ApprovalStep.__table__.c).where(
            ApprovalStep.tenant_id == work.tenant_id,
            ApprovalStep.request_id == case.request.id,
            ApprovalStep.position == case.step.position + 1,
        )
    )


async def _write(
    work: Work,
    case: Case,
    caller: Decider,
    right: Right,
    verdict: str,
    comment: str | None,
    *,
    waits: tuple[str, int, int] | None = None,
) -> None:
    giver = None if right.delegation_id is None else caller.delegators[right.of[1]]
    with work.through(behalf=None if giver is None else Behalf(USER, giver.id, giver.name)):
        await write_decision(
            work,
            case.request,
            step_id=case.step.id,
            verdict=verdict,
            decider=caller.who,
            decided_by=work.principal.name,
            right=right,
            for_name=None if giver is None else giver.name,
            comment=comment,
            waits=waits,
        )

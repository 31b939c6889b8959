"""Somebody lets another person decide for them, from one moment to another."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from domain.approvals.events import ApprovalDelegationEnded, ApprovalsDelegated
from domain.approvals.models import ApprovalDelegation
from domain.approvals.outcomes import CannotStandIn
from domain.approvals.people import Known, people
from domain.approvals.policies.quorum import USER
from domain.approvals.policy import DECIDE, MANAGE
from domain.approvals.subjects import all_subjects
from domain.kernel import text
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("approvals.decide")
async def delegate_approvals(
    work: Work,
    *,
    to_user_id: int,
    ends_at: datetime,
    reason: str,
    from_user_id: int | None = None,
    starts_at: datetime | None = None,
    subjects: Sequence[str] = (),
) -> int:
    """Let `to_user_id` decide for the caller, from now or `starts_at` on until `ends_at`, about
    these subjects, or all when none is named; returns the delegation's id.

    It gives what the caller may decide at the time of a decision, and is not passed on. For
    somebody else (`from_user_id`) it needs approvals.manage. Raises NotFound, InvalidInput,
    CannotStandIn when that person may not decide about requests at all."""
    giver = _giver(work, from_user_id)
    starts = starts_at or work.now
    _require_period(work.now, starts, ends_at)
    names = _sound_subjects(subjects)
    reason = text.name(reason, path=("reason",))
    if giver == to_user_id:
        raise InvalidInput("Nobody stands in for themselves.", path=("to_user_id",))
    await _require_people(work, giver, to_user_id)
    values = {
        "from_user_id": giver,
        "to_user_id": to_user_id,
        "subjects": names,
        "starts_at": starts,
        "ends_at": ends_at,
        "reason": reason,
    }
    delegation_id = await _write(work, values)
    _tell(work, delegation_id, values)
    return delegation_id


@operation("approvals.decide")
async def end_delegation(work: Work, *, delegation_id: int) -> int:
    """End a delegation of one's own (of anybody's with approvals.manage) before its time; what was
    decided by it stands. Returns its id. Raises NotFound, InvalidState when it has ended."""
    row = await work.row(
        select(*ApprovalDelegation.__table__.c)
        .where(
            ApprovalDelegation.tenant_id == work.tenant_id, ApprovalDelegation.id == delegation_id
        )
        .with_for_update()
    )
    if row is None or not _may_end(work, row):
        raise NotFound("delegation")
    if row.revoked_at is not None or row.ends_at <= work.now:
        raise InvalidState("It has ended already.", state="ended", allowed=[])
    await work.execute(
        update(ApprovalDelegation)
        .where(
            ApprovalDelegation.tenant_id == work.tenant_id, ApprovalDelegation.id == delegation_id
        )
        .values(revoked_at=work.now, revoked_by=work.principal.name)
    )
    work.audit(
        "end_approval_delegation",
        subject="approval_delegation",
        subject_id=delegation_id,
        after={"revoked_at": work.now.isoformat()},
    )
    work.record(
        ApprovalDelegationEnded(
            aggregate_id=delegation_id, from_user_id=row.from_user_id, to_user_id=row.to_user_id
        )
    )
    return delegation_id


def _giver(work: Work, from_user_id: int | None) -> int:
    own = work.principal.id if work.principal.kind.value == USER else None
    if from_user_id is not None and from_user_id != own:
        work.require(MANAGE)
        return from_user_id
    if own is None:
        raise InvalidInput("Say who is stood in for.", path=("from_user_id",))
    return own


def _may_end(work: Work, row: Row[Any]) -> bool:
    caller = work.principal
    return (caller.kind.value, caller.id) == (USER, row.from_user_id) or caller.may(MANAGE)


def _require_period(now: datetime, starts: datetime, ends: datetime) -> None:
    if starts < now:
        raise InvalidInput("Is over.", path=("starts_at",))
    if ends <= starts:
        raise InvalidInput("Must be after it begins.", path=("ends_at",))


def _sound_subjects(subjects: Sequence[str]) -> list[str]:
    known = {subject.name for subject in all_subjects()}
    for place, name in enumerate(subjects):
        if name not in known:
            raise InvalidInput("Nothing of this subject is approved.", path=("subjects", place))
    return sorted(set(subjects))


async def _require_people(work: Work, giver: int, taker: int) -> None:
    known: dict[int, Known] = await people(work, permissions=[], user_ids=[giver, taker])
    if giver not in known or taker not in known:
        raise NotFound("user")
    if DECIDE not in known[taker].permissions:
        message = f"{known[taker].name} may not decide about requests."
        raise CannotStandIn(message, path=("to_user_id",), user_id=taker)


async def _write(work: Work, values: dict[str, Any]) -> int:
    return int(
        await work.value(
            insert(ApprovalDelegation)
            .values(
                tenant_id=work.tenant_id,
                created_at=work.now,
                created_by=work.principal.name,
                **values,
            )
            .returning(ApprovalDelegation.id)
        )
    )


def _tell(work: Work, delegation_id: int, values: dict[str, Any]) -> None:
    period = {name: values[name].isoformat() for name in ("starts_at", "ends_at")}
    work.audit(
        "delegate_approvals",
        subject="approval_delegation",
        subject_id=delegation_id,
        after=values | period,
        reason=values["reason"],
    )
    sides = {name: values[name] for name in ("from_user_id", "to_user_id")}
    work.record(ApprovalsDelegated(aggregate_id=delegation_id, **sides))

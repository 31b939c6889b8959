"""Changes of configuration are drafted, revised, submitted, given up and drafted anew."""

from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy.engine import Row

from domain.approvals.policies.rules import Facts
from domain.approvals.requesting import request_approval
from domain.governance.approving import SUBJECT
from domain.governance.change_rows import (
    end_change,
    lock_change,
    move,
    require_fresh,
    require_own,
    require_state,
    sound_change,
)
from domain.governance.drafting import audit_change, draft, sound_fields
from domain.governance.events import ChangeSubmitted
from domain.governance.kinds import Content, kind_named
from domain.governance.policy import ACTIONS, APPROVED, DRAFT, WAITING, WITHDRAWN, differences
from domain.governance.process_owners import owner_steps
from domain.kernel import text
from domain.kernel.errors import InvalidInput, StaleVersion
from domain.kernel.permissions import operation
from domain.kernel.work import Work

MOST_DIFFERENCES_SHOWN = 100


class Revision(TypedDict, total=False):
    """What may change of a draft; absent keeps. `effective_from` None: at once when approved."""

    title: str
    reason: str
    proposal: Content
    effective_from: datetime | None


@operation("governance.propose")
async def draft_change(
    work: Work,
    *,
    kind: str,
    key: str | None,
    proposal: Content,
    title: str,
    reason: str,
    effective_from: datetime | None = None,
) -> int:
    """Draft a change of an object of a kind (no key: a new object); the change request's id.

    It takes effect when it is approved, or at `effective_from` if that is later. Raises NotFound,
    InvalidInput, NothingChanges, and what the kind refuses."""
    return await draft(
        work,
        kind=kind,
        key=key,
        proposal=proposal,
        title=title,
        reason=reason,
        effective_from=effective_from,
    )


@operation("governance.propose")
async def revise_change(
    work: Work,
    *,
    change_id: int,
    expected_version: int | None = None,
    of: tuple[str, str | None] | None = None,
    **fields: Unpack[Revision],
) -> None:
    """Change a draft of one's own; it stands upon what is in effect now. `of`: kind and key of
    what the proposal is of, which must be the draft's.

    Raises NotFound, NotPermitted, InvalidState, StaleVersion, InvalidInput, NothingChanges."""
    row = await _own(work, change_id, DRAFT)
    if expected_version is not None and row.version != expected_version:
        message = "The change request changed since you read it; read it again."
        raise StaleVersion(message, expected=expected_version, actual=row.version)
    if of is not None and of != (row.kind, row.object_key):
        raise InvalidInput("Is of another object; draft another change.", path=("proposal",))
    wanted: dict[str, Any] = dict(fields)
    proposal = wanted.pop("proposal", row.proposal)
    values = sound_fields(work, **wanted)
    sound, base = await sound_change(work, kind_named(row.kind), row.object_key, proposal)
    values |= {"proposal": sound, "base": base}
    await move(work, row, **values)
    before = {name: getattr(row, name) for name in values}
    audit_change(work, "revise_change", change_id, before=before, after=values)


@operation("governance.propose")
async def submit_change(work: Work, *, change_id: int) -> None:
    """Ask for approval of a draft of one's own: first of the owner of the process, if it has one.

    Raises NotFound, NotPermitted, InvalidState, ChangeStale."""
    row = await _own(work, change_id, DRAFT)
    kind = kind_named(row.kind)
    await require_fresh(work, row, kind)
    steps = await owner_steps(work, kind.process)
    await move(work, row, status=WAITING)
    work.record(ChangeSubmitted(aggregate_id=change_id, kind=row.kind, object_key=row.object_key))
    audit_change(
        work, "submit_change", change_id, before={"status": DRAFT}, after={"status": WAITING}
    )
    # Last: where a rule of the tenant's approves by itself, the change is approved right here.
    await request_approval(
        work,
        subject=SUBJECT,
        subject_id=change_id,
        summary=row.title,
        details=_details(row),
        reason=row.reason,
        facts=_facts(row),
        steps=steps,
    )


@operation("governance.propose")
async def discard_change(work: Work, *, change_id: int, reason: str | None = None) -> None:
    """Give up a draft, or an approved change that is not in effect yet.

    Raises NotFound, NotPermitted (another's, without governance.manage), InvalidState."""
    row = await _own(work, change_id, DRAFT, APPROVED)
    failure = text.prose(reason, path=("reason",))
    await end_change(work, row, WITHDRAWN, action="discard_change", failure=failure)


@operation("governance.propose")
async def redraft_change(work: Work, *, change_id: int) -> int:
    """Draft once more what came to nothing, upon what is in effect now; the new request's id.

    Raises NotFound, InvalidState, InvalidInput, NothingChanges."""
    row = await lock_change(work, change_id)
    require_state(row, *(each for each in ACTIONS if "redraft_change" in ACTIONS[each]))
    later = row.effective_from is not None and row.effective_from > work.now
    return await draft(
        work,
        kind=row.kind,
        key=row.object_key,
        proposal=row.proposal,
        title=row.title,
        reason=row.reason,
        effective_from=row.effective_from if later else None,
        rolls_back_to=row.rolls_back_to,
    )


async def _own(work: Work, change_id: int, *states: str) -> Row[Any]:
    row = await lock_change(work, change_id)
    require_own(work, row)
    require_state(row, *states)
    return row


def _details(row: Row[Any]) -> dict[str, Any]:
    found = differences(row.base, row.proposal)
    return {
        "kind": row.kind,
        "object_key": row.object_key,
        "effective_from": None if row.effective_from is None else row.effective_from.isoformat(),
        "changes": [
            {"path": ".".join(each.path), "before": each.before, "after": each.after}
            for each in found[:MOST_DIFFERENCES_SHOWN]
        ],
        "further_changes": max(0, len(found) - MOST_DIFFERENCES_SHOWN),
    }


def _facts(row: Row[Any]) -> Facts:
    content = {**row.base, **row.proposal}
    return Facts(
        kind=row.kind,
        channel_id=content.get("channel_id"),
        entity_id=content.get("entity_id"),
    )

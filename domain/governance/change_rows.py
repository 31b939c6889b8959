"""Change requests as rows: locked, moved on from state to state."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.governance.events import ChangeEnded
from domain.governance.kinds import Content, Kind
from domain.governance.models import ChangeRequest
from domain.governance.outcomes import ChangeStale, NothingChanges
from domain.governance.policy import ACTIONS, differences
from domain.kernel import json
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.work import Work

MANAGE = "governance.manage"


def plain(content: Content) -> Content:
    """The content in JSON's own types, as it comes back from where it is kept."""
    value: Content = json.load(json.dump(content))
    return value


async def lock_change(work: Work, change_id: int) -> Row[Any]:
    """The change request, locked. Raises NotFound."""
    row = await work.row(
        select(*ChangeRequest.__table__.c)
        .where(ChangeRequest.tenant_id == work.tenant_id, ChangeRequest.id == change_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound("change request")
    return row


def require_state(row: Row[Any], *states: str) -> None:
    """Raise InvalidState (state, allowed) unless the request is in one of these."""
    if row.status not in states:
        message = f"This change request is {row.status}."
        raise InvalidState(message, state=row.status, allowed=list(ACTIONS[row.status]))


def require_own(work: Work, row: Row[Any]) -> None:
    """Raise NotPermitted unless the caller drafted it, or manages governance."""
    if work.principal.person != (row.requester_kind, row.requester_id):
        work.require(MANAGE)


async def sound_change(
    work: Work, kind: Kind, key: str | None, proposal: Content
) -> tuple[Content, Content]:
    """The proposal as it is kept, and what stands in its places. Raises InvalidInput, NotFound,
    NothingChanges."""
    if not proposal:
        raise InvalidInput("Say what is to change.", path=("proposal",))
    proposal = plain(await kind.validate(work, key, proposal))
    base = plain(await kind.snapshot(work, key, proposal))
    if not differences(base, proposal):
        raise NothingChanges("What is proposed stands already.")
    return proposal, base


async def require_fresh(work: Work, row: Row[Any], kind: Kind) -> None:
    """Raise ChangeStale when what it would change is not what it was drafted upon."""
    moved = await moved_places(work, row, kind)
    if moved:
        message = f"{moved[0]} changed since this was drafted; draft it anew."
        raise ChangeStale(message, change_request_id=row.id, place=moved[0])


async def moved_places(work: Work, row: Row[Any], kind: Kind) -> list[str]:
    """Where what stands is other than what the change was drafted upon. Raises NotFound."""
    now = plain(await kind.snapshot(work, row.object_key, row.proposal))
    return [".".join(each.path) for each in differences(row.base, now)]


async def move(work: Work, row: Row[Any], **values: Any) -> None:
    """Write these columns of a locked request, and raise its version."""
    await work.execute(
        update(ChangeRequest)
        .where(ChangeRequest.tenant_id == work.tenant_id, ChangeRequest.id == row.id)
        .values(**values, version=ChangeRequest.version + 1)
    )


async def end_change(
    work: Work, row: Row[Any], status: str, *, action: str, failure: str | None = None
) -> None:
    """A locked request comes to nothing: say so, and why."""
    await move(work, row, status=status, ended_at=work.now, failure=failure)
    work.record(
        ChangeEnded(
            aggregate_id=row.id,
            kind=row.kind,
            object_key=row.object_key,
            status=status,
            failure=failure,
        )
    )
    work.audit(
        action,
        subject="change_request",
        subject_id=row.id,
        before={"status": row.status},
        after={"status": status},
        reason=failure,
    )

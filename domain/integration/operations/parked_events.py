"""Events that no attempt could handle are tried again, or given up by decision."""

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Row

from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.models import Outbox
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("webhooks.manage")
async def requeue_parked_event(work: Work, *, event_id: int) -> None:
    """Handle a parked event again, and with it those of its aggregate that waited.

    Raises NotFound unless the event is parked."""
    parked = await _lock_parked(work, event_id)
    await work.execute(
        update(Outbox)
        .where(
            Outbox.tenant_id == work.tenant_id,
            Outbox.aggregate == parked.aggregate,
            Outbox.aggregate_id == parked.aggregate_id,
            Outbox.event_id >= event_id,
        )
        .values(attempts=0, due_at=work.now, parked_at=None)
    )
    _audit(work, parked, "requeue_parked_event")


@operation("webhooks.manage")
async def skip_parked_event(work: Work, *, event_id: int, reason: str) -> None:
    """Give up handling a parked event, so that those behind it go on. The event itself stays in
    the log. Raises InvalidInput without a reason, NotFound unless the event is parked."""
    if not reason.strip():
        raise InvalidInput("Say why the event is skipped.", path=("reason",))
    parked = await _lock_parked(work, event_id)
    await work.execute(
        delete(Outbox).where(Outbox.tenant_id == work.tenant_id, Outbox.id == parked.id)
    )
    await work.execute(
        update(Outbox)
        .where(
            Outbox.tenant_id == work.tenant_id,
            Outbox.aggregate == parked.aggregate,
            Outbox.aggregate_id == parked.aggregate_id,
        )
        .values(attempts=0, due_at=work.now)
    )
    _audit(work, parked, "skip_parked_event", reason=reason.strip())


async def _lock_parked(work: Work, event_id: int) -> Row[Any]:
    row = await work.row(
        select(Outbox.id, Outbox.aggregate, Outbox.aggregate_id, Outbox.event_id, Outbox.last_error)
        .where(
            Outbox.tenant_id == work.tenant_id,
            Outbox.event_id == event_id,
            Outbox.parked_at.is_not(None),
        )
        .with_for_update()
    )
    if row is None:
        raise NotFound("parked event")
    return row


def _audit(work: Work, parked: Row[Any], action: str, *, reason: str | None = None) -> None:
    work.audit(
        action,
        subject="event",
        subject_id=parked.event_id,
        before={"last_error": parked.last_error},
        reason=reason,
    )

"""Letters are claimed by a sender, and what became of them is noted. No permission is asked for:
only the worker comes here."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Row

from domain.kernel.work import Work
from domain.onboarding.letters.policy import retry_after
from domain.onboarding.models import Letter

LETTERS_KEPT = timedelta(days=30)
LONGEST_ERROR = 500


async def claim_letters(work: Work, *, limit: int, lease: timedelta) -> Sequence[Row[Any]]:
    """Claim the tenant's due letters, oldest first; nobody else sends them within the lease."""
    due = (
        select(Letter.id)
        .where(
            Letter.tenant_id == work.tenant_id,
            Letter.status == "waiting",
            Letter.due_at <= work.now,
        )
        .order_by(Letter.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return await work.rows(
        update(Letter)
        .where(Letter.tenant_id == work.tenant_id, Letter.id.in_(due.scalar_subquery()))
        .values(attempts=Letter.attempts + 1, due_at=work.now + lease)
        .returning(*Letter.__table__.c)
    )


async def note_sent(work: Work, *, letter_id: int) -> None:
    """The mail server took the letter."""
    await _note(work, letter_id, status="sent", sent_at=work.now, last_error=None)


async def note_failed(work: Work, *, letter: Row[Any], error: str) -> None:
    """The letter could not be sent: it is due again later, or given up."""
    wait = retry_after(letter.attempts)
    await _note(
        work,
        letter.id,
        status="failed" if wait is None else "waiting",
        due_at=work.now + (wait or timedelta()),
        last_error=error[:LONGEST_ERROR],
    )


async def purge_letters(work: Work, *, before: datetime, limit: int = 1_000) -> int:
    """Delete at most `limit` of the tenant's letters that were noted before a moment."""
    old = (
        select(Letter.id)
        .where(Letter.tenant_id == work.tenant_id, Letter.created_at < before)
        .limit(limit)
    )
    return await work.execute(
        delete(Letter).where(Letter.tenant_id == work.tenant_id, Letter.id.in_(old))
    )


async def _note(work: Work, letter_id: int, **values: Any) -> None:
    await work.execute(
        update(Letter)
        .where(Letter.tenant_id == work.tenant_id, Letter.id == letter_id)
        .values(**values)
    )

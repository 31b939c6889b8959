"""A journal written by hand above its entity's limit is posted once somebody says yes."""

from collections.abc import Sequence

from sqlalchemy import update

from domain.approvals.subjects import Request, approvable
from domain.kernel.errors import InvalidState
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.ledger.manual import (
    SOURCE,
    line_kept,
    post_manual_journal,
    require_accounts,
)
from domain.ledger.models import ManualJournal


async def _drop(work: Work, requests: Sequence[Request], status: str) -> None:
    """What was not approved is never posted."""
    await work.execute(
        update(ManualJournal)
        .where(
            ManualJournal.tenant_id == work.tenant_id,
            ManualJournal.id.in_([request.subject_id for request in requests]),
            ManualJournal.status == "waiting",
        )
        .values(status="dropped", version=ManualJournal.version + 1)
    )


@approvable(SOURCE, title="Journal written by hand", permission="ledger.approve", dropped=_drop)
async def post_approved_journal(work: Work, request: Request) -> None:
    """Post it as it was written. Raises PeriodClosed when its day was closed meanwhile, and
    AccountInUse when an account of it was, or follows documents by now."""
    journal = await lock_record(work, ManualJournal, request.subject_id, kind="manual journal")
    if journal.status != "waiting":
        message = "This journal waits no more."
        raise InvalidState(message, state=journal.status, allowed=[])
    await require_accounts(work, journal.entity_id, [line_kept(each) for each in journal.lines])
    await post_manual_journal(work, journal)

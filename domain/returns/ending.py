"""What is open of a return when it ends, and authorisations whose time is over."""

from collections import defaultdict

from sqlalchemy import select, update

from domain.kernel.work import Work
from domain.returns.authorizing import release
from domain.returns.events import AuthorizationExpired
from domain.returns.models import ReturnAuthorization, ReturnReplacement, ReturnRequest
from domain.returns.rows import lines_of, note, settle

EXPIRY_BATCH = 100


async def end_open_parts(work: Work, return_id: int, *, status: str, came: bool = False) -> None:
    """Authorisations and other goods that a locked return waits for are not waited for any more.
    Other goods that are due stay so only where something `came` for them."""
    await work.execute(
        update(ReturnAuthorization)
        .where(
            ReturnAuthorization.tenant_id == work.tenant_id,
            ReturnAuthorization.return_id == return_id,
            ReturnAuthorization.status == "open",
        )
        .values(status=status, ended_at=work.now, version=ReturnAuthorization.version + 1)
    )
    await work.execute(
        update(ReturnReplacement)
        .where(
            ReturnReplacement.tenant_id == work.tenant_id,
            ReturnReplacement.return_id == return_id,
            ReturnReplacement.status.in_(["requested"] if came else ["requested", "due"]),
        )
        .values(status="cancelled", version=ReturnReplacement.version + 1)
    )


async def expire_authorizations(work: Work) -> int:
    """What was to come and did not come in time will not: authorisations whose last day is over
    end, some at a time. Gives how many."""
    due = select(ReturnAuthorization.return_id).where(
        ReturnAuthorization.tenant_id == work.tenant_id,
        ReturnAuthorization.status == "open",
        ReturnAuthorization.expires_on < work.now.date(),
    )
    rows = await work.rows(
        select(*ReturnRequest.__table__.c)
        .where(ReturnRequest.tenant_id == work.tenant_id, ReturnRequest.id.in_(due))
        .order_by(ReturnRequest.id)
        .limit(EXPIRY_BATCH)
        .with_for_update(skip_locked=True)
    )
    numbers = defaultdict(list)
    for row in await work.rows(
        select(ReturnAuthorization.return_id, ReturnAuthorization.number).where(
            ReturnAuthorization.tenant_id == work.tenant_id,
            ReturnAuthorization.return_id.in_([row.id for row in rows]),
            ReturnAuthorization.status == "open",
        )
    ):
        numbers[row.return_id].append(row.number)
    for row in rows:
        lines = await lines_of(work, row.id)
        await release(work, lines, status="cancelled")
        came = any(line.received for line in lines)
        await end_open_parts(work, row.id, status="expired", came=came)
        status = await settle(work, row)
        for number in numbers[row.id]:
            work.record(
                AuthorizationExpired(aggregate_id=row.id, number=row.number, authorization=number)
            )
        note(work, "expire_return", row, status=status, told={"authorizations": numbers[row.id]})
    return len(rows)

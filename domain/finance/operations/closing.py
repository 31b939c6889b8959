"""Periods are closed, and the wish to open one again is written down."""

from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.approvals.policies.rules import Facts
from domain.approvals.requesting import request_approval
from domain.finance.closing.approved_reopenings import SUBJECT
from domain.finance.closing.checklist import CheckState, checklist
from domain.finance.closing.events import CheckSigned, PeriodStatusChanged, ReopeningAsked
from domain.finance.closing.outcomes import CloseRefused, NotWaivable, PeriodNotClosed
from domain.finance.closing.year_end import carry_result, ends_a_year
from domain.finance.models import ClosingOwner, ClosingSignature, PeriodReopening
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.ledger.books import lock_books
from domain.ledger.closing_checks import CHECKS
from domain.ledger.facts import base_currency
from domain.ledger.models import FiscalPeriod
from domain.ledger.periods import periods_of_ids, set_period_status
from domain.ledger.policy import HARD_CLOSED, OPEN, SOFT_CLOSED
from tenancy.models import UserAccount


@operation("close.run")
async def close_period(work: Work, *, period_id: int, softly: bool = False) -> int:
    """Close a period: softly, so that it takes nothing but the closing's own journals, or for
    good, which is refused while its checklist is open; the last period of a year carries the
    result. Nobody posts into the entity's books meanwhile. Returns the period's id.

    Raises NotFound, PeriodOrder, and CloseRefused with what is open."""
    period = await _locked_period(work, period_id)
    if period.status == HARD_CLOSED or (softly and period.status == SOFT_CLOSED):
        return period_id
    if not softly:
        _require_done(period, await checklist(work, period))
        if period.status == OPEN:
            await set_period_status(work, period_id, SOFT_CLOSED)
        if await ends_a_year(work, period):
            await carry_result(work, period, await base_currency(work, period.entity_id))
    status = SOFT_CLOSED if softly else HARD_CLOSED
    await set_period_status(work, period_id, status)
    work.record(
        PeriodStatusChanged(
            aggregate_id=period_id,
            entity_id=period.entity_id,
            fiscal_year=period.fiscal_year,
            number=period.number,
            status=status,
        )
    )
    work.audit(
        "close_period",
        subject="fiscal_period",
        subject_id=period_id,
        before={"status": period.status},
        after={"status": status},
    )
    return period_id


@operation("close.run")
async def sign_closing_check(work: Work, *, period_id: int, check: str, note: str) -> int:
    """Stand for it that a check stays open at the closing: for as much as it finds now. Returns
    the period's id. Raises NotFound, InvalidInput, NotWaivable for what has to be done."""
    note = text.name(note, path=("note",))
    if check not in CHECKS:
        raise InvalidInput("There is no such check.", path=("check",))
    if not CHECKS[check].waivable:
        raise NotWaivable("This has to be done; nobody can sign for it.", check_name=check)
    period = await _locked_period(work, period_id)
    total = next(each.total for each in await checklist(work, period) if each.check.name == check)
    values = {
        "findings": total,
        "note": note,
        "signed_by": work.principal.name,
        "signed_at": work.now,
    }
    statement = insert(ClosingSignature).values(
        tenant_id=work.tenant_id, period_id=period_id, check_name=check, **values
    )
    await work.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "period_id", "check_name"], set_=values
        )
    )
    work.record(CheckSigned(aggregate_id=period_id, check_name=check, findings=total))
    work.audit(
        "sign_closing_check",
        subject="fiscal_period",
        subject_id=period_id,
        after={"check": check, "findings": total},
        reason=note,
    )
    return period_id


@operation("close.run")
async def name_closing_owner(work: Work, *, entity_id: int, check: str, user_id: int | None) -> int:
    """Say who answers for a check of an entity; None: the owner of its process again. Returns the
    entity's id. Raises InvalidInput, NotFound."""
    if check not in CHECKS:
        raise InvalidInput("There is no such check.", path=("check",))
    await base_currency(work, entity_id)
    key = {"tenant_id": work.tenant_id, "entity_id": entity_id, "check_name": check}
    if user_id is None:
        await work.execute(delete(ClosingOwner).filter_by(**key))
    else:
        await lock_record(work, UserAccount, user_id, kind="user")
        statement = insert(ClosingOwner).values(**key, user_id=user_id)
        await work.execute(
            statement.on_conflict_do_update(index_elements=list(key), set_={"user_id": user_id})
        )
    work.audit(
        "name_closing_owner",
        subject="legal_entity",
        subject_id=entity_id,
        after={"check": check, "user_id": user_id},
    )
    return entity_id


@operation("close.run")
async def request_period_reopening(work: Work, *, period_id: int, reason: str) -> int:
    """Ask to open a closed period again; somebody else has to agree. Returns the approval
    request's id. Raises NotFound, PeriodNotClosed, AwaitingApproval while one waits already."""
    reason = text.name(reason, path=("reason",))
    period = await _locked_period(work, period_id)
    if period.status == OPEN:
        raise PeriodNotClosed("This period is open.", period_id=period_id)
    reopening_id = await work.value(
        insert(PeriodReopening)
        .values(
            tenant_id=work.tenant_id,
            period_id=period_id,
            reason=reason,
            asked_by=work.principal.name,
            asked_at=work.now,
        )
        .on_conflict_do_nothing()
        .returning(PeriodReopening.id)
    )
    if reopening_id is None:
        raise PeriodNotClosed("Somebody asked for this already; it waits.", period_id=period_id)
    work.record(ReopeningAsked(aggregate_id=period_id, reopening_id=reopening_id))
    return await request_approval(
        work,
        subject=SUBJECT,
        subject_id=reopening_id,
        summary=f"Open period {period.number} of {period.fiscal_year} again",
        details={"period_id": period_id, "ends_on": period.ends_on.isoformat()},
        reason=reason,
        facts=Facts(entity_id=period.entity_id),
    )


async def _locked_period(work: Work, period_id: int) -> Row[Any]:
    """The period as it stands, under the lock of its entity's books."""
    known = await periods_of_ids(work, [period_id])
    if period_id not in known:
        raise NotFound("fiscal period")
    await lock_books(work, [known[period_id].entity_id])
    return await lock_record(work, FiscalPeriod, period_id, kind="fiscal period")


def _require_done(period: Row[Any], states: list[CheckState]) -> None:
    still_open = [each for each in states if not each.is_passed]
    if still_open:
        raise CloseRefused(
            "The checklist is still open.",
            period_id=period.id,
            open=[(each.check.name, each.check.title, each.total) for each in still_open],
        )

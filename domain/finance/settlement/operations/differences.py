"""Differences of payouts are explained: matched by hand, posted to an account, written off once
somebody has approved it, or waited for."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.engine import Row

from domain.approvals.policies.rules import Facts
from domain.approvals.requesting import request_approval
from domain.finance.models import Payment, SettlementDifference
from domain.finance.open_items import lock_rows
from domain.finance.settlement.approved_differences import SUBJECT
from domain.finance.settlement.outcomes import PaymentDoesNotFit
from domain.finance.settlement.posting_off import ASKED, WAITING, lock_difference, post_off
from domain.finance.settlement.resolving import Pairing, fits, pair
from domain.kernel import text
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.ledger.accounts import lock_accounts, takes_any


@operation("settlement.manage")
async def match_difference(work: Work, *, difference_id: int, payment_id: int) -> int:
    """Say that what a payout had is a payment, as far as both go; the difference's id.

    Raises NotFound, InvalidState, PaymentDoesNotFit."""
    row = await lock_difference(work, difference_id)
    payments = await lock_rows(work, Payment, [payment_id])
    if not payments:
        raise NotFound("payment")
    payment = payments[0]
    if not fits(row, payment):
        raise PaymentDoesNotFit(
            f"{payment.number} is not what this payout has.",
            number=payment.number,
            available_minor=payment.uncleared_minor,
            currency=payment.currency,
        )
    amount = min(abs(row.held_minor), payment.uncleared_minor)
    await pair(work, [Pairing(row, payment, amount)], resolution="matched_by_hand")
    _audit(work, "match_difference", row, {"payment": payment.number, "amount_minor": amount})
    return difference_id


@operation("settlement.manage")
async def book_difference(work: Work, *, difference_id: int, account_id: int, reason: str) -> int:
    """Post what a difference is about to an account of its entity; the difference's id.

    Raises NotFound, InvalidState, InvalidInput for an account that follows documents."""
    reason = text.name(reason, path=("reason",))
    row = await lock_difference(work, difference_id)
    await _require_account(work, row, account_id)
    amount = await post_off(work, row, leg="other", account_id=account_id, resolution="posted")
    after = {"account_id": account_id, "amount_minor": amount}
    _audit(work, "book_difference", row, after, reason)
    return difference_id


async def _require_account(work: Work, row: Row[Any], account_id: int) -> None:
    account = (await lock_accounts(work, row.entity_id, [account_id])).get(account_id)
    if account is None:
        raise NotFound("account")
    if not takes_any(account):
        raise InvalidInput("Nothing is posted to this account by hand.", path=("account_id",))


@operation("settlement.manage")
async def await_difference(work: Work, *, difference_id: int, until: date, reason: str) -> int:
    """Leave a difference until a day: the channel is expected to mend it; the difference's id.

    Raises NotFound, InvalidState, InvalidInput for a day that is past."""
    reason = text.name(reason, path=("reason",))
    if until <= work.now.date():
        raise InvalidInput("Must be a day to come.", path=("until",))
    row = await lock_difference(work, difference_id)
    await _change(work, row, status=WAITING, wait_until=until, reason=reason)
    _audit(work, "await_difference", row, {"wait_until": until.isoformat()}, reason)
    return difference_id


@operation("settlement.manage")
async def request_difference_write_off(
    work: Work, *, difference_id: int, reason: str, expires_at: datetime | None = None
) -> int:
    """Ask to give up what a difference is about; the approval request's id.

    Raises NotFound, InvalidInput, InvalidState, AwaitingApproval."""
    reason = text.name(reason, path=("reason",))
    row = await lock_difference(work, difference_id)
    if row.kind == "rounding":
        raise InvalidState("Nothing is left of it.", state=row.status, allowed=[])
    await _change(work, row, status=ASKED, wait_until=None, reason=reason)
    named = row.order_reference or row.word or row.kind
    return await request_approval(
        work,
        subject=SUBJECT,
        subject_id=difference_id,
        summary=f"Write off {named}",
        details={
            "difference": named,
            "kind": row.kind,
            "amount_minor": row.amount_minor,
            "currency": row.currency,
        },
        reason=reason,
        facts=Facts(
            amount_minor=abs(row.amount_minor), currency=row.currency, entity_id=row.entity_id
        ),
        expires_at=expires_at,
    )


async def _change(work: Work, row: Row[Any], **values: Any) -> None:
    d = SettlementDifference
    await work.execute(
        update(d)
        .where(d.tenant_id == work.tenant_id, d.id == row.id)
        .values(version=d.version + 1, **values)
    )


def _audit(
    work: Work, action: str, row: Row[Any], after: dict[str, Any], reason: str | None = None
) -> None:
    work.audit(
        action,
        subject="payout_difference",
        subject_id=row.id,
        before={"status": row.status, "held_minor": row.held_minor},
        after=after,
        reason=reason,
    )

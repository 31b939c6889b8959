"""What a difference is about is taken off the clearing account, and stands elsewhere."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.finance.models import Payment, SettlementDifference, SettlementMatch
from domain.finance.open_items import lock_rows
from domain.finance.settlement.expected import SIGNS
from domain.finance.settlement.replacing import add_cleared
from domain.finance.settlement.resolving import end_differences_of, lessen
from domain.finance.settlement.taking import lock_terms
from domain.kernel.errors import InvalidState, NotFound
from domain.kernel.inserting import insert_rows
from domain.kernel.work import Work
from domain.ledger.entries import Dimensions, Entry, Leg
from domain.ledger.posting import post

OPEN, WAITING, ASKED = "open", "waiting", "asked"


async def lock_difference(
    work: Work, difference_id: int, *, allowed: tuple[str, ...] = (OPEN, WAITING)
) -> Row[Any]:
    """A difference, locked after its channel's terms. Raises NotFound, InvalidState when it is in
    another state."""
    d = SettlementDifference
    channel_id = await work.value(
        select(d.channel_id).where(d.tenant_id == work.tenant_id, d.id == difference_id)
    )
    if channel_id is None:
        raise NotFound("payout difference")
    await lock_terms(work, channel_id)
    [row] = await lock_rows(work, d, [difference_id])
    if row.status not in allowed:
        message = f"The difference is {row.status}."
        raise InvalidState(message, state=row.status, allowed=list(allowed))
    return row


async def post_off(
    work: Work, row: Row[Any], *, leg: str, account_id: int | None = None, resolution: str
) -> int:
    """Post what a locked difference is about to an account (or by the rule of a leg); how much it
    was, in minor units: a debit there is positive."""
    if row.payment_id is None:
        amount, base = row.held_minor, row.held_base_minor
        await lessen(work, [(row, -amount, -base)], resolution=resolution)
    else:
        [payment] = await lock_rows(work, Payment, [row.payment_id])
        sign = SIGNS[payment.kind]
        amount = sign * payment.uncleared_minor
        base = sign * (payment.base_minor - payment.cleared_base_minor)
        await _give_up(work, row, payment)
        await end_differences_of(work, [payment.id], resolution)
    await post(work, [_entry(work, row, (leg, account_id), amount, base)])
    return int(amount)


async def _give_up(work: Work, row: Row[Any], payment: Row[Any]) -> None:
    """What is left of a payment is not expected any more, whatever becomes of the payout."""
    base = payment.base_minor - payment.cleared_base_minor
    await add_cleared(work, {payment.id: (payment.uncleared_minor, base)})
    match = {
        "settlement_id": None,
        "payment_id": payment.id,
        "difference_id": row.id,
        "amount_minor": payment.uncleared_minor,
        "base_minor": base,
        "matched_at": work.now,
    }
    await insert_rows(work, SettlementMatch, [match])


def _entry(
    work: Work, row: Row[Any], where: tuple[str, int | None], amount: int, base: int
) -> Entry:
    leg, account_id = where
    return Entry(
        entity_id=row.entity_id,
        milestone="settlement_difference",
        source_kind="settlement_difference",
        source_id=row.id,
        currency=row.currency,
        legs=(
            Leg("clearing", -amount, base_amount_minor=-base),
            Leg(leg, amount, base_amount_minor=base, account_id=account_id),
        ),
        posted_on=work.now.date(),
        description=f"Difference of a payout: {row.order_reference or row.word or row.kind}",
        trace=_trace(row),
        dimensions=Dimensions(channel_id=row.channel_id),
    )


def _trace(row: Row[Any]) -> dict[str, int]:
    named = {"settlement_id": row.settlement_id, "order_id": row.order_id}
    return {name: number for name, number in named.items() if number is not None}

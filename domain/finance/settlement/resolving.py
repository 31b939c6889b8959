"""Differences come off the clearing account: found after all, or posted elsewhere."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, case, column, func, literal, null, select, update
from sqlalchemy.engine import Row

from domain.finance.models import Payment, SettlementDifference, SettlementMatch
from domain.finance.open_items import lock_rows
from domain.finance.policies.settling import Standing
from domain.finance.settlement.events import DifferenceResolved
from domain.finance.settlement.expected import SIGNS
from domain.finance.settlement.replacing import add_cleared
from domain.kernel.inserting import insert_ids
from domain.kernel.work import Work
from domain.ledger.entries import Dimensions, Entry, Leg
from domain.ledger.posting import post

RESOLVED = "resolved"
# Kinds that an order, or a payment of it, explains when it comes.
WAIT_FOR_PAYMENT = ("unknown_order", "unpaid_order", "unknown_refund", "amount_differs")


@dataclass(frozen=True, slots=True)
class Pairing:
    """So much (positive, minor units) of what a difference holds is of a payment."""

    difference: Row[Any]
    payment: Row[Any]
    amount_minor: int

    @property
    def sign(self) -> int:
        """1 where the clearing account is debited with it, else -1."""
        return 1 if self.difference.held_minor < 0 else -1

    @property
    def debit_minor(self) -> int:
        """What comes to what the difference holds: a debit is positive."""
        return self.sign * self.amount_minor


async def lock_differences(work: Work, ids: Collection[int]) -> Sequence[Row[Any]]:
    """Differences by id, locked in the order of their ids."""
    return await lock_rows(work, SettlementDifference, ids)


def fits(difference: Row[Any], payment: Row[Any]) -> bool:
    """Whether a payment may be what a difference holds: of the same channel, entity and currency,
    and on the other side of the clearing account."""
    same = ("channel_id", "entity_id", "currency")
    return (
        all(getattr(difference, name) == getattr(payment, name) for name in same)
        and payment.uncleared_minor > 0
        and SIGNS.get(payment.kind, 0) * difference.held_minor < 0
    )


async def pair(work: Work, pairings: Sequence[Pairing], *, resolution: str) -> None:
    """Set what locked differences hold against locked payments; each difference and payment in one
    pairing at most. What the currencies did in between is posted. Differences that hold nothing
    any more are over."""
    if not pairings:
        return
    bases = [_bases(each) for each in pairings]
    await add_cleared(
        work,
        {
            each.payment.id: (each.amount_minor, of_payment)
            for each, (_, of_payment) in zip(pairings, bases, strict=True)
        },
    )
    rows = [
        {
            "settlement_id": each.difference.settlement_id,
            "payment_id": each.payment.id,
            "difference_id": each.difference.id,
            "amount_minor": each.amount_minor,
            "base_minor": of_payment,
            "matched_at": work.now,
        }
        for each, (_, of_payment) in zip(pairings, bases, strict=True)
    ]
    ids = await insert_ids(work, SettlementMatch, rows)
    came = [
        (each.difference, each.debit_minor, held)
        for each, (held, _) in zip(pairings, bases, strict=True)
    ]
    await lessen(work, came, resolution=resolution)
    await end_differences_of(work, [each.payment.id for each in pairings], resolution)
    await post(
        work,
        [
            _exchange(work, match_id, each, own)
            for match_id, each, own in zip(ids, pairings, bases, strict=True)
        ],
    )


def _bases(each: Pairing) -> tuple[int, int]:
    """What the amount stood at with the difference (positive: a debit comes), and the payment."""
    held = Standing(abs(each.difference.held_minor), -each.difference.held_base_minor)
    payment = each.payment
    waiting = Standing(payment.uncleared_minor, payment.base_minor - payment.cleared_base_minor)
    return held.base_of(each.amount_minor), waiting.base_of(each.amount_minor)


async def lessen(work: Work, came: Sequence[tuple[Row[Any], int, int]], *, resolution: str) -> None:
    """So much (amount and base, a debit is positive) comes to what each locked difference holds,
    each of them named once; those that hold nothing then are over. One statement."""
    d = SettlementDifference
    given = (
        func.unnest(
            literal([row.id for row, _, _ in came], ARRAY(BigInteger)),
            literal([amount for _, amount, _ in came], ARRAY(BigInteger)),
            literal([base for _, _, base in came], ARRAY(BigInteger)),
        )
        .table_valued(*(column(name, BigInteger) for name in ("id", "amount", "base")))
        .render_derived(name="given")
    )
    is_over = d.held_minor + given.c.amount == 0
    await work.execute(
        update(d)
        .where(d.tenant_id == work.tenant_id, d.id == given.c.id)
        .values(
            held_minor=d.held_minor + given.c.amount,
            held_base_minor=d.held_base_minor + given.c.base,
            status=case((is_over, RESOLVED), else_=d.status),
            resolution=case((is_over, resolution), else_=d.resolution),
            resolved_at=case((is_over, work.now), else_=d.resolved_at),
            wait_until=case((is_over, null()), else_=d.wait_until),
            version=d.version + 1,
        )
    )
    for row, amount, _ in came:
        if row.held_minor + amount == 0:
            _tell(work, row, resolution)


def _tell(work: Work, row: Row[Any], resolution: str) -> None:
    work.record(
        DifferenceResolved(
            aggregate_id=row.id, channel_id=row.channel_id, kind=row.kind, resolution=resolution
        )
    )


def _exchange(work: Work, match_id: int, each: Pairing, bases: tuple[int, int]) -> Entry:
    """The clearing account had the two sides at different base amounts."""
    held, of_payment = bases
    difference = held - each.sign * of_payment
    return Entry(
        entity_id=each.difference.entity_id,
        milestone="settlement_matched",
        source_kind="settlement_match",
        source_id=match_id,
        currency=each.difference.currency,
        legs=(
            Leg("clearing", 0, base_amount_minor=difference),
            Leg("realised_exchange", 0, base_amount_minor=-difference),
        ),
        posted_on=work.now.date(),
        description=f"Exchange difference of {each.payment.number}",
        dimensions=Dimensions(channel_id=each.difference.channel_id),
    )


async def end_differences_of(work: Work, payment_ids: Collection[int], resolution: str) -> None:
    """What was said to be missing of payments of which nothing is left is over."""
    if not payment_ids:
        return
    d, p = SettlementDifference, Payment
    rows = await work.rows(
        update(d)
        .where(
            d.tenant_id == work.tenant_id,
            d.payment_id.in_(payment_ids),
            d.status != RESOLVED,
            p.tenant_id == work.tenant_id,
            p.id == d.payment_id,
            p.uncleared_minor == 0,
        )
        .values(
            status=RESOLVED,
            resolution=resolution,
            resolved_at=work.now,
            wait_until=None,
            version=d.version + 1,
        )
        .returning(d.id, d.channel_id, d.kind)
    )
    for row in rows:
        _tell(work, row, resolution)


async def match_late(work: Work, order_id: int, payment_ids: Sequence[int]) -> None:
    """Set what differences hold of an order against payments of it that were recorded since. Its
    channel's terms are locked."""
    d = SettlementDifference
    wanted = await work.values(
        select(d.id).where(
            d.tenant_id == work.tenant_id,
            d.order_id == order_id,
            d.held_minor != 0,
            d.status.in_(("open", "waiting")),
            d.kind.in_(WAIT_FOR_PAYMENT),
        )
    )
    differences = await lock_differences(work, wanted)
    waiting = list(await lock_rows(work, Payment, payment_ids))
    pairings = []
    for row in differences:
        payment = next((each for each in waiting if fits(row, each)), None)
        if payment is not None:
            waiting.remove(payment)
            amount = min(abs(row.held_minor), payment.uncleared_minor)
            pairings.append(Pairing(row, payment, amount))
    await pair(work, pairings, resolution="matched_later")

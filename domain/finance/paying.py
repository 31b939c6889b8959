"""Payments are recorded: money that came from customers or channels, and that goes to them or to
suppliers. Each is posted against receivables or payables; what it settles is said by `settle`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.finance.events import PaymentRecorded
from domain.finance.models import Payment
from domain.finance.numbering import draw_with_books, entities_of
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.inserting import insert_rows
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.ledger.currency import to_base
from domain.ledger.entries import Day, Dimensions, Entry
from domain.ledger.posting import post
from domain.ledger.rates import rates_on

RECEIPT, REFUND, TO_SUPPLIER = "receipt", "refund", "supplier_payment"
# At which milestone it is posted, against what, and whether money comes in.
MILESTONES = {
    RECEIPT: ("customer_payment", "receivable", 1),
    REFUND: ("customer_refund", "receivable", -1),
    TO_SUPPLIER: ("supplier_payment", "payable", -1),
}
METHODS = ("bank", "card", "cash", "channel", "other", "credit")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """Money that came (receipt) or went (refund, supplier_payment): `amount_minor` of `currency`.

    What lies with a channel names it (method "channel"). The same `external_id` of a channel, or
    the same `source` (kind, id) of ours, is one payment. `order_id`: of which order it was paid."""

    kind: str
    entity_id: int
    currency: str
    amount_minor: int
    paid_on: date
    method: str = "bank"
    party_id: int | None = None
    channel_id: int | None = None
    order_id: int | None = None
    reference: str | None = None
    external_id: str | None = None
    source: tuple[str, int] | None = None


async def record_payments(
    work: Work, payments: Sequence[NewPayment], *, day: Day = Day.FALLS
) -> list[Row[Any] | None]:
    """Record and post payments; their rows, in order, None for one that was recorded before.

    Numbers are drawn and the books locked here: every other lock is taken before, except those of
    what is settled by it. Raises InvalidInput, NotFound, ExchangeRateMissing, and PeriodClosed for
    a day that somebody chose."""
    for payment in payments:
        _require_sound(payment)
    known = await _known(work, payments)
    fresh = [each for each in payments if _key(each) is None or _key(each) not in known]
    rows = await _write(work, fresh)
    await post(work, [_entry(row, day) for row in rows if row is not None])
    for row in rows:
        if row is not None:
            _tell(work, row)
    written = iter(rows)
    return [
        None if _key(each) is not None and _key(each) in known else next(written)
        for each in payments
    ]


def _require_sound(payment: NewPayment) -> None:
    if payment.amount_minor <= 0:
        raise InvalidInput("Must be more than zero.", path=("amount",))
    if payment.method not in METHODS:
        raise InvalidInput(f"Must be one of {', '.join(METHODS)}.", path=("method",))
    if (payment.method == "channel") != (payment.channel_id is not None):
        raise InvalidInput("A channel's payment names its channel.", path=("channel_id",))


def _key(payment: NewPayment) -> tuple[Any, ...] | None:
    if payment.source is not None:
        return payment.source
    if payment.external_id is not None:
        return payment.channel_id, payment.external_id
    return None


async def _known(reader: Reader, payments: Sequence[NewPayment]) -> set[tuple[Any, ...]]:
    sources = [each.source for each in payments if each.source is not None]
    told = [each.external_id for each in payments if each.external_id is not None]
    if not sources and not told:
        return set()
    rows = await reader.rows(
        select(
            Payment.source_kind, Payment.source_id, Payment.channel_id, Payment.external_id
        ).where(
            Payment.tenant_id == reader.tenant_id,
            Payment.source_id.in_([number for _, number in sources])
            | Payment.external_id.in_(told),
        )
    )
    return {(row.source_kind, row.source_id) for row in rows} | {
        (row.channel_id, row.external_id) for row in rows
    }


async def _write(work: Work, payments: Sequence[NewPayment]) -> list[Row[Any] | None]:
    if not payments:
        return []
    entities = await entities_of(work, {each.entity_id for each in payments})
    bases = await _bases(work, payments, entities)
    numbers = await draw_with_books(work, "payment", len(payments), entities)
    given = [
        _row(work, each, number, base)
        for each, number, base in zip(payments, numbers, bases, strict=True)
    ]
    rows = await insert_rows(work, Payment, given, returning=tuple(Payment.__table__.c.keys()))
    by_number = {row.number: row for row in rows}
    return [by_number.get(number) for number in numbers]


async def _bases(
    work: Work, payments: Sequence[NewPayment], entities: dict[int, Row[Any]]
) -> list[int]:
    if {each.entity_id for each in payments} - entities.keys():
        raise NotFound("legal entity")
    bases = []
    for each in payments:
        own = entities[each.entity_id].currency
        if own == each.currency:
            bases.append(each.amount_minor)
            continue
        pair = (each.currency, own)
        rates = await rates_on(work, [pair], on=each.paid_on)
        bases.append(to_base(each.amount_minor, *pair, rates[pair]))
    return bases


def _row(work: Work, payment: NewPayment, number: str, base: int) -> dict[str, Any]:
    kind, source_id = payment.source or (None, None)
    same = (
        *("kind", "entity_id", "currency", "amount_minor", "paid_on", "method", "party_id"),
        *("channel_id", "order_id", "reference", "external_id"),
    )
    return {
        **{name: getattr(payment, name) for name in same},
        "number": number,
        "source_kind": kind,
        "source_id": source_id,
        "base_minor": base,
        "base_open_minor": base,
        "created_at": work.now,
    }


def _entry(row: Row[Any], day: Day) -> Entry:
    milestone, contra, sign = MILESTONES[row.kind]
    amount = sign * row.amount_minor
    return Entry(
        entity_id=row.entity_id,
        milestone=milestone,
        source_kind="payment",
        source_id=row.id,
        currency=row.currency,
        legs=((row.method, amount), (contra, -amount)),
        posted_on=row.paid_on,
        description=f"Payment {row.number}",
        trace={"payment_id": row.id} | ({} if row.order_id is None else {"order_id": row.order_id}),
        dimensions=Dimensions(channel_id=row.channel_id, party_id=row.party_id),
        day=day,
    )


def _tell(work: Work, row: Row[Any]) -> None:
    work.record(
        PaymentRecorded(
            aggregate_id=row.id,
            number=row.number,
            kind=row.kind,
            party_id=row.party_id,
            order_id=row.order_id,
            currency=row.currency,
            amount_minor=row.amount_minor,
        )
    )
    work.audit(
        "record_payment",
        subject="payment",
        subject_id=row.id,
        after={
            "number": row.number,
            "kind": row.kind,
            "amount_minor": row.amount_minor,
            "currency": row.currency,
            "method": row.method,
            "reference": row.reference,
        },
    )


async def receipts_of_orders(reader: Reader, order_ids: Collection[int]) -> Sequence[Row[Any]]:
    """The receipts that were paid of these orders and stand, oldest first."""
    return await reader.rows(
        select(*Payment.__table__.c)
        .where(
            Payment.tenant_id == reader.tenant_id,
            Payment.kind == RECEIPT,
            Payment.status == "booked",
            Payment.order_id.in_(order_ids),
        )
        .order_by(Payment.id)
    )

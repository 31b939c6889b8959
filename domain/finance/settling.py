"""Settling: a payment, a credit note or a write-off closes what is open of an invoice or a refund,
and what the currencies did meanwhile is posted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.engine import Row

from domain.finance.events import InvoiceSettled
from domain.finance.models import PaymentAllocation
from domain.finance.open_items import Added, Item, add_to_items, lock_items, standing_of
from domain.finance.outcomes import CurrencyDiffers, PaymentTooMuch
from domain.finance.policies.settling import Standing
from domain.kernel.errors import InvalidInput
from domain.kernel.inserting import insert_ids
from domain.kernel.work import Work
from domain.ledger.entries import Dimensions, Entry, Leg
from domain.ledger.posting import post

# What of an invoice counts how it was settled, by what settled it.
COUNTERS = {
    "payment": "paid_minor",
    "credit_note": "credited_minor",
    "write_off": "written_off_minor",
}
# A refund is a payment that is settled like an invoice: the other side of a credit.
COLUMNS = {
    "invoice": "invoice_id",
    "payment": "refund_id",
    "supplier_invoice": "supplier_invoice_id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """So much of `source` (a payment, credit note or write-off) for `target` (an invoice, a
    supplier's, or a refund), in minor units of their currency."""

    source: Item
    target: Item
    amount_minor: int


@dataclass(frozen=True, slots=True)
class _Settled:
    """A settling, and what each side of it stood at in the books."""

    of: Settling
    source_base: int
    target_base: int

    @property
    def difference(self) -> int:
        """By how much the target stood higher than what settled it."""
        return self.target_base - self.source_base


async def settle(work: Work, parts: Sequence[Settling]) -> list[int]:
    """Settle; the ids of the allocations, in order. Locks both sides.

    Raises NotFound, CurrencyDiffers, InvalidInput for another entity's, and PaymentTooMuch when
    more would be settled than is open on either side."""
    if not parts:
        return []
    async with work.house():
        rows = await lock_items(
            work, [item for each in parts for item in (each.source, each.target)]
        )
        return await settle_locked(work, parts, rows)


async def settle_locked(
    work: Work, parts: Sequence[Settling], rows: Mapping[Item, Row[Any]]
) -> list[int]:
    """The same for items whose rows are locked, and were not changed since."""
    done = _worked_out(parts, rows)
    ids = await insert_ids(work, PaymentAllocation, [_row(work, each) for each in done])
    await add_to_items(work, [added for each in done for added in _counted(each, sign=1)])
    await _post_differences(work, done, ids, rows)
    _tell_settled(work, done, rows)
    return ids


def _worked_out(parts: Sequence[Settling], rows: Mapping[Item, Row[Any]]) -> list[_Settled]:
    left: dict[Item, Standing] = {}
    done = []
    for each in parts:
        source, target = rows[each.source], rows[each.target]
        _require_same(each, source, target)
        standing = left.get(each.target) or standing_of(target)
        _require_open(each, standing, target)
        target_base = source_base = standing.base_of(each.amount_minor)
        left[each.target] = standing.less(each.amount_minor)
        if each.source.kind != "write_off":
            standing = left.get(each.source) or standing_of(source)
            _require_open(each, standing, source)
            source_base = standing.base_of(each.amount_minor)
            left[each.source] = standing.less(each.amount_minor)
        done.append(_Settled(each, source_base, target_base))
    return done


def _require_same(each: Settling, source: Row[Any], target: Row[Any]) -> None:
    if each.amount_minor <= 0:
        raise InvalidInput("Must be more than zero.", path=("amount",))
    if each.source.kind == "write_off":
        return
    if source.currency != target.currency:
        message = f"{target.number} is in {target.currency}, {source.number} in {source.currency}."
        raise CurrencyDiffers(message, expected=target.currency, actual=source.currency)
    if source.entity_id != target.entity_id:
        raise InvalidInput("They are of different legal entities.", path=("invoice_id",))


def _require_open(each: Settling, standing: Standing, row: Row[Any]) -> None:
    if each.amount_minor > standing.open_minor:
        raise PaymentTooMuch(
            f"Less than that is open of {row.number}.",
            available_minor=standing.open_minor,
            currency=row.currency,
        )


def _row(work: Work, each: _Settled) -> dict[str, Any]:
    sides = dict.fromkeys((*(f"{kind}_id" for kind in COUNTERS), *COLUMNS.values()))
    source, target = each.of.source, each.of.target
    return {
        **sides,
        f"{source.kind}_id": source.id,
        COLUMNS[target.kind]: target.id,
        "amount_minor": each.of.amount_minor,
        "source_base_minor": each.source_base,
        "target_base_minor": each.target_base,
        "allocated_at": work.now,
    }


def _counted(each: _Settled, *, sign: int) -> list[Added]:
    source, target, amount = each.of.source, each.of.target, sign * each.of.amount_minor
    counter = COUNTERS[source.kind] if target.kind == "invoice" else _COUNTER_OF[target.kind]
    added = [
        Added(
            item=target, counter=counter, amount_minor=amount, base_minor=-sign * each.target_base
        )
    ]
    if source.kind != "write_off":
        base = -sign * each.source_base
        added.append(
            Added(item=source, counter="applied_minor", amount_minor=amount, base_minor=base)
        )
    return added


_COUNTER_OF = {"payment": "applied_minor", "supplier_invoice": "paid_minor"}


async def _post_differences(
    work: Work, done: Sequence[_Settled], ids: Sequence[int], rows: Mapping[Item, Row[Any]]
) -> None:
    await post(
        work,
        [
            difference_entry(
                work,
                allocation_id=allocation_id,
                row=rows[each.of.target],
                is_payable=each.of.target.kind == "supplier_invoice",
                difference=each.difference,
            )
            for each, allocation_id in zip(done, ids, strict=True)
        ],
    )


def difference_entry(
    work: Work,
    *,
    allocation_id: int,
    row: Row[Any],
    is_payable: bool,
    difference: int,
    kind: str = "payment_allocation",
) -> Entry:
    """What the currencies did between the two sides, in the books alone: `difference` is by how
    much the target (its row) stood higher than what settled it."""
    name = "payable" if is_payable else "receivable"
    sign = 1 if is_payable else -1
    return Entry(
        entity_id=row.entity_id,
        milestone=f"{name}_settled",
        source_kind=kind,
        source_id=allocation_id,
        currency=row.currency,
        legs=(
            Leg(name, 0, base_amount_minor=sign * difference),
            Leg("realised_exchange", 0, base_amount_minor=-sign * difference),
        ),
        posted_on=work.now.date(),
        description=f"Exchange difference of {row.number}",
        dimensions=Dimensions(
            party_id=row.supplier_id if is_payable else row.party_id,
        ),
    )


def _tell_settled(work: Work, done: Sequence[_Settled], rows: Mapping[Item, Row[Any]]) -> None:
    settled: dict[Item, int] = defaultdict(int)
    for each in done:
        settled[each.of.target] += each.of.amount_minor
    for item, amount in settled.items():
        row = rows[item]
        if item.kind == "invoice" and row.open_minor == amount:
            work.record(
                InvoiceSettled(aggregate_id=item.id, number=row.number, party_id=row.party_id)
            )


async def unsettle(work: Work, payment_id: int) -> None:
    """Open again whatever a payment had settled, or (of a refund) what it had paid back, with what
    was posted about it turned around. The payment is locked, and what a refund paid back."""
    standing = await _allocations(work, payment_id)
    if not standing:
        return
    done = [_settled_before(row) for row in standing]
    rows = await lock_items(work, [each.of.target for each in done])
    await add_to_items(work, [added for each in done for added in _counted(each, sign=-1)])
    await work.execute(
        update(PaymentAllocation)
        .where(
            PaymentAllocation.tenant_id == work.tenant_id,
            PaymentAllocation.id.in_([row.id for row in standing]),
        )
        .values(ended_at=work.now)
    )
    await post(
        work,
        [
            difference_entry(
                work,
                allocation_id=row.id,
                row=rows[each.of.target],
                is_payable=each.of.target.kind == "supplier_invoice",
                difference=-each.difference,
                kind="ended_allocation",
            )
            for each, row in zip(done, standing, strict=True)
        ],
    )


async def _allocations(work: Work, payment_id: int) -> Sequence[Row[Any]]:
    return await work.rows(
        select(*PaymentAllocation.__table__.c)
        .where(
            PaymentAllocation.tenant_id == work.tenant_id,
            or_(
                PaymentAllocation.payment_id == payment_id,
                PaymentAllocation.refund_id == payment_id,
            ),
            PaymentAllocation.ended_at.is_(None),
        )
        .order_by(PaymentAllocation.id)
    )


def _settled_before(row: Row[Any]) -> _Settled:
    target = next(
        Item(kind, getattr(row, name))
        for kind, name in COLUMNS.items()
        if getattr(row, name) is not None
    )
    source = next(
        Item(kind, getattr(row, f"{kind}_id"))
        for kind in COUNTERS
        if getattr(row, f"{kind}_id") is not None
    )
    of = Settling(source=source, target=target, amount_minor=row.amount_minor)
    return _Settled(of, row.source_base_minor, row.target_base_minor)

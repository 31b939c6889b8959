"""Reservations: stock of one balance promised to one order line.

The quantities of a balance's open reservations always add up to what it has reserved."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import ARRAY, BigInteger, case, column, func, literal, select, update

from domain.inventory.models import QUANTITY, StockReservation
from domain.inventory.movements import Change, move
from domain.inventory.outcomes import ReservationSpent
from domain.inventory.policy import ZERO
from domain.kernel.errors import NotFound
from domain.kernel.inserting import insert_ids
from domain.kernel.quantity import plain
from domain.kernel.value_objects import value_object
from domain.kernel.work import Actor, Work

OPEN = "open"


@value_object(kw_only=True)
class Wanted:
    """A quantity (base units) of a balance that an order line is to have.

    `reference_id` is its own document, where one call serves several of the kind, and `by` on
    whose behalf it is reserved (None: the work's)."""

    balance_id: int
    order_line_id: int
    quantity: Decimal
    reference_id: int | None = None
    by: Actor | None = None


@value_object(kw_only=True)
class Taken:
    """A quantity (base units) of a reservation that left or was given back.

    `reference_id` is its own document, where one call serves several of the kind."""

    reservation_id: int
    quantity: Decimal
    reference_id: int | None = None


async def reserve(
    work: Work,
    wanted: Sequence[Wanted],
    *,
    reference_kind: str,
    reference_id: int,
    are_locked: bool = False,
) -> list[int]:
    """Reserve stock for order lines; the reservations' ids, in the order of `wanted`.

    Raises StockShort, with nothing reserved, when a balance has less free than is wanted.
    `are_locked`: the caller has locked the balances and seen that they have enough."""
    _require_positive(wanted)
    if not wanted:
        return []
    changes = [
        Change(
            balance_id=each.balance_id,
            kind="reservation",
            reserved=each.quantity,
            reason="reserved",
            reference_id=each.reference_id,
            by=each.by,
        )
        for each in wanted
    ]
    await move(
        work,
        changes,
        reference_kind=reference_kind,
        reference_id=reference_id,
        are_locked=are_locked,
    )
    return await insert_ids(
        work,
        StockReservation,
        [
            {
                "balance_id": each.balance_id,
                "order_line_id": each.order_line_id,
                "quantity": each.quantity,
                "created_at": work.now,
            }
            for each in wanted
        ],
    )


async def consume(
    work: Work, taken: Sequence[Taken], *, reference_kind: str, reference_id: int
) -> None:
    """Reserved goods left: on hand and reserved fall together.

    Raises NotFound for an unknown reservation, ReservationSpent when it holds less."""
    _require_positive(taken)
    quantities = _by_reservation(taken)
    balances = await _balances_of(work, quantities)
    changes = [
        Change(
            balance_id=balances[reservation_id],
            kind="issue",
            on_hand=-quantity,
            reserved=-quantity,
            reason="shipped",
        )
        for reservation_id, quantity in quantities.items()
    ]
    await move(work, changes, reference_kind=reference_kind, reference_id=reference_id)
    await _reduce(work, quantities, ended_as="consumed")


async def release(
    work: Work, taken: Sequence[Taken], *, reference_kind: str, reference_id: int
) -> None:
    """Reserved goods become free again.

    Raises NotFound for an unknown reservation, ReservationSpent when it holds less."""
    _require_positive(taken)
    quantities = _by_reservation(taken)
    balances = await _balances_of(work, quantities)
    documents = {each.reservation_id: each.reference_id for each in taken}
    changes = [
        Change(
            balance_id=balances[reservation_id],
            kind="release",
            reserved=-quantity,
            reason="released",
            reference_id=documents.get(reservation_id),
        )
        for reservation_id, quantity in quantities.items()
    ]
    await move(work, changes, reference_kind=reference_kind, reference_id=reference_id)
    await _reduce(work, quantities, ended_as="released")


def _require_positive(asked: Sequence[Wanted] | Sequence[Taken]) -> None:
    for each in asked:
        if each.quantity <= 0:
            raise ValueError(f"a reservation moves more than nothing, not {each.quantity}")


def _by_reservation(taken: Sequence[Taken]) -> dict[int, Decimal]:
    quantities: dict[int, Decimal] = {}
    for each in taken:
        quantities[each.reservation_id] = quantities.get(each.reservation_id, ZERO) + each.quantity
    return dict(sorted(quantities.items()))


async def _balances_of(work: Work, quantities: Mapping[int, Decimal]) -> dict[int, int]:
    """The balance of each reservation. They are not locked: their balances are, by the move, and
    the reservations are reduced after that with a condition."""
    rows = await work.rows(
        select(
            StockReservation.id,
            StockReservation.balance_id,
            StockReservation.quantity,
        ).where(StockReservation.tenant_id == work.tenant_id, StockReservation.id.in_(quantities))
    )
    if len(rows) != len(quantities):
        raise NotFound("stock reservation")
    for row in rows:
        _refuse_spent(row.id, row.quantity, quantities[row.id])
    return {row.id: row.balance_id for row in rows}


def _refuse_spent(reservation_id: int, held: Decimal, asked: Decimal) -> None:
    if held < asked:
        raise ReservationSpent(
            f"The reservation holds {plain(held)}, not {plain(asked)}.",
            reservation_id=reservation_id,
            requested=plain(asked),
            available=plain(held),
        )


async def _reduce(work: Work, quantities: Mapping[int, Decimal], *, ended_as: str) -> None:
    if not quantities:
        return
    taken = (
        func.unnest(
            literal(list(quantities), ARRAY(BigInteger)),
            literal(list(quantities.values()), ARRAY(QUANTITY)),
        )
        .table_valued(column("reservation_id", BigInteger), column("quantity", QUANTITY))
        .render_derived(name="taken")
    )
    is_spent = StockReservation.quantity == taken.c.quantity
    reduced = await work.values(
        update(StockReservation)
        .where(
            StockReservation.tenant_id == work.tenant_id,
            StockReservation.id == taken.c.reservation_id,
            StockReservation.quantity >= taken.c.quantity,
        )
        .values(
            quantity=StockReservation.quantity - taken.c.quantity,
            status=case((is_spent, ended_as), else_=OPEN),
            ended_at=case((is_spent, work.now), else_=None),
        )
        .returning(StockReservation.id)
    )
    for reservation_id in quantities.keys() - set(reduced):
        # Another transaction spent it between the look and the lock of its balance.
        raise ReservationSpent(
            "The reservation was spent meanwhile.",
            reservation_id=reservation_id,
            requested=plain(quantities[reservation_id]),
            available=ZERO,
        )

"""Movements: the only way in which a balance changes.

A balance and its movements are written together, so that it is their sum at all times."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import ARRAY, BigInteger, Integer, bindparam, column, func, update

from domain.inventory.balances import Balance, lock_balances_by_id
from domain.inventory.models import QUANTITY, StockBalance, StockMovement
from domain.inventory.outcomes import StockShort
from domain.inventory.policy import ZERO, States, shortage, sum_changes
from domain.kernel.inserting import insert_rows
from domain.kernel.prepared import Prepared
from domain.kernel.quantity import plain
from domain.kernel.value_objects import value_object
from domain.kernel.work import Actor, Work

STATES = ("on_hand", "reserved", "quality_control", "damaged")


@value_object(kw_only=True)
class Change:
    """What one movement adds to each state of one balance, and why (base units).

    `unit_cost` is money per base unit, in major units. `reference_id` is set where one move serves
    several documents of the kind, `by` where it is on behalf of several callers."""

    balance_id: int
    kind: str
    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    quality_control: Decimal = ZERO
    damaged: Decimal = ZERO
    reason: str
    unit_cost: Decimal | None = None
    reference_id: int | None = None
    by: Actor | None = None

    @property
    def states(self) -> States:
        """What it adds to each state."""
        return States(self.on_hand, self.reserved, self.quality_control, self.damaged)


async def move(
    work: Work,
    changes: Sequence[Change],
    *,
    reference_kind: str,
    reference_id: int,
    are_locked: bool = False,
) -> None:
    """Change balances and write the movements that say so, with the document behind them.

    Several changes of one balance count together. Raises StockShort, with nothing moved, when a
    balance would be oversold, and NotFound when there is no such balance. `are_locked`: the caller
    has locked the balances and seen that they allow the changes."""
    await change_balances(work, changes, are_locked=are_locked)
    await write_movements(work, changes, reference_kind=reference_kind, reference_id=reference_id)


async def change_balances(
    work: Work, changes: Sequence[Change], *, are_locked: bool = False
) -> None:
    """The first half of `move`, for those whose document is numbered after all locks are taken.

    The same transaction must write the movements of the very same changes."""
    deltas = sum_changes((change.balance_id, change.states) for change in changes)
    if not deltas:
        return
    if not are_locked:
        balances = await lock_balances_by_id(work, deltas)
        for balance_id, delta in deltas.items():
            _refuse_shortage(balances[balance_id], delta)
    states = {name: [getattr(delta, name) for delta in deltas.values()] for name in STATES}
    await work.execute(_ADD, {"tenant": work.tenant_id, "balances": list(deltas), **states})


async def write_movements(
    work: Work, changes: Sequence[Change], *, reference_kind: str, reference_id: int
) -> None:
    """The second half of `move`: the movements of changes that were made to the balances."""
    if not changes:
        return
    await insert_rows(
        work,
        StockMovement,
        [
            {
                "balance_id": change.balance_id,
                "kind": change.kind,
                **{name: getattr(change, name) for name in STATES},
                "reason": change.reason,
                "unit_cost": change.unit_cost,
                "reference_kind": reference_kind,
                "reference_id": change.reference_id or reference_id,
                "actor": (change.by or work.actor).principal.name,
                "occurred_at": work.now,
            }
            for change in changes
        ],
    )


def _refuse_shortage(balance: Balance, change: States) -> None:
    short = shortage(balance.states, change)
    if short is not None:
        raise StockShort(
            f"{plain(short.requested)} asked for, {plain(short.available)} free.",
            balance_id=balance.id,
            item_id=balance.item_id,
            location_id=balance.location_id,
            requested=plain(short.requested),
            available=plain(short.available),
        )


def _add() -> Prepared:
    """Adds to the states of many balances."""
    delta = (
        func.unnest(
            bindparam("balances", type_=ARRAY(BigInteger)),
            *(bindparam(name, type_=ARRAY(QUANTITY)) for name in STATES),
        )
        .table_valued(
            column("balance_id", BigInteger), *(column(name, QUANTITY) for name in STATES)
        )
        .render_derived(name="delta")
    )
    added = {name: getattr(StockBalance, name) + delta.c[name] for name in STATES}
    return Prepared(
        update(StockBalance)
        .where(
            StockBalance.tenant_id == bindparam("tenant", type_=Integer),
            StockBalance.id == delta.c.balance_id,
        )
        .values(added | {"version": StockBalance.version + 1})
    )


_ADD = _add()

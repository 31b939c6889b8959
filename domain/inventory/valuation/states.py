"""The locked cost of one item of an owner while a transaction works on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

from sqlalchemy.engine import Row

from domain.inventory.policies.cost_pools import STANDARD, Layer, Pool
from domain.inventory.policy import ZERO, Cost, value_at_average
from domain.inventory.valuation.kinds import Key, Source
from domain.kernel.money import exponent, round_minor


@dataclass(slots=True)
class Consigned:
    """What is left of a third party's goods, and what a base unit of them costs (major units)."""

    layer_id: int
    source: Source
    left: Decimal
    unit_price: Decimal


@dataclass(slots=True)
class State:
    """One locked cost row: its pool, what lies beside it, and where its count of events stands."""

    key: Key
    currency: str
    pool: Pool
    position: int
    method_position: int
    standard: Decimal | None
    pending: Decimal
    consigned: Decimal
    last_on: date | None
    lends: bool
    consignments: list[Consigned] = field(default_factory=list)
    sources: dict[int, Source] = field(default_factory=dict)
    # What was left of each layer when it was read.
    read: dict[int, tuple[Decimal, int]] = field(default_factory=dict)
    is_changed: bool = False

    def next_position(self) -> int:
        """The place of what happens next."""
        self.is_changed = True
        self.position += 1
        return self.position

    def day(self, today: date) -> date:
        """The day on which what happens now counts: never before what happened last."""
        self.last_on = today if self.last_on is None else max(today, self.last_on)
        return self.last_on

    def at_unit(self, quantity: Decimal, unit: Decimal) -> int:
        """What a quantity is worth at so much (major units) for a base unit, in minor units."""
        with localcontext() as context:
            context.prec = 60
            return round_minor((quantity * unit).scaleb(exponent(self.currency)))

    def unit_now(self) -> Decimal:
        """What a base unit of what is there is worth, in major units to six decimals."""
        return self._unit(self.pool.quantity, self.pool.value)

    def _unit(self, quantity: Decimal, value: int) -> Decimal:
        with localcontext() as context:
            context.prec = 60
            unit = (Decimal(value) / quantity).scaleb(-exponent(self.currency))
            return unit.quantize(Decimal("0.000001"))

    def worth(self, quantity: Decimal) -> int:
        """What a quantity would be worth here: at the standard, the average, or the last cost."""
        if self.pool.method == STANDARD and self.standard is not None:
            return self.at_unit(quantity, self.standard)
        if self.pool.quantity > 0:
            return value_at_average(Cost(self.pool.quantity, self.pool.value), quantity)
        with localcontext() as context:
            context.prec = 60
            return round_minor(quantity * self.pool.last_unit)

    def entering(self, quantity: Decimal, value: int) -> int:
        """What goods that cost `value` come in at: that, or the standard, which the first ones
        set."""
        if self.pool.method != STANDARD:
            return value
        if self.standard is None:
            self.standard = self._unit(quantity, value)
            return value
        return self.at_unit(quantity, self.standard)

    def row(self) -> dict[str, Any]:
        """What is written of it."""
        owner_id, item_id = self.key
        return {
            "owner_id": owner_id,
            "item_id": item_id,
            "quantity": self.pool.quantity,
            "value_minor": self.pool.value,
            "method": self.pool.method,
            "method_position": self.method_position,
            "standard_cost": self.standard,
            "last_unit_minor": self.pool.last_unit,
            "pending": self.pending,
            "consigned": self.consigned,
            "written_down_minor": self.pool.written_down,
            "position": self.position,
            "last_on": self.last_on,
        }

    def left(self) -> list[dict[str, Any]]:
        """The layers that were read and of which something else is left now."""
        return [
            {"id": each.key, "quantity_left": each.left, "value_left_minor": each.value}
            for each in self.pool.layers
            if each.key > 0 and self.read[each.key] != (each.left, each.value)
        ] + [
            {"id": each.layer_id, "quantity_left": each.left, "value_left_minor": 0}
            for each in self.consignments
            if self.read[each.layer_id] != (each.left, 0)
        ]


def states_of(rows: Iterable[Row[Any]]) -> dict[Key, State]:
    """The states of what the opening statement gave: a row for each layer of each cost."""
    states: dict[Key, State] = {}
    for row in rows:
        key = (row.owner_id, row.item_id)
        state = states.get(key)
        if state is None:
            state = states[key] = _state(key, row)
        if row.layer_id is not None:
            _take_in(state, row)
    return states


def _state(key: Key, row: Row[Any]) -> State:
    pool = Pool(
        method=row.method,
        quantity=row.quantity,
        value=row.value_minor,
        last_unit=row.last_unit_minor,
        written_down=row.written_down_minor,
        lends=row.pending if row.lends else ZERO,
    )
    return State(
        key=key,
        currency=row.currency,
        pool=pool,
        position=row.position,
        method_position=row.method_position,
        standard=row.standard_cost,
        pending=row.pending,
        consigned=row.consigned,
        last_on=row.last_on,
        lends=row.lends,
    )


def _take_in(state: State, row: Row[Any]) -> None:
    source = Source(row.source_kind, row.source_id)
    if row.standing == "consigned":
        price = row.unit_price or ZERO
        state.consignments.append(Consigned(row.layer_id, source, row.quantity_left, price))
        state.read[row.layer_id] = (row.quantity_left, 0)
        return
    state.pool.layers.append(Layer(row.layer_id, row.quantity_left, row.value_left_minor))
    state.sources[row.layer_id] = source
    state.read[row.layer_id] = (row.quantity_left, row.value_left_minor)


def costs_of(states: Mapping[Key, State]) -> dict[Key, Cost]:
    """What is owned of each, and what that is worth."""
    return {key: Cost(each.pool.quantity, each.pool.value) for key, each in states.items()}

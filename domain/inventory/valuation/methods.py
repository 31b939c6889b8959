"""By which method stock is valued, and what changes with another one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.engine import Row

from domain.inventory.models import CostLayer, ItemCost
from domain.inventory.policies.cost_pools import FIFO, STANDARD
from domain.inventory.policy import Cost, value_at_average
from domain.inventory.valuation.book import CostBook
from domain.inventory.valuation.kinds import Key
from domain.inventory.valuation.revaluations import METHOD, Line, set_value
from domain.inventory.valuation.states import State
from domain.kernel.money import share
from domain.kernel.reading import Reader
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Chosen:
    """An item of an entity, the method that is settled for it today, and the one in use."""

    key: Key
    settled: str
    used: str


async def chosen_methods(reader: Reader, work: Work, entity_id: int) -> list[Chosen]:
    """Of every item that the entity has a cost of, what is settled and what is in use."""
    settled = func.costing_method_of(
        work.tenant_id, ItemCost.owner_id, ItemCost.item_id, work.now.date()
    )
    rows = await reader.rows(
        select(
            ItemCost.item_id,
            ItemCost.method,
            func.coalesce(settled, "average").label("settled"),
        )
        .where(ItemCost.tenant_id == work.tenant_id, ItemCost.owner_id == entity_id)
        .order_by(ItemCost.item_id)
    )
    return [Chosen((entity_id, row.item_id), row.settled, row.method) for row in rows]


async def actual_costs(reader: Reader, keys: Collection[Key]) -> dict[int, Row[Any]]:
    """What the layers that are still there cost by now, by their ids."""
    rows = await reader.rows(
        select(CostLayer.id, CostLayer.quantity, CostLayer.cost_minor).where(
            CostLayer.tenant_id == reader.tenant_id,
            tuple_(CostLayer.owner_id, CostLayer.item_id).in_(sorted(keys)),
            CostLayer.is_open,
            CostLayer.standing == "valued",
        )
    )
    return {row.id: row for row in rows}


def change_method(
    book: CostBook, state: State, method: str, actual: Mapping[int, Row[Any]]
) -> Line:
    """Value an item by another method from now on: what its layers really cost under FIFO and the
    average, a standard where that is (its cost by now, unless one is set). What it was written down
    by stays off."""
    pool = state.pool
    before = pool.value
    layers = [layer for layer in pool.layers if layer.left]
    costs = [
        value_at_average(Cost(actual[n.key].quantity, actual[n.key].cost_minor), n.left)
        for n in layers
    ]
    after = before
    if layers and method == STANDARD:
        if state.standard is None:
            state.standard = state.unit_now()
        after = state.at_unit(pool.quantity, state.standard)
    elif layers and (method == FIFO or pool.method == STANDARD):
        after = sum(costs) - pool.written_down
    # The pool's value moves as one; what layers have of it is settled after.
    pool.method = "average"
    for layer in pool.layers:
        layer.value = 0
    set_value(book, state, after, leg=METHOD)
    pool.method = method
    if method == FIFO:
        for layer, part in zip(layers, share(after, [Decimal(c) for c in costs]), strict=True):
            layer.value = part
    state.method_position = state.position
    return Line(state.key[1], state.standard, pool.quantity, before, after)

"""What an entity's stock of an item cost: moving average, in minor units of its currency.

Rows are locked in the order of (owner, item); the value closes to zero with the last unit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ARRAY, BigInteger, column, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from domain.inventory.models import QUANTITY, ItemCost
from domain.inventory.policy import Cost, add_to_cost, take_from_cost
from domain.kernel.work import Work

Key = tuple[int, int]


class CostAdded(NamedTuple):
    """A quantity (base units) that came into an owner's stock, and what it cost (minor units)."""

    owner_id: int
    item_id: int
    quantity: Decimal
    value_minor: int


@dataclass(frozen=True, slots=True)
class CostOf:
    """A quantity (base units) of an owner's stock whose cost is asked for."""

    owner_id: int
    item_id: int
    quantity: Decimal

    @property
    def key(self) -> Key:
        """The cost row it stands in."""
        return self.owner_id, self.item_id


async def add_cost(work: Work, added: Sequence[tuple[int, int, Decimal, int]]) -> None:
    """Add (owner id, item id, quantity, value in minor units) to what the owners' stock cost."""
    totals: dict[Key, Cost] = {}
    for owner_id, item_id, quantity, value_minor in added:
        key = (owner_id, item_id)
        totals[key] = add_to_cost(totals.get(key, Cost()), quantity, value_minor)
    if not totals:
        return
    rows = [
        {
            "tenant_id": work.tenant_id,
            "owner_id": owner_id,
            "item_id": item_id,
            "quantity": cost.quantity,
            "value_minor": cost.value_minor,
        }
        for (owner_id, item_id), cost in sorted(totals.items())
    ]
    statement = insert(ItemCost).values(rows)
    added_up = statement.on_conflict_do_update(
        index_elements=["tenant_id", "owner_id", "item_id"],
        set_={
            "quantity": ItemCost.quantity + statement.excluded.quantity,
            "value_minor": ItemCost.value_minor + statement.excluded.value_minor,
        },
    )
    async with work.house():
        await work.execute(added_up)


async def take_cost(work: Work, taken: Sequence[CostOf]) -> list[int]:
    """Take quantities out of the owners' stock; what each took with it, in minor units.

    Raises ValueError when an owner has less: move the stock first, that refuses it properly."""
    values = []
    async with work.house():
        costs = await lock_costs(work, (each.key for each in taken))
        for each in taken:
            value, costs[each.key] = take_from_cost(costs.get(each.key, Cost()), each.quantity)
            values.append(value)
        await _write(work, costs)
    return values


async def lock_costs(work: Work, keys: Iterable[Key]) -> dict[Key, Cost]:
    """Lock the cost rows of (owner id, item id) that exist, in that order.

    Who both adds and takes locks all of them with this first."""
    statement = (
        select(ItemCost.owner_id, ItemCost.item_id, ItemCost.quantity, ItemCost.value_minor)
        .where(
            ItemCost.tenant_id == work.tenant_id,
            tuple_(ItemCost.owner_id, ItemCost.item_id).in_(sorted(set(keys))),
        )
        .order_by(ItemCost.owner_id, ItemCost.item_id)
        .with_for_update()
    )
    async with work.house():
        rows = await work.rows(statement)
    return {(row.owner_id, row.item_id): Cost(row.quantity, row.value_minor) for row in rows}


async def _write(work: Work, costs: dict[Key, Cost]) -> None:
    if not costs:
        return
    now_held = (
        func.unnest(
            literal([owner_id for owner_id, _ in costs], ARRAY(BigInteger)),
            literal([item_id for _, item_id in costs], ARRAY(BigInteger)),
            literal([cost.quantity for cost in costs.values()], ARRAY(QUANTITY)),
            literal([cost.value_minor for cost in costs.values()], ARRAY(BigInteger)),
        )
        .table_valued(
            column("owner_id", BigInteger),
            column("item_id", BigInteger),
            column("quantity", QUANTITY),
            column("value_minor", BigInteger),
        )
        .render_derived(name="now_held")
    )
    await work.execute(
        update(ItemCost)
        .where(
            ItemCost.tenant_id == work.tenant_id,
            ItemCost.owner_id == now_held.c.owner_id,
            ItemCost.item_id == now_held.c.item_id,
        )
        .values(quantity=now_held.c.quantity, value_minor=now_held.c.value_minor)
    )

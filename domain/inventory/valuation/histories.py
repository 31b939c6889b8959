"""What happened to items since some place in their order, as it is to be played again."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.inventory.policies.cost_pools import STANDARD, Layer, Part, unit_of
from domain.inventory.policies.cost_revision import Came, Happened, History, Place, Went, Worth
from domain.inventory.policy import ZERO
from domain.inventory.valuation.history_statements import CHANGES, ISSUES, LAST, LAYERS, TAKINGS
from domain.inventory.valuation.kinds import Key
from domain.inventory.valuation.states import State
from domain.kernel.reading import Reader


@dataclass(frozen=True, slots=True)
class Told:
    """An item's history, and the rows of its issues and layers by their ids."""

    history: History
    issues: Mapping[int, Row[Any]]
    layers: Mapping[int, Row[Any]]


async def histories(
    reader: Reader, states: Mapping[Key, State], starts: Mapping[Key, Place]
) -> dict[Key, Told]:
    """What happened to each item since its place (and since its method holds), and what stood
    before. The costs are locked."""
    keys = [key for key in sorted(starts) if states[key].pool.method != STANDARD]
    if not keys:
        return {}
    given = {
        "tenant": reader.tenant_id,
        "owners": [key[0] for key in keys],
        "items": [key[1] for key in keys],
        "days": [starts[key][0] for key in keys],
        "places": [starts[key][1] for key in keys],
        "afters": [states[key].method_position for key in keys],
    }
    takings = await reader.rows(TAKINGS, given)
    issues = await reader.rows(ISSUES, given | {"covered": [row.issue_id for row in takings]})
    layers = await reader.rows(LAYERS, given | {"taken": [row.layer_id for row in takings]})
    changes = await reader.rows(CHANGES, given)
    last = await reader.rows(LAST, given)
    parts: dict[int, list[Part]] = defaultdict(list)
    for row in takings:
        parts[row.issue_id].append(Part(row.layer_id, row.quantity, row.value_minor))
    units = {(row.owner_id, row.item_id): unit_of(row.quantity, row.cost_minor) for row in last}
    return {
        key: _told(
            [row for row in issues if (row.owner_id, row.item_id) == key],
            [row for row in layers if (row.owner_id, row.item_id) == key],
            [row for row in changes if (row.owner_id, row.item_id) == key],
            parts,
            units.get(key, ZERO),
        )
        for key in keys
    }


def _told(
    issues: Sequence[Row[Any]],
    layers: Sequence[Row[Any]],
    changes: Sequence[Row[Any]],
    parts: Mapping[int, Sequence[Part]],
    last_unit: Decimal,
) -> Told:
    went = {row.id: _went(row, parts.get(row.id, ()), layers) for row in issues}
    happened: list[Happened] = [
        *(Came(_at(row), row.id, row.quantity, row.cost_minor) for row in layers if row.since),
        *(went[row.id] for row in issues if row.since),
        *(Worth(_at(row), row.stock_minor, row.layer_id) for row in changes),
    ]
    before = [
        Layer(row.id, row.quantity_left, row.value_left_minor) for row in layers if not row.since
    ]
    return Told(
        History(
            sorted(happened, key=lambda each: each.at),
            before,
            [went[row.id] for row in issues if not row.since],
            last_unit,
        ),
        {row.id: row for row in issues},
        {row.id: row for row in layers},
    )


def _at(row: Row[Any]) -> Place:
    day: date = row.valued_on
    return day, int(row.position)


def _went(row: Row[Any], parts: Sequence[Part], layers: Collection[Row[Any]]) -> Went:
    of = frozenset(
        layer.id
        for layer in layers
        if row.of_kind is not None
        and (layer.source_kind, layer.source_id) == (row.of_kind, row.of_id)
    )
    return Went(
        _at(row),
        row.id,
        row.quantity,
        row.cost_minor,
        tuple(parts),
        row.uncovered,
        row.uncovered_minor,
        of,
    )

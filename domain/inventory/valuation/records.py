"""What a book of costs sends to the database: plain values, by the columns they are written to."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from domain.inventory.policies.cost_pools import Covered, Part
from domain.inventory.valuation.kinds import Key, Source
from domain.inventory.valuation.states import State

Record = dict[str, Any]


class Written(Protocol):
    """What a book holds that is to be written."""

    states: dict[Key, State]
    layers: list[Record]
    issues: list[Record]
    takings: list[Record]
    changed_issues: dict[int, Record]
    changes: list[Record]
    recosted: dict[int, int]
    retaken: list[int]
    priced: dict[int, Decimal]
    borne: list[Record]


def new_layer(state: State, quantity: Decimal, day: date, position: int) -> Record:
    """A layer without a value, to be laid over."""
    owner_id, item_id = state.key
    return {
        "owner_id": owner_id,
        "item_id": item_id,
        "position": position,
        "standing": "valued",
        "valued_on": day,
        "quantity": quantity,
        "value_minor": 0,
        "cost_minor": 0,
        "profit_minor": 0,
        "party_id": None,
        "unit_price": None,
        "issue_id": None,
    }


def taking(issue: int, part: Part | Covered) -> Record:
    """What an issue took of a layer."""
    return {
        "issue": issue,
        "layer": part.layer,
        "quantity": part.quantity,
        "value": part.value,
    }


def issue_change(
    key: Key, issue_id: int, difference: int, *, leg: str, valued_on: date, position: int
) -> Record:
    """That what an issue cost changed by `difference`, which the stock gave."""
    return {
        "owner_id": key[0],
        "item_id": key[1],
        "kind": "issue",
        "layer": None,
        "issue_id": issue_id,
        "leg": leg,
        "valued_on": valued_on,
        "position": position,
        "stock_minor": -difference,
    }


def stock_change(
    key: Key,
    difference: int,
    *,
    leg: str,
    valued_on: date,
    position: int,
    layer: int | None = None,
    kind: str = "stock",
) -> Record:
    """That the stock (under FIFO: a layer of it) is worth `difference` more."""
    return {
        "owner_id": key[0],
        "item_id": key[1],
        "kind": kind,
        "layer": layer,
        "issue_id": None,
        "leg": leg,
        "valued_on": valued_on,
        "position": position,
        "stock_minor": difference,
    }


def content(book: Written, source: Source, contra: str) -> Record:
    """Everything that a book wants written, as caused by `source`."""
    changed = [state for state in book.states.values() if state.is_changed]
    of = {"source_kind": source.kind, "source_id": source.id}
    by = {"cause_kind": source.kind, "cause_id": source.id}
    left = {layer.key: layer for each in changed for layer in each.pool.layers if layer.key < 0}
    layers = []
    for number, each in enumerate(book.layers, start=1):
        layer = left.get(-number)
        layers.append(
            of
            | {
                "quantity_left": each["quantity"] if layer is None else layer.left,
                "value_left_minor": 0 if layer is None else layer.value,
            }
            | each
        )
    retaken = {"retaken": book.retaken} if book.retaken else {}
    borne = {"borne": book.borne} if book.borne else {}
    return (
        retaken
        | borne
        | {
            "costs": [state.row() for state in changed],
            "left": _left(changed, book),
            "layers": layers,
            "issues": [{"contra": contra} | of | each for each in book.issues],
            "takings": book.takings,
            "changed_issues": list(book.changed_issues.values()),
            "changes": [by | each for each in book.changes],
        }
    )


def _left(changed: Sequence[State], book: Written) -> list[Record]:
    """What is left of layers, and what they cost: one record for each."""
    rows = {row["id"]: row for state in changed for row in state.left()}
    for layer, cost in book.recosted.items():
        rows[layer] = rows.get(layer, {"id": layer}) | {"cost_minor": cost}
    for layer, left in book.priced.items():
        rows[layer] = {"id": layer, "quantity_left": left}
    return list(rows.values())

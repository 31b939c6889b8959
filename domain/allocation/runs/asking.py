"""What may be asked of a run: checked when it comes in, kept as JSON. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.allocation.priority import OLDEST_FIRST, checked, read, written
from domain.allocation.runs.demand import METHODS, Rules
from domain.kernel import text
from domain.kernel.errors import InvalidInput

MOST_ITEMS, MOST_CHANNELS, MOST_WEIGHTS = 1_000, 200, 200
HEAVIEST = 1_000_000
LONGEST_SECONDS = 30
DEAREST_PARCEL = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose open demand a run looks at; what is empty says nothing, all of it is everything."""

    item_ids: tuple[int, ...] = ()
    item_group: str | None = None
    channel_ids: tuple[int, ...] = ()


def checked_scope(scope: Scope) -> Scope:
    """The scope, in order. Raises InvalidInput."""
    _few(scope.item_ids, MOST_ITEMS, ("scope", "item_ids"))
    _few(scope.channel_ids, MOST_CHANNELS, ("scope", "channel_ids"))
    group = text.optional(scope.item_group, path=("scope", "item_group"))
    return Scope(item_ids=scope.item_ids, item_group=group, channel_ids=scope.channel_ids)


def checked_rules(method: str, rules: Rules) -> Rules:
    """The rules of a method, in order. Raises InvalidInput with the path within the input."""
    if method not in METHODS:
        raise InvalidInput(f"One of {', '.join(METHODS)}.", path=("method",))
    checked(rules.priority, path=("priority",))
    if rules.weights and method != "fair_share":
        raise InvalidInput("Weights are for fair shares.", path=("weights",))
    if len(rules.weights) > MOST_WEIGHTS:
        raise InvalidInput(f"At most {MOST_WEIGHTS}.", path=("weights",))
    for place, weight in enumerate(rules.weights.values()):
        _between(weight, 1, HEAVIEST, ("weights", place, "weight"))
    _between(rules.parcel_cost_minor, 0, DEAREST_PARCEL, ("parcel_cost_minor",))
    _between(rules.transfer_cost_minor, 0, DEAREST_PARCEL, ("transfer_cost_minor",))
    _between(rules.solver_seconds, 1, LONGEST_SECONDS, ("solver_seconds",))
    if rules.parcel_cost_minor and method != "minimum_cost":
        raise InvalidInput("Parcels cost in minimum cost only.", path=("parcel_cost_minor",))
    if rules.transfer_cost_minor and method != "minimum_cost":
        raise InvalidInput("Sales cost in minimum cost only.", path=("transfer_cost_minor",))
    return rules


def _between(value: int, least: int, most: int, path: tuple[str | int, ...]) -> None:
    if not least <= value <= most:
        raise InvalidInput(f"Must be between {least} and {most}.", path=path)


def _few(values: Sequence[Any], most: int, path: tuple[str | int, ...]) -> None:
    if len(values) > most or len(set(values)) != len(values):
        raise InvalidInput(f"At most {most}, each once.", path=path)


def scope_document(scope: Scope) -> dict[str, Any]:
    """The scope as it is kept."""
    return {
        "item_ids": list(scope.item_ids),
        "item_group": scope.item_group,
        "channel_ids": list(scope.channel_ids),
    }


def read_scope(document: Mapping[str, Any]) -> Scope:
    """The scope as it was kept."""
    return Scope(
        item_ids=tuple(document["item_ids"]),
        item_group=document["item_group"],
        channel_ids=tuple(document["channel_ids"]),
    )


def rules_document(rules: Rules) -> dict[str, Any]:
    """The rules as they are kept."""
    return {
        "priority": written(rules.priority),
        "weights": dict(rules.weights),
        "parcel_cost_minor": rules.parcel_cost_minor,
        "transfer_cost_minor": rules.transfer_cost_minor,
        "solver_seconds": rules.solver_seconds,
    }


def read_rules(document: Mapping[str, Any]) -> Rules:
    """The rules as they were kept."""
    return Rules(
        priority=read(document.get("priority", OLDEST_FIRST)),
        weights=document["weights"],
        parcel_cost_minor=document["parcel_cost_minor"],
        transfer_cost_minor=document.get("transfer_cost_minor", 0),
        solver_seconds=document["solver_seconds"],
    )

"""Documents of policies made into what decides, and compared with one another. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.allocation.definition import Document
from domain.allocation.strategy import (
    Condition,
    Constraint,
    KeepBack,
    Policy,
    Region,
    Strategy,
    Substitution,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where two documents differ; None where one of them has nothing there."""

    path: tuple[str | int, ...]
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class References:
    """The ids that a document names, with the path to the first mention of each."""

    locations: dict[int, tuple[str | int, ...]]
    channels: dict[int, tuple[str | int, ...]]
    items: dict[int, tuple[str | int, ...]]


def decode(definition: Document) -> Policy:
    """What decides, from a sound document."""
    groups = {group["code"]: group["location_ids"] for group in definition["location_groups"]}
    return Policy(
        strategies=tuple(_strategy(each, groups) for each in definition["strategies"]),
        constraints=tuple(_constraint(each) for each in definition["constraints"]),
        on_shortage=definition["on_shortage"],
        substitutions=tuple(
            rule for each in definition["substitutions"] for rule in _substitutions(each)
        ),
    )


def differences(before: Any, after: Any, path: tuple[str | int, ...] = ()) -> list[Difference]:
    """Every place where two documents differ, in reading order.

    Entries with a code are compared under their code, so that an insertion is one difference."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = [*before, *(name for name in after if name not in before)]
        return [
            each
            for name in names
            for each in differences(before.get(name), after.get(name), (*path, name))
        ]
    if isinstance(before, list) and isinstance(after, list):
        return differences(_keyed(before), _keyed(after), path)
    return [] if before == after else [Difference(path, before, after)]


def references(definition: Document) -> References:
    """The locations, channels and items that a document names."""
    found = References({}, {}, {})
    kinds = {
        "location_id": found.locations,
        "location_ids": found.locations,
        "channel_ids": found.channels,
        "item_id": found.items,
        "substitute_id": found.items,
    }
    for path, value in _leaves(definition, ()):
        name = next(part for part in reversed(path) if isinstance(part, str))
        if name in kinds and value is not None:
            kinds[name].setdefault(value, path)
    return found


def _keyed(entries: list[Any]) -> dict[str | int, Any]:
    if all(isinstance(each, dict) and "code" in each for each in entries):
        return {each["code"]: each for each in entries}
    return dict(enumerate(entries))


def _leaves(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, (*path, name))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _leaves(part, (*path, place))
    else:
        yield path, value


def _strategy(value: Document, groups: dict[str, list[int]]) -> Strategy:
    ranks: dict[int, int] = {}
    for source in value["sources"]:
        alone = [source["location_id"]]
        members = alone if source["location_group"] is None else groups[source["location_group"]]
        for location_id in members:
            ranks[location_id] = min(source["priority"], ranks.get(location_id, 1_000_000))
    return Strategy(
        code=value["code"],
        ranks=ranks,
        criteria=tuple(value["criteria"]),
        condition=_condition(value["condition"]),
        falls_back=value["falls_back"],
    )


def _condition(value: Document) -> Condition:
    return Condition(
        channel_ids=frozenset(value["channel_ids"]),
        customer_groups=frozenset(value["customer_groups"]),
        item_groups=frozenset(value["item_groups"]),
        regions=tuple(Region(**each) for each in value["regions"]),
        value_from_minor=value["value_from_minor"],
        value_below_minor=value["value_below_minor"],
        currency=value["currency"],
        service_levels=frozenset(value["service_levels"]),
    )


def _constraint(value: Document) -> Constraint:
    return Constraint(
        kind=value["kind"],
        amount=value["amount"] or 0,
        soft=value["soft"],
        keep_back=tuple(_keep_back(each) for each in value["keep_back"]),
    )


def _keep_back(value: Document) -> KeepBack:
    quantity = value["quantity"]
    return KeepBack(**value | {"quantity": None if quantity is None else Decimal(quantity)})


def _substitutions(value: Document) -> list[Substitution]:
    item, other = value["item_id"], value["substitute_id"]
    up, down = value["numerator"], value["denominator"]
    channels = frozenset(value["channel_ids"])
    ways = [(item, other, up, down)]
    if value["two_way"]:
        ways.append((other, item, down, up))
    return [
        Substitution(
            item_id=from_item,
            substitute_id=to_item,
            ratio_numerator=numerator,
            ratio_denominator=denominator,
            channel_ids=channels,
        )
        for from_item, to_item, numerator, denominator in ways
    ]

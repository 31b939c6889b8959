"""What a change request proposes of what is settled place by place: rules of promises, tolerances
of stock, costs of lanes."""

from collections.abc import Mapping, Sequence
from typing import Any

import strawberry

from api.allocation.lane_costs import LaneCostInput
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.inventory.tolerances import SetStockToleranceInput, whole_minor
from api.promise.rules import SetPromiseRuleInput
from domain.governance.kinds import Content
from domain.inventory import configured_tolerances as tolerances
from domain.kernel.errors import InvalidInput
from domain.promise import configured_rules as rules


@strawberry.input(description="Rules of promises that are to be set, or taken away.")
class PromiseRulesChangeInput:
    rules: list[SetPromiseRuleInput] = strawberry.field(
        default_factory=list, description="To be set; of each channel one."
    )
    removed_channel_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Channels that are to have none of their own any more."
    )
    removes_general: bool = strawberry.field(
        default=False,
        description="Whether the rule of all other channels goes.",
    )


@strawberry.input(description="Tolerances of stock that are to be set, or taken away.")
class StockTolerancesChangeInput:
    tolerances: list[SetStockToleranceInput] = strawberry.field(
        default_factory=list, description="To be set; of each location one."
    )
    removed_location_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Locations that are to have none of their own any more."
    )
    removes_general: bool = strawberry.field(
        default=False, description="Whether the tolerance of all other locations goes."
    )


@strawberry.input(description="What shipping from a location is to cost.")
class LaneCostsChangeInput:
    location_id: strawberry.ID = strawberry.field(description="From where.")
    lanes: list[LaneCostInput] = strawberry.field(
        description="All lanes; what is not among them is forgotten."
    )


def proposed_rules(value: PromiseRulesChangeInput) -> tuple[str | None, Content]:
    """Key and proposal. Raises InvalidInput, NotFound."""
    wanted: list[tuple[str, Content | None]] = []
    for place, rule in enumerate(value.rules):
        fields = given(rule)
        channel = fields.pop("channel_id")
        key = _key(channel, "Channel", ("proposal", "promiseRules", "rules", place, "channelId"))
        wanted.append((key, fields))
    wanted += _removed(value.removed_channel_ids, "Channel", general=value.removes_general)
    return rules.KEY, {rules.RULES: _each_once(wanted)}


def proposed_tolerances(value: StockTolerancesChangeInput) -> tuple[str | None, Content]:
    """Key and proposal. Raises InvalidInput, NotFound."""
    wanted: list[tuple[str, Content | None]] = []
    for place, each in enumerate(value.tolerances):
        path = ("proposal", "stockTolerances", "tolerances", place, "locationId")
        limits = {
            "quantity": None if each.quantity is None else f"{each.quantity:f}",
            "percent": None if each.percent is None else f"{each.percent:f}",
            "value_minor": whole_minor(each.value_minor),
        }
        wanted.append((_key(each.location_id, "Location", path), limits))
    wanted += _removed(value.removed_location_ids, "Location", general=value.removes_general)
    return tolerances.KEY, {tolerances.TOLERANCES: _each_once(wanted)}


def proposed_lanes(value: LaneCostsChangeInput) -> tuple[str | None, Content]:
    """Key and proposal. Raises InvalidInput, NotFound."""
    path = ("proposal", "laneCosts", "locationId")
    lanes = [{**vars(each), "per_unit_minor": f"{each.per_unit_minor:f}"} for each in value.lanes]
    return str(row_id_of(value.location_id, "Location", path=path)), {"lanes": lanes}


def _key(value: str | None, kind: str, path: tuple[str | int, ...]) -> str:
    row_id = optional_row_id(value, kind, path=path)
    return rules.EVERYWHERE if row_id is None else str(row_id)


def _removed(ids: Sequence[str], kind: str, *, general: bool) -> list[tuple[str, Content | None]]:
    path = ("proposal",)
    gone: list[tuple[str, Content | None]] = [
        (str(row_id_of(each, kind, path=path)), None) for each in ids
    ]
    return [*gone, (rules.EVERYWHERE, None)] if general else gone


def _each_once(wanted: Sequence[tuple[str, Any]]) -> Mapping[str, Any]:
    by_place = dict(wanted)
    if len(by_place) != len(wanted):
        raise InvalidInput("Name each place once.", path=("proposal",))
    return by_place

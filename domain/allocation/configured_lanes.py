"""What shipping costs as governed configuration: the lanes of a location, whose id is the key."""

from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select

from domain.allocation.models import LaneCost
from domain.allocation.operations.lane_costs import KIND, NewLane, set_lane_costs, sound_lanes
from domain.entities.models import Location
from domain.governance.kinds import Content, configurable
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.quantity import plain
from domain.kernel.records import require_record
from domain.kernel.work import Work

LANES = "lanes"
_PLACES = ("country", "region", "service_level")
_FIELDS = (*_PLACES, "per_order_minor", "per_unit_minor")


async def sound_lane_costs(work: Work, key: str | None, proposal: Content) -> Content:
    """All lanes of the location, in their order. Raises InvalidInput, NotFound."""
    await require_record(work, Location.__table__, _location(key), kind="location")
    if not isinstance(proposal.get(LANES), list):
        raise InvalidInput("Give all lanes of the location.", path=(LANES,))
    return {LANES: _in_order([_written(row) for row in sound_lanes(_lanes(proposal))])}


async def lane_costs_as_they_are(work: Work, key: str | None, proposal: Content) -> Content:
    """The lanes of the location."""
    rows = await work.rows(
        select(*(getattr(LaneCost, name) for name in _FIELDS)).where(
            LaneCost.tenant_id == work.tenant_id, LaneCost.location_id == _location(key)
        )
    )
    return {LANES: _in_order([_written(dict(row._mapping)) for row in rows])}


@configurable(
    KIND,
    title="Costs of lanes",
    process="order_to_cash",
    validate=sound_lane_costs,
    snapshot=lane_costs_as_they_are,
)
async def apply_lane_costs(work: Work, key: str | None, proposal: Content) -> str:
    """Replace the location's lanes."""
    location_id = _location(key)
    await set_lane_costs(work, location_id=location_id, lanes=_lanes(proposal))
    return str(location_id)


def _lanes(proposal: Content) -> list[NewLane]:
    return [_lane(each, place) for place, each in enumerate(proposal[LANES])]


def _lane(given: Any, place: int) -> NewLane:
    if not isinstance(given, dict) or not given.keys() <= set(_FIELDS):
        raise InvalidInput("There is no such field of a lane.", path=(LANES, place))
    try:
        return NewLane(**{**given, "per_unit_minor": Decimal(given.get("per_unit_minor", 0))})
    except InvalidOperation:
        raise InvalidInput("Must be a number.", path=(LANES, place, "per_unit_minor")) from None


def _written(row: Content) -> Content:
    """A lane as a proposal holds it: the decimal as text."""
    return {**row, "per_unit_minor": f"{plain(row['per_unit_minor']):f}"}


def _in_order(lanes: list[Content]) -> list[Content]:
    return sorted(lanes, key=lambda lane: [lane[name] or "" for name in _PLACES])


def _location(key: str | None) -> int:
    if key is None or not key.isdecimal():
        raise NotFound("location")
    return int(key)

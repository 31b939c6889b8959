"""What lanes cost is told, location by location."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert

from domain.allocation.models import LaneCost
from domain.entities.models import Location
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput
from domain.kernel.governing import require_open
from domain.kernel.permissions import operation
from domain.kernel.quantity import LARGEST, SCALE
from domain.kernel.records import require_record
from domain.kernel.turns import take_turn
from domain.kernel.work import Work

MOST_LANES = 1000
# As governance calls it.
KIND = "lane_costs"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLane:
    """A lane to be: to a country, a region of it, or anywhere; for a service level, or for all.

    `per_order_minor` is for a parcel, `per_unit_minor` for each base unit; minor units."""

    country: str | None = None
    region: str | None = None
    service_level: str | None = None
    per_order_minor: int = 0
    per_unit_minor: Decimal = Decimal(0)


@operation("allocation.manage")
async def set_lane_costs(work: Work, *, location_id: int, lanes: Sequence[NewLane]) -> None:
    """Replace all that is known of what shipping from a location costs.

    Raises NotFound, ChangeRequestRequired; InvalidInput with the path to the lane."""
    await require_open(work, KIND)
    await require_record(work, Location.__table__, location_id, kind="location")
    rows = sound_lanes(lanes)
    # Set twice at once, the second would not see what of the first it is to replace.
    await take_turn(work, f"lane costs of {location_id}")
    await work.execute(
        delete(LaneCost).where(
            LaneCost.tenant_id == work.tenant_id, LaneCost.location_id == location_id
        )
    )
    if rows:
        of = {"tenant_id": work.tenant_id, "location_id": location_id}
        await work.execute(insert(LaneCost), [of | row for row in rows])
    work.audit("set_lane_costs", subject="location", subject_id=location_id, after={"lanes": rows})


def sound_lanes(lanes: Sequence[NewLane]) -> list[dict[str, Any]]:
    """The lanes' fields. Raises InvalidInput with the path to the lane."""
    if len(lanes) > MOST_LANES:
        raise InvalidInput(f"Give at most {MOST_LANES}.", path=("lanes",))
    rows = [_sound(lane, place) for place, lane in enumerate(lanes)]
    keys = [(row["country"], row["region"], row["service_level"]) for row in rows]
    for place, key in enumerate(keys):
        if key in keys[:place]:
            raise InvalidInput("The lane stands here twice.", path=("lanes", place))
    return rows


def _sound(lane: NewLane, place: int) -> dict[str, Any]:
    path = ("lanes", place)
    row = asdict(lane)
    for name in ("country", "region", "service_level"):
        row[name] = text.optional(row[name], path=(*path, name))
    if row["country"] is not None:
        iso.country(row["country"], path=(*path, "country"))
    elif row["region"] is not None:
        raise InvalidInput("A region is of a country.", path=(*path, "country"))
    for name in ("per_order_minor", "per_unit_minor"):
        if not 0 <= row[name] <= LARGEST:
            raise InvalidInput(f"Must be between 0 and {LARGEST}.", path=(*path, name))
    if lane.per_unit_minor != lane.per_unit_minor.quantize(SCALE):
        message = "Must have at most six decimals."
        raise InvalidInput(message, path=(*path, "per_unit_minor"))
    return row

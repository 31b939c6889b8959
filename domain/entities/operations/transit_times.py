"""Transit times of a location are kept, lane by lane."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete, tuple_
from sqlalchemy.dialects.postgresql import insert

from domain.entities.events import TransitTimesChanged
from domain.entities.models import Location, TransitTime
from domain.kernel import iso, text
from domain.kernel.bulk import require_bulk_size
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.records import require_record
from domain.kernel.work import Work

LONGEST = 365
LANE = ("country", "region", "postal_prefix", "service")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTransit:
    """How many carrier days goods take on a lane; an empty word stands for all, no days take the
    lane away. A region or a postal prefix needs its country."""

    days: int | None
    country: str = ""
    region: str = ""
    postal_prefix: str = ""
    service: str = ""
    weekend_delivery: bool = False

    @property
    def lane(self) -> tuple[str, ...]:
        """What there is one transit time for."""
        return tuple(getattr(self, name) for name in LANE)


@operation("entities.manage")
async def set_transit_times(
    work: Work, *, location_id: int, times: Sequence[WantedTransit]
) -> None:
    """Set or take away up to 1,000 lanes of a location. Raises InvalidInput, NotFound."""
    require_bulk_size(len(times), path=("times",))
    await require_record(work, Location.__table__, location_id, kind="location")
    sound = [_sound(place, each) for place, each in enumerate(times)]
    if len({each.lane for each in sound}) != len(sound):
        raise InvalidInput("A lane is given twice.", path=("times",))
    gone = [each.lane for each in sound if each.days is None]
    if gone:
        lane = tuple_(*(getattr(TransitTime, name) for name in LANE))
        await work.execute(
            delete(TransitTime).where(
                TransitTime.tenant_id == work.tenant_id,
                TransitTime.location_id == location_id,
                lane.in_(gone),
            )
        )
    kept = [each for each in sound if each.days is not None]
    if kept:
        upsert = insert(TransitTime)
        await work.execute(
            upsert.on_conflict_do_update(
                index_elements=["tenant_id", "location_id", *LANE],
                set_={
                    "days": upsert.excluded.days,
                    "weekend_delivery": upsert.excluded.weekend_delivery,
                },
            ),
            [
                {"tenant_id": work.tenant_id, "location_id": location_id, **asdict(each)}
                for each in kept
            ],
        )
    work.record(TransitTimesChanged(aggregate_id=location_id))
    work.audit(
        "set_transit_times",
        subject="location",
        subject_id=location_id,
        after={"times": [[*each.lane, each.days, each.weekend_delivery] for each in sound]},
    )


def _sound(place: int, wanted: WantedTransit) -> WantedTransit:
    path = ("times", place)
    words = {
        name: text.optional(getattr(wanted, name), path=(*path, name), longest=64) or ""
        for name in LANE
    }
    if words["country"]:
        words["country"] = iso.country(words["country"], path=(*path, "country"))
    elif words["region"] or words["postal_prefix"]:
        message = "A region or a postal prefix needs its country."
        raise InvalidInput(message, path=(*path, "country"))
    if wanted.days is not None and not 0 <= wanted.days <= LONGEST:
        raise InvalidInput(f"Must be 0 to {LONGEST} days.", path=(*path, "days"))
    return WantedTransit(days=wanted.days, weekend_delivery=wanted.weekend_delivery, **words)

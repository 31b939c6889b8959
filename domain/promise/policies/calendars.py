"""Days on which somebody works, and what leaves and arrives on which of them."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.kernel.value_objects import value_object

DAY = timedelta(days=1)
EVERY_DAY = frozenset(range(1, 8))
WEEKDAYS = frozenset(range(1, 6))
# A calendar whose every day is closed must not hang a promise.
FURTHEST = 3 * 366


def following(day: date) -> date:
    """The next day; none comes after the last of the calendar (9999-12-31)."""
    return day if day == date.max else day + DAY


def preceding(day: date) -> date:
    """The day before; none is before the first."""
    return day if day == date.min else day - DAY


@value_object()
class Calendar:
    """The ISO weekdays (Monday is 1) on which somebody works, but for the closed days."""

    weekdays: frozenset[int] = EVERY_DAY
    closed: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether somebody works on that day."""
        return day.isoweekday() in self.weekdays and day not in self.closed

    def on_or_after(self, day: date) -> date:
        """The first working day from that day on."""
        for _ in range(FURTHEST):
            if self.works(day):
                return day
            day = following(day)
        return day

    def on_or_before(self, day: date) -> date:
        """The last working day up to that day."""
        for _ in range(FURTHEST):
            if self.works(day):
                return day
            day = preceding(day)
        return day

    def after(self, day: date, days: int) -> date:
        """So many working days after the first working day from `day` on."""
        day = self.on_or_after(day)
        for _ in range(days):
            day = self.on_or_after(following(day))
        return day

    def before(self, day: date, days: int) -> date:
        """So many working days before the last working day up to `day`."""
        day = self.on_or_before(day)
        for _ in range(days):
            day = self.on_or_before(preceding(day))
        return day


CARRIER_WEEK = Calendar(WEEKDAYS)
CARRIER_SEVEN_DAYS = Calendar(EVERY_DAY)


@value_object()
class Lane:
    """A transit time of a location: for whom, by which service, how many carrier days."""

    days: int
    country: str = ""
    region: str = ""
    postal_prefix: str = ""
    service: str = ""
    weekend_delivery: bool = False

    @property
    def calendar(self) -> Calendar:
        """The days on which the carrier moves and delivers."""
        return CARRIER_SEVEN_DAYS if self.weekend_delivery else CARRIER_WEEK

    def delivery(self, ships_on: date) -> date:
        """The day of delivery of what ships on a day."""
        if self.days == 0:
            return self.calendar.on_or_after(ships_on)
        return self.calendar.after(following(ships_on), self.days - 1)


@value_object()
class Destination:
    """Where goods go, as far as it is known; and by which carrier service."""

    country: str = ""
    region: str = ""
    postal_code: str = ""
    service: str = ""


@value_object()
class Workplace:
    """What a location is to a promise: its clock, its days, how long its work takes, its lanes."""

    location_id: int
    zone: str = "UTC"
    cut_off: time | None = None
    calendar: Calendar = CARRIER_SEVEN_DAYS
    receiving_days: int = 0
    processing_days: int = 0
    lanes: tuple[Lane, ...] = ()

    def today(self, now: datetime) -> date:
        """The date at the location."""
        return now.astimezone(ZoneInfo(self.zone)).date()

    def first_day(self, now: datetime) -> date:
        """The day on which work on an order of this moment begins: after the cut-off, the next."""
        local = now.astimezone(ZoneInfo(self.zone))
        late = self.cut_off is not None and local.time() > self.cut_off
        return self.calendar.on_or_after(local.date() + DAY if late else local.date())

    def shelf_day(self, arrives_on: date) -> date:
        """The day on which what arrives can be picked."""
        return self.calendar.after(arrives_on, self.receiving_days)

    def ships_on(self, *, from_day: date, notice_days: int = 0) -> date:
        """The day on which what can be picked `from_day` on leaves; with `notice_days` the
        location wants to be told so many working days ahead."""
        return self.calendar.after(from_day, max(self.processing_days, notice_days))

    def lane_to(self, destination: Destination) -> Lane | None:
        """The lane that fits closest: its service, then the longest postal prefix, region,
        country."""
        fitting = [lane for lane in self.lanes if _fits(lane, destination)]
        return max(fitting, key=_closeness, default=None)

    def delivers_on(self, ships_on: date, destination: Destination) -> date | None:
        """The day of delivery; None where no transit time is known."""
        lane = self.lane_to(destination)
        return None if lane is None else lane.delivery(ships_on)

    def latest_shipping(self, wanted_on: date, destination: Destination) -> date | None:
        """The last day to ship on to be there by `wanted_on`; None where it cannot be told."""
        lane = self.lane_to(destination)
        if lane is None:
            return None
        day = self.calendar.on_or_before(lane.calendar.on_or_before(wanted_on))
        for _ in range(FURTHEST):
            if lane.delivery(day) <= wanted_on:
                return day
            day = self.calendar.on_or_before(preceding(day))
        return None


def _fits(lane: Lane, to: Destination) -> bool:
    return (
        lane.country in ("", to.country)
        and lane.region in ("", to.region)
        and to.postal_code.startswith(lane.postal_prefix)
        and lane.service in ("", to.service)
    )


def _closeness(lane: Lane) -> tuple[bool, int, bool, bool]:
    return bool(lane.service), len(lane.postal_prefix), bool(lane.region), bool(lane.country)


def calendar_of(working_days: str | None, closed: Iterable[date]) -> Calendar:
    """A calendar from its row: `12345` is Monday to Friday; without one every day is worked."""
    if working_days is None:
        return CARRIER_SEVEN_DAYS
    return Calendar(frozenset(int(day) for day in working_days), frozenset(closed))

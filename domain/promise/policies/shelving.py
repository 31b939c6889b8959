"""From which day on what is to come, or can be bought, lies on a location's shelf. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from domain.promise.policies.calendars import EVERY_DAY, Calendar, Workplace
from domain.promise.policies.timeline import Dated, Rule, counted_supply

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LeadTime:
    """From whom an item can be bought: calendar days until it is at our dock, from a day on which
    the supplier takes orders; in multiples of a pack, and no less than a minimum."""

    item_id: int
    supplier_id: int
    days: int
    minimum: Decimal = ZERO
    pack: Decimal = Decimal(1)
    calendar: Calendar = Calendar(EVERY_DAY)  # noqa: RUF009

    def arrives_on(self, today: date) -> date:
        """The day on which what is ordered from today on arrives."""
        return self.calendar.on_or_after(today) + timedelta(days=self.days)

    def buying_quantity(self, wanted: Decimal) -> Decimal:
        """What has to be bought so that `wanted` is there."""
        least = max(wanted, self.minimum)
        return (least / self.pack).to_integral_value(ROUND_CEILING) * self.pack


def shelved(supply: Iterable[Dated], place: Workplace, *, now: datetime, rule: Rule) -> list[Dated]:
    """The supply that counts, by the day on which it can be picked: what is late comes today, and
    what comes is put away on the location's working days."""
    counted = counted_supply(supply, today=place.today(now), rule=rule)
    return [Dated(place.shelf_day(each.on), each.quantity) for each in counted]


def buying(
    place: Workplace, leads: Iterable[LeadTime], *, now: datetime, rule: Rule
) -> tuple[date, LeadTime | None] | None:
    """The first day on which what is ordered now can be picked at a location, and from whom it is
    ordered (None: by the rule's horizon any quantity can be had). None: it cannot be bought."""
    today = place.today(now)
    ways: list[tuple[date, LeadTime | None]] = []
    if rule.buys:
        ways = [(lead.arrives_on(today), lead) for lead in leads]
    if rule.horizon_days is not None:
        ways.append((today + timedelta(days=rule.horizon_days), None))
    if not ways:
        return None
    arrives, lead = min(ways, key=lambda way: way[0])
    return place.shelf_day(arrives), lead

"""Where goods leave from, as promises need to know it: one statement for any number of places."""

from collections.abc import Collection, Mapping
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    Integer,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.engine import Row

from domain.entities.models import CalendarClosedDay, Location, TransitTime, WorkingCalendar
from domain.kernel import json
from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader
from domain.promise.models import PromiseRule
from domain.promise.policies.calendars import (
    FURTHEST,
    Calendar,
    Destination,
    Lane,
    Workplace,
    calendar_of,
)
from domain.promise.policies.timeline import STANDARD, Consumption, Rule


async def workplaces(
    reader: Reader, location_ids: Collection[int], *, today: date
) -> dict[int, Workplace]:
    """The clock, calendar, work and lanes of each location. `today` bounds the closed days that
    matter."""
    return (await scene(reader, location_ids, (), today=today))[0]


async def scene(
    reader: Reader,
    location_ids: Collection[int],
    channel_ids: Collection[int],
    *,
    today: date,
) -> tuple[dict[int, Workplace], dict[int | None, Rule]]:
    """Workplaces, and the rules of channels (under None the one for all); one statement."""
    rules: dict[int | None, Rule] = {None: STANDARD}
    if not location_ids:
        return {}, rules
    rows = await reader.rows(
        _SCENE,
        {
            "of_tenant": reader.tenant_id,
            "locations": sorted(location_ids),
            "channels": sorted(channel_ids),
            "since": today - timedelta(days=31),
            "until": today + timedelta(days=FURTHEST),
        },
    )
    if rows and rows[0].rules is not None:
        rules |= {channel: _rule(*parts) for channel, *parts in json.load(rows[0].rules)}
    return {row.id: _workplace(row) for row in rows}, rules


def closed_days(since: Any, until: Any) -> Any:
    """The closed days of the statement's calendar in a span, as an array."""
    return (
        select(func.array_agg(CalendarClosedDay.closed_on))
        .where(
            CalendarClosedDay.tenant_id == WorkingCalendar.tenant_id,
            CalendarClosedDay.calendar_id == WorkingCalendar.id,
            CalendarClosedDay.closed_on.between(since, until),
        )
        .correlate(WorkingCalendar)
        .scalar_subquery()
    )


def _lanes() -> Any:
    parts = (
        TransitTime.days,
        TransitTime.country,
        TransitTime.region,
        TransitTime.postal_prefix,
        TransitTime.service,
        TransitTime.weekend_delivery,
    )
    return (
        select(cast(func.jsonb_agg(func.jsonb_build_array(*parts)), Text))
        .where(TransitTime.tenant_id == Location.tenant_id, TransitTime.location_id == Location.id)
        .correlate(Location)
        .scalar_subquery()
    )


_TENANT = bindparam("of_tenant", type_=Integer)


def _rules() -> Any:
    channels = bindparam("channels", type_=ARRAY(BigInteger))
    parts = (
        PromiseRule.channel_id,
        PromiseRule.past_due_supply_days,
        PromiseRule.past_due_demand_days,
        PromiseRule.accumulation_days,
        PromiseRule.advance_notice_days,
        PromiseRule.buys,
        PromiseRule.horizon_days,
    )
    mine = PromiseRule.channel_id.is_(None) | (PromiseRule.channel_id == any_(channels))
    return (
        select(cast(func.jsonb_agg(func.jsonb_build_array(*parts)), Text))
        .where(PromiseRule.tenant_id == _TENANT, mine)
        .scalar_subquery()
    )


_SCENE = Prepared(
    select(
        Location.id,
        Location.time_zone,
        Location.cut_off_time,
        Location.receiving_days,
        Location.processing_days,
        WorkingCalendar.working_days,
        closed_days(bindparam("since", type_=Date), bindparam("until", type_=Date)).label("closed"),
        _lanes().label("lanes"),
        _rules().label("rules"),
    )
    .outerjoin(
        WorkingCalendar,
        and_(
            WorkingCalendar.tenant_id == Location.tenant_id,
            WorkingCalendar.id == Location.calendar_id,
        ),
    )
    .where(
        Location.tenant_id == _TENANT,
        Location.id == any_(bindparam("locations", type_=ARRAY(BigInteger))),
    )
)


def workplaces_as_text(reader: Reader, among: Any, part: Any, span: tuple[date, date]) -> Any:
    """A select of `part` with one `place` row for each location of `among` (a condition): what it
    is to promises, as `workplace_from_text` reads it. Closed days are those of the span."""
    known = (
        Location.time_zone,
        Location.cut_off_time,
        Location.receiving_days,
        Location.processing_days,
        WorkingCalendar.working_days,
        closed_days(*map(literal, span)),
        _lanes(),
    )
    told = cast(func.jsonb_build_array(*known), Text)
    return (
        part("place", location_id=Location.id, told=told)
        .outerjoin(
            WorkingCalendar,
            and_(
                WorkingCalendar.tenant_id == Location.tenant_id,
                WorkingCalendar.id == Location.calendar_id,
            ),
        )
        .where(Location.tenant_id == reader.tenant_id, among)
    )


def workplace_from_text(location_id: int, told: str) -> Workplace:
    """What a location is to promises, from what `workplaces_as_text` selected."""
    zone, cut_off, receiving, processing, weekdays, closed, lanes = json.load(told)
    return Workplace(
        location_id,
        zone=zone,
        cut_off=None if cut_off is None else time.fromisoformat(cut_off),
        calendar=calendar_of(weekdays, map(date.fromisoformat, closed or ())),
        receiving_days=receiving,
        processing_days=processing,
        lanes=tuple(Lane(*lane) for lane in json.load(lanes)) if lanes else (),
    )


def _rule(
    past_due_supply: int,
    past_due_demand: int,
    accumulation: int | None,
    notice: int,
    buys: bool,
    horizon: int | None,
) -> Rule:
    return Rule(
        past_due_supply_days=past_due_supply,
        past_due_demand_days=past_due_demand,
        consumption=Consumption(accumulation_days=accumulation),
        notice_days=notice,
        buys=buys,
        horizon_days=horizon,
    )


def _workplace(row: Row[Any]) -> Workplace:
    return Workplace(
        row.id,
        zone=row.time_zone,
        cut_off=row.cut_off_time,
        calendar=calendar_of(row.working_days, row.closed or ()),
        receiving_days=row.receiving_days,
        processing_days=row.processing_days,
        lanes=tuple(Lane(*lane) for lane in json.load(row.lanes)) if row.lanes else (),
    )


def supplier_calendar(row: Row[Any]) -> Calendar:
    """The buying calendar of a row with `working_days` and `closed`."""
    return calendar_of(row.working_days, row.closed or ())


def destination_of(address: Mapping[str, Any] | None, service: str | None = None) -> Destination:
    """Where an address is, as far as it says so."""
    given = address or {}
    return Destination(
        country=given.get("country") or "",
        region=given.get("region") or "",
        postal_code=given.get("postal_code") or "",
        service=service or "",
    )

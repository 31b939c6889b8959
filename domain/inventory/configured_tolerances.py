"""How far stock may be corrected without anybody's yes, as governed configuration: of each
location that is named (or `everywhere`) the tolerance, null for none. There is one object of it,
known as `tolerances`."""

from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.entities.models import Location
from domain.governance.kinds import Content, configurable
from domain.inventory.models import StockTolerance
from domain.inventory.operations.tolerances import (
    KIND,
    remove_stock_tolerance,
    require_limits,
    set_stock_tolerance,
)
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import plain
from domain.kernel.records import require_record
from domain.kernel.work import Work

KEY, TOLERANCES = "tolerances", "tolerances"
EVERYWHERE = "everywhere"
_DECIMALS = ("quantity", "percent")
_FIELDS = (*_DECIMALS, "value_minor")


async def sound_tolerances(work: Work, key: str | None, proposal: Content) -> Content:
    """The tolerances, each with all its limits. Raises InvalidInput, NotFound."""
    wanted = proposal.get(TOLERANCES) or {}
    if key != KEY or not wanted:
        raise InvalidInput("Say which tolerances are to change.", path=(TOLERANCES,))
    for place in wanted:
        await require_record(work, Location.__table__, _location(place), kind="location")
    return {TOLERANCES: {place: _sound(limits) for place, limits in wanted.items()}}


def _sound(limits: Any) -> Content | None:
    if limits is None:
        return None
    if not isinstance(limits, dict) or not limits.keys() <= set(_FIELDS):
        raise InvalidInput("There is no such limit.", path=(TOLERANCES,))
    typed = _typed(limits)
    require_limits(typed)
    return _written(typed)


async def tolerances_as_they_are(work: Work, key: str | None, proposal: Content) -> Content:
    """What stands in the places of the proposal."""
    t = StockTolerance
    rows = await work.rows(
        select(t.location_id, t.quantity, t.percent, t.value_minor).where(
            t.tenant_id == work.tenant_id
        )
    )
    standing = {row.location_id: _written(_limits(row)) for row in rows}
    places = proposal.get(TOLERANCES, {})
    return {TOLERANCES: {place: standing.get(_location(place)) for place in places}}


@configurable(
    KIND,
    title="Tolerances of stock",
    process="inventory",
    validate=sound_tolerances,
    snapshot=tolerances_as_they_are,
    keyed=(TOLERANCES,),
)
async def apply_tolerances(work: Work, key: str | None, proposal: Content) -> str:
    """Settle them so, or take them away."""
    for place, limits in proposal[TOLERANCES].items():
        location_id = _location(place)
        if limits is None:
            await remove_stock_tolerance(work, location_id=location_id)
        else:
            await set_stock_tolerance(work, location_id=location_id, **_typed(limits))
    return KEY


def _limits(row: Row[Any]) -> Content:
    return {name: getattr(row, name) for name in _FIELDS}


def _typed(limits: Content) -> Content:
    """Decimals come as text from where a proposal is kept."""
    try:
        numbers = {
            name: None if limits.get(name) is None else Decimal(limits[name]) for name in _DECIMALS
        }
    except InvalidOperation:
        raise InvalidInput("Must be a number.", path=(TOLERANCES,)) from None
    return {**numbers, "value_minor": limits.get("value_minor")}


def _written(limits: Content) -> Content:
    numbers = {
        name: None if limits[name] is None else f"{plain(limits[name]):f}" for name in _DECIMALS
    }
    return {**numbers, "value_minor": limits["value_minor"]}


def _location(place: str) -> int | None:
    if place == EVERYWHERE:
        return None
    if not place.isdecimal():
        raise InvalidInput("No such location.", path=(TOLERANCES,))
    return int(place)

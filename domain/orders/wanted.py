"""The day that a customer asks for: of an order, and of each of its lines."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Date, column, func, literal, update

from domain.kernel.work import Work
from domain.orders.capture import NewLine
from domain.orders.models import SalesOrderLine

# On which day it is wanted there, and on which to leave.
WantedDays = tuple[date | None, date | None]


def with_wanted_days(
    lines: Iterable[NewLine], *, wanted_on: date | None, wanted_ship_on: date | None
) -> tuple[NewLine, ...]:
    """The lines, those without a day of their own wanted on the order's: there, or leaving."""
    if wanted_on is None and wanted_ship_on is None:
        return tuple(lines)
    return tuple(
        line
        if line.wanted_on or line.wanted_ship_on
        else replace(line, wanted_on=wanted_on, wanted_ship_on=wanted_ship_on)
        for line in lines
    )


def in_time(line: Any, ships_on: date | None, arrives_on: date | None) -> bool:
    """Whether what ships, and is there, on these days is in time for the day that the line is
    wanted on; where the arrival is not known, shipping by then is. False without a wanted day."""
    if ships_on is None:
        return False
    if line.wanted_on is not None:
        return bool((arrives_on or ships_on) <= line.wanted_on)
    return line.wanted_ship_on is not None and bool(ships_on <= line.wanted_ship_on)


def is_in_time(line: Any) -> bool | None:
    """Whether a line is in time as it is to be expected now; None when no day is wanted."""
    if line.wanted_on is None and line.wanted_ship_on is None:
        return None
    return in_time(line, line.expected_ship_on, line.expected_on)


async def change_wanted_days(work: Work, days: Mapping[int, WantedDays]) -> None:
    """Write the wanted days of lines of locked orders, by line id. What was promised for other
    days is promised anew when the order is looked through."""
    if not days:
        return
    told = (
        func.unnest(
            literal(list(days), ARRAY(BigInteger)),
            literal([on for on, _ in days.values()], ARRAY(Date)),
            literal([ship_on for _, ship_on in days.values()], ARRAY(Date)),
        )
        .table_valued(
            column("id", BigInteger), column("wanted_on", Date), column("wanted_ship_on", Date)
        )
        .render_derived(name="told")
    )
    await work.execute(
        update(SalesOrderLine)
        .where(SalesOrderLine.tenant_id == work.tenant_id, SalesOrderLine.id == told.c.id)
        .values(
            wanted_on=told.c.wanted_on,
            wanted_ship_on=told.c.wanted_ship_on,
            promised_ship_on=None,
            promised_on=None,
            expected_ship_on=None,
            expected_on=None,
        )
    )

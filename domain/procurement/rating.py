"""How suppliers do, as a judgement about each line that was ordered of them, as of a day.

Every measure says of a line whether it counts (the denominator) and how far it meets (the
numerator). Only what was known by the end of that day is looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Numeric,
    Subquery,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    or_,
    select,
)

from domain.entities.models import Location
from domain.kernel.reading import Reader
from domain.procurement.models import PurchaseOrder, PurchaseOrderLine, PurchaseReceiptLine

Columns = Any


@dataclass(frozen=True, slots=True)
class Window:
    """Orders that were sent within so many days up to a day, as they were at its end (UTC)."""

    as_of: date
    days: int = 365

    @property
    def end(self) -> datetime:
        """The first moment that is not looked at."""
        return datetime.combine(self.as_of + timedelta(days=1), time(), UTC)

    @property
    def start(self) -> datetime:
        """The first moment at which an order that counts was sent."""
        return self.end - timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of suppliers: what it counts, in words, and the same in SQL (columns of a line)."""

    name: str
    basis: str
    counts: Callable[[Columns, Window], ColumnElement[bool]]
    numerator: Callable[[Columns], ColumnElement[Any]]
    denominator: Callable[[Columns], ColumnElement[Any]]
    # The lines that make the measure worse.
    missed: Callable[[Columns], ColumnElement[bool]]


def _one(line: Columns) -> ColumnElement[Any]:
    return literal(Decimal(1), Numeric)


def _if(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return case((condition, literal(Decimal(1), Numeric)), else_=literal(Decimal(0), Numeric))


def _counted(
    name: str,
    basis: str,
    counts: Callable[[Columns, Window], ColumnElement[bool]],
    meets: Callable[[Columns], ColumnElement[bool]],
) -> Measure:
    """A measure that counts lines."""
    return Measure(
        name,
        basis,
        counts,
        lambda line: _if(func.coalesce(meets(line), False)),
        _one,
        lambda line: ~func.coalesce(meets(line), False),
    )


def _in_time(line: Columns) -> ColumnElement[bool]:
    return and_(line.answered_at.is_not(None), line.answered_at <= line.answer_by)


MEASURES = (
    _counted(
        "confirmed_on_time",
        "Lines that were first answered by the order's answer-by moment, of those answered or due"
        " for an answer.",
        lambda line, window: or_(line.answered_at.is_not(None), line.answer_by < window.end),
        _in_time,
    ),
    _counted(
        "delivered_by_confirmed_day",
        "Lines of which all that they still asked for, within the tolerance, came by the day that"
        " the supplier first confirmed, of those with that day past. Where nobody works at the"
        " location that day, the next on which somebody does counts.",
        lambda line, window: and_(line.first_confirmed_on <= window.as_of, line.asked > 0),
        lambda line: line.by_confirmed_day >= line.asked,
    ),
    _counted(
        "delivered_by_wanted_day",
        "Lines of which all that they still asked for, within the tolerance, came by the day it"
        " was wanted, of those with that day past. Where nobody works at the location that day, the"
        " next on which somebody does counts.",
        lambda line, window: and_(line.wanted_on <= window.as_of, line.asked > 0),
        lambda line: line.by_wanted_day >= line.asked,
    ),
    _counted(
        "in_full",
        "Lines of which all that was ordered, within the tolerance, has come, of those that are"
        " done or due (by the day first confirmed, else wanted).",
        lambda line, window: or_(
            line.completed_on <= window.as_of,
            func.coalesce(line.first_confirmed_on, line.wanted_on) <= window.as_of,
        ),
        lambda line: line.received >= line.ordered,
    ),
    Measure(
        "damaged",
        "Base units that came damaged, of those that came.",
        lambda line, window: line.received > 0,
        lambda line: line.damaged,
        lambda line: line.received,
        lambda line: line.damaged > 0,
    ),
    Measure(
        "hours_to_answer",
        "Hours from the sending of an order to the first answer about a line, over the lines that"
        " were answered.",
        lambda line, window: line.answered_at.is_not(None),
        lambda line: cast(extract("epoch", line.answered_at - line.sent_at) / 3600, Numeric(24, 2)),
        _one,
        lambda line: ~_in_time(line),
    ),
)
BY_NAME = {measure.name: measure for measure in MEASURES}


def rated_lines(reader: Reader, window: Window) -> Subquery:
    """A row for each line of the orders that count: what is judged of it. Orders that the buyer
    let go do not count."""
    receipts = _receipts(reader, window)
    remaining = (Decimal(100) - PurchaseOrder.under_percent) / Decimal(100)
    answered = PurchaseOrderLine.first_answered_at
    return (
        select(
            PurchaseOrder.supplier_id,
            PurchaseOrderLine.order_id,
            PurchaseOrder.sent_at,
            PurchaseOrder.answer_by,
            case((answered < window.end, answered)).label("answered_at"),
            _due(PurchaseOrderLine.first_confirmed_on).label("first_confirmed_on"),
            _due(PurchaseOrderLine.wanted_on).label("wanted_on"),
            PurchaseOrderLine.completed_on,
            (PurchaseOrderLine.quantity * remaining).label("ordered"),
            ((PurchaseOrderLine.quantity - PurchaseOrderLine.cancelled) * remaining).label("asked"),
            *(
                func.coalesce(receipts.c[name], Decimal(0)).label(name)
                for name in ("received", "damaged", "by_confirmed_day", "by_wanted_day")
            ),
        )
        .join(
            PurchaseOrderLine,
            and_(
                PurchaseOrderLine.tenant_id == PurchaseOrder.tenant_id,
                PurchaseOrderLine.order_id == PurchaseOrder.id,
            ),
        )
        .join(Location, _is_its_location())
        .outerjoin(receipts, receipts.c.line_id == PurchaseOrderLine.id)
        .where(
            PurchaseOrder.tenant_id == reader.tenant_id,
            PurchaseOrder.sent_at >= window.start,
            PurchaseOrder.sent_at < window.end,
            or_(PurchaseOrder.status != "cancelled", PurchaseOrder.end_reason.is_(None)),
        )
        .subquery("rated_line")
    )


def _is_its_location() -> ColumnElement[bool]:
    return and_(
        Location.tenant_id == PurchaseOrder.tenant_id, Location.id == PurchaseOrder.location_id
    )


def _due(day: Any) -> ColumnElement[date]:
    """The day by which goods have to be there: where nobody works that day, the next on which
    somebody does, by the location's calendar."""
    return case(
        (Location.calendar_id.is_(None), day),
        else_=func.working_day_from(Location.calendar_id, day, type_=Date),
    )


def _receipts(reader: Reader, window: Window) -> Subquery:
    """What came of each line by the day of the window, and by the days that it was due."""
    table, line, order = PurchaseReceiptLine, PurchaseOrderLine, PurchaseOrder
    came = func.sum(table.quantity)
    confirmed = _due(line.first_confirmed_on)
    return (
        select(
            table.line_id,
            came.label("received"),
            func.sum(table.damaged).label("damaged"),
            came.filter(table.received_on <= confirmed).label("by_confirmed_day"),
            came.filter(table.received_on <= _due(line.wanted_on)).label("by_wanted_day"),
        )
        .join(line, and_(line.tenant_id == table.tenant_id, line.id == table.line_id))
        .join(order, and_(order.tenant_id == line.tenant_id, order.id == line.order_id))
        .join(Location, _is_its_location())
        .where(table.tenant_id == reader.tenant_id, table.received_on <= window.as_of)
        .group_by(table.line_id)
        .subquery("receipts")
    )

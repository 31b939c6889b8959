"""When what is owed is due, and when a period is billed."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

SHIPMENT, DELIVERY, PERIOD = "shipment", "delivery", "period"
WEEK_BEGINS = 0


@dataclass(frozen=True, slots=True)
class Term:
    """So many days after the invoice, or after the end of its month."""

    days: int = 0
    end_of_month: bool = False


def due_on(invoiced_on: date, term: Term) -> date:
    """The day on which an invoice of this day is to be paid."""
    begins = _month_end(invoiced_on) if term.end_of_month else invoiced_on
    return begins + timedelta(days=term.days)


def period_begin(day: date, every: str) -> date:
    """The first day of the period that a day falls into: what left before it is billed by then.

    `every` is day, week (from Monday) or month."""
    if every == "day":
        return day
    if every == "week":
        return day - timedelta(days=day.weekday() - WEEK_BEGINS)
    return day.replace(day=1)


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])

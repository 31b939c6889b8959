"""Moments of ORDER-X."""

import re
from datetime import date

from domain.intake.document import Moment
from domain.intake.formats.cii_parts import text_of_date
from domain.intake.formats.moments import day_of, iso_moment
from domain.intake.formats.xml_fields import XmlFields
from domain.intake.formats.xml_tree import Node

_NOTHING = Node("nothing")
_WHEN = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?([+-]\d{4})?", re.ASCII)


def moment(told: XmlFields, node: Node | None) -> Moment | None:
    """A moment as CCYYMMDD, with hours, minutes, seconds and offset where they are told (UNTDID
    2379: 102, 203, 204, 205, 304), or as ISO 8601."""
    own = text_of_date(node)
    if own is None or not own.text:
        return None
    match = _WHEN.fullmatch(own.text)
    found = iso_moment(own.text if match is None else _iso(match))
    if found is None:
        told.complain("date_invalid", own, "is not a day")
    return found


def _iso(match: re.Match[str]) -> str:
    day = "-".join(match.group(1, 2, 3))
    if match[4] is None:
        return day
    return f"{day}T{match[4]}:{match[5]}:{match[6] or '00'}{match[7] or ''}"


def day_wanted(told: XmlFields, node: Node, event: str) -> date | None:
    """By when: the end of the period, else the day, else the period's beginning."""
    found = node.first(event)
    if found is None:
        return None
    period = found.first("OccurrenceSpecifiedPeriod") or _NOTHING
    places = (
        period.first("EndDateTime"),
        found.first("OccurrenceDateTime"),
        period.first("StartDateTime"),
    )
    return day_of(moment(told, next((each for each in places if each is not None), None)))

"""What an ORDERS or ORDCHG must have, and its control totals (CNT) against its lines."""

from collections.abc import Iterator
from decimal import Decimal

from domain.intake.document import Problem
from domain.intake.formats.edifact import Segment, at
from domain.intake.formats.edifact_moments import edifact_moment
from domain.intake.formats.edifact_numbers import EdifactNumbers
from domain.intake.formats.edifact_orders.codes import HEADING_ONLY, NO_ORDERS, ORDERED, PURPOSES
from domain.intake.formats.edifact_orders.parts import Area, OrderParts
from domain.intake.formats.excerpts import excerpt

LONGEST_ELEMENT = 1_000
"""Characters of any component; the standard allows less (512 for a text)."""

_KNOWN = frozenset(
    (
        "AJT ALC ALI APR ARD ARR ASI BGM BUS CCD CCI CAV CNT COM CPI CPS CTA CUX DGS DLM DOC DTM "
        "EFI EQA EQD EQN ERC ERP EVE FII FTX GDS GEI GID GIN GIR GIS GOR HAN HYN ICD IDE IMD INP "
        "INV IRQ LIN LOC MEA MOA MTD NAD PAC PAI PAT PCC PCD PCI PGI PIA PNA POC PRC PRI PSD QTY "
        "QUA QVR RCS REL RFF RJL RNG RTE RTS SAL SCC SEG SEL SPS STA STC STG STS TAX TDT TEM TMD "
        "TMP TOD TRU TSR UGH UGS UNH UNS UNT VLI"
    ).split()
)
"""Segments of the directories; others are told."""


def problems_of(told: EdifactNumbers, order: OrderParts, *, is_change: bool) -> Iterator[Problem]:
    """What is missing or wrong in a message, whatever its lines say."""
    bgm = next(iter(order.heading.all("BGM")), None)
    path = order.heading.path
    yield from _beginning(bgm, path, is_change=is_change)
    function = at(bgm, 3) if bgm else ""
    needs_lines = PURPOSES.get(function) != "cancel" and function not in HEADING_ONLY
    if not order.items and needs_lines:
        message = "The order has no lines (LIN)."
        yield _problem("lines_missing", f"{path}/LIN", message, "Ask the sender for its lines.")
    for area in order.orphans:
        message = (
            f"The sub-line is of line {excerpt(at(area.own[0], 4, 1), 10)}, which is not there."
        )
        yield _problem("line_unknown", area.path, message)
    if not any(at(each, 0) == "UNS" for each in order.summary.own):
        message = "The UNS segment, which ends the lines, is missing."
        yield _warning("uns_missing", f"{path}/UNS", message)
    areas = [order.heading, *_areas(order), order.summary]
    for area in areas:
        yield from _segments(area)
    for cnt in order.summary.all("CNT"):
        yield from _control(told, cnt, order)


def _areas(order: OrderParts) -> Iterator[Area]:
    for line in order.lines:
        yield line.area
        yield from line.parts
    yield from order.orphans


def _beginning(bgm: Segment | None, path: str, *, is_change: bool) -> Iterator[Problem]:
    if bgm is None:
        message = "The BGM segment, which has the order's number, is missing."
        yield _problem("bgm_missing", f"{path}/BGM", message, "Ask the sender for all of it.")
        return
    if not at(bgm, 2) and not is_change:
        message = "The order has no number (BGM, 1004)."
        yield _problem("order_number_missing", f"{path}/BGM-02", message)
    function, kind = at(bgm, 3), at(bgm, 1)
    if function not in PURPOSES:
        message = f"Its function is {excerpt(function, 10)} (BGM, 1225), which is not known."
        yield _problem("purpose_unknown", f"{path}/BGM-03", message)
    if kind in NO_ORDERS and not is_change:
        message = f"It is {NO_ORDERS[kind]} (BGM {kind})."
        remedy = "Ask the buyer for an order (220) or a call-off (226)."
        yield _problem("kind_not_booked", f"{path}/BGM-01", message, remedy)


def _segments(area: Area) -> Iterator[Problem]:
    for segment in area.everything():
        tag = at(segment, 0)
        path = f"{area.path}/{excerpt(tag, 6)}"
        if tag not in _KNOWN:
            message = f"{excerpt(tag, 10)} is no segment that is known; it is left out."
            yield _warning("segment_unknown", path, message)
        if any(len(part) > LONGEST_ELEMENT for element in segment for part in element):
            message = f"An element has more than {LONGEST_ELEMENT} characters."
            yield _problem("element_too_long", path, message)
        if tag == "DTM":
            yield from _date(segment, path)


def _date(dtm: Segment, path: str) -> Iterator[Problem]:
    kind, value, form = (at(dtm, 1, n) for n in range(3))
    if not kind:
        yield _warning("element_missing", f"{path}-01", "The date does not say what it is of.")
    elif value and edifact_moment(value, form) is None:
        what = f"“{excerpt(value, 20)}” in the format “{excerpt(form, 5)}”"
        yield _warning("date_invalid", path, f"The date {what} is not one that is known.")
    elif value and not form:
        yield _warning("element_missing", f"{path}-03", "The date does not say its format.")


def _control(told: EdifactNumbers, cnt: Segment, order: OrderParts) -> Iterator[Problem]:
    kind, path = at(cnt, 1), f"{order.heading.path}/CNT"
    if kind not in ("1", "2"):
        return
    stated = told.number(at(cnt, 1, 1), path)
    if kind == "2" and stated not in (None, len(order.lines), order.items):
        message = f"It says {stated:f} lines, and there are {len(order.lines)}."
        yield _problem("line_count_mismatch", path, message, "Ask the sender for all of it.")
    total = sum((_quantity(line.area) for line in order.lines), Decimal(0))
    if kind == "1" and stated is not None and stated != total:
        message = f"It says {stated:f} as the sum of quantities, and they add up to {total:f}."
        yield _warning("hash_total_mismatch", path, message)


def _quantity(area: Area) -> Decimal:
    """As the line says it; what is no number counts as nothing, and is told elsewhere."""
    plain = EdifactNumbers("", ",")
    for kind in ORDERED:
        for qty in area.all("QTY"):
            if at(qty, 1) == kind:
                return plain.number(at(qty, 1, 1), "") or Decimal(0)
    return Decimal(0)


def _problem(
    code: str, path: str, message: str, remedy: str = "Ask the sender to correct it."
) -> Problem:
    return Problem(code, path, message, remedy)


def _warning(code: str, path: str, message: str) -> Problem:
    return Problem(code, path, message, "Nothing need be done, unless it was meant.", "warning")

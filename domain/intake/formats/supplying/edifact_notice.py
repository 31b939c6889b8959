"""EDIFACT DESADV: despatch advice."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.intake.formats.edifact import Segment, at, messages, moment
from domain.intake.formats.numbers import exact_number
from domain.intake.formats.supplying.edifact_words import (
    day_of,
    item_codes,
    parted,
    referred,
    senders,
)
from domain.intake.formats.supplying.words import SentRow, SupplierNotice

FORMAT = "edifact.desadv"
# To be delivered: estimated arrival, requested, the despatch itself last.
_EXPECTED = ("132", "17", "358", "2", "64", "11")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with the packages (CPS) that it stands in, and its place."""

    segments: list[Segment]
    packages: list[Segment]
    path: str


def read_desadv(text: str) -> list[SupplierNotice]:
    """The notices of every DESADV message in the text, order by order; none when there is none."""
    return [
        notice for path, message in messages(text, "DESADV") for notice in _notices(message, path)
    ]


def _notices(message: list[Segment], path: str) -> Iterator[SupplierNotice]:
    heading, lines = _lines(message, path)
    header = next((s for s in heading if at(s, 0) == "BGM"), None)
    number = "" if header is None else at(header, 2)
    orders: dict[str, list[SentRow]] = {}
    for line in lines:
        order = referred(line.segments, "ON", "CO") or referred(heading, "ON", "CO")
        row = _row(line)
        if order is not None and row is not None:
            orders.setdefault(order, []).append(row)
    for order, rows in orders.items() if number else ():
        yield SupplierNotice(
            format=FORMAT,
            path=path,
            order=order,
            senders=senders(heading),
            number=number,
            expected_on=day_of(moment(heading, *_EXPECTED)),
            rows=tuple(rows),
            carrier=next((at(s, 5) for s in heading if at(s, 0) == "TDT" and at(s, 5)), None),
            tracking_number=referred(heading, "CRN", "AAS", "CN", "BM"),
        )


def _lines(message: list[Segment], path: str) -> tuple[list[Segment], list[_Line]]:
    heading, *parts = parted(message, "CPS", "LIN")
    packages: list[Segment] = []
    lines: list[_Line] = []
    for part in parts:
        if at(part[0], 0) == "CPS":
            packages = part
        else:
            lines.append(_Line(part, packages, f"{path}/LIN[{len(lines) + 1}]"))
    return heading, lines


def _row(line: _Line) -> SentRow | None:
    sent = next((s for s in line.segments if at(s, 0) == "QTY" and at(s, 1) == "12"), None)
    quantity = None if sent is None else exact_number(at(sent, 1, 1))
    if sent is None or not quantity:
        return None
    return SentRow(
        path=line.path,
        line=_order_line(line.segments),
        codes=item_codes(line.segments),
        quantity=quantity,
        unit=at(sent, 1, 2) or None,
        lot=_marked(line.segments, "BX") or referred(line.segments, "BT", "LT"),
        expires_on=day_of(moment(line.segments, "361", "36")),
        sscc=_marked(line.segments, "BJ", "AW") or _marked(line.packages, "BJ", "AW"),
        serials=tuple(_identities(line.segments, "BN", "SN")),
    )


def _order_line(line: list[Segment]) -> str | None:
    """The order's own line, as the reference to the order says it; else this document's."""
    for segment in line:
        if at(segment, 0) == "RFF" and at(segment, 1) in ("ON", "LI") and at(segment, 1, 2):
            return at(segment, 1, 2)
    return at(line[0], 1) or None


def _marked(parts: list[Segment], *kinds: str) -> str | None:
    return next(_identities(parts, *kinds), None)


def _identities(parts: list[Segment], *kinds: str) -> Iterator[str]:
    """What GIN says (7405): SSCC, batch, serial numbers."""
    for segment in parts:
        if at(segment, 0) == "GIN" and at(segment, 1) in kinds:
            for element in range(2, len(segment)):
                yield from (each.strip() for each in segment[element] if each.strip())

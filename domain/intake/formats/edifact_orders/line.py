"""A line of an ORDERS or ORDCHG: LIN with its codes, quantities, prices, dates and parts."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from domain.intake.changes import LineAction
from domain.intake.document import Address, ItemCode, ParsedLine, Problem, ScheduledQuantity
from domain.intake.formats.edifact import Segment, at
from domain.intake.formats.edifact_moments import edifact_day
from domain.intake.formats.edifact_numbers import EdifactNumbers
from domain.intake.formats.edifact_orders.codes import (
    ACTIONS,
    FREE_GOODS,
    ORDERED,
    REQUESTED_DELIVERY,
    REQUESTED_SHIP,
    SHIP_TO,
    SUBSTITUTES,
    UNITS_IN_EACH,
    item_code,
    telling_code,
)
from domain.intake.formats.edifact_orders.parties import address_of
from domain.intake.formats.edifact_orders.parts import Area, Line
from domain.intake.formats.edifact_orders.prices import LinePrice, line_price
from domain.intake.formats.edifact_orders.remarks import remarks
from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.numbers import exact_sum

MAX_DESCRIPTION_CHARACTERS = 2_000
# Said elsewhere of a line.
_READ = frozenset({"LIN", "IMD", "PIA"})
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineReader:
    """Reads the lines of one message, noting faults. `changes`: they are those of a change."""

    told: EdifactNumbers
    changes: bool = False

    def line(self, line: Line, place: int) -> ParsedLine:
        """One line; `place` counts from 1."""
        area = line.area
        head = self._line(area, place)
        parts = tuple(self._line(part, n, is_part=True) for n, part in enumerate(line.parts, 1))
        return replace(head, parts=parts)

    def _line(self, area: Area, place: int, *, is_part: bool = False) -> ParsedLine:
        lin = area.own[0]
        codes = _codes(area)
        action = None if is_part else self._action(area)
        quantity, unit = self._quantity(area, action, is_part=is_part)
        is_free = quantity is not None and not self._has(area, ORDERED)
        price = self._price(area, quantity, unit, is_free=is_free)
        return ParsedLine(
            line=place,
            path=area.path,
            quantity=quantity,
            external_code=telling_code(codes),
            codes=codes,
            description=_description(area),
            unit=unit,
            unit_size=self._told_quantity(area, UNITS_IN_EACH),
            unit_price=price.unit,
            price_basis=price.basis,
            amount=price.amount,
            discount=price.discount,
            tax=price.tax,
            line_reference=(_line_ordered(area) if self.changes else None) or at(lin, 1) or None,
            ship_to=_ship_to(area),
            requested_ship_on=dated(area, REQUESTED_SHIP),
            requested_delivery_on=dated(area, REQUESTED_DELIVERY),
            schedule=self._schedule(area),
            action=action,
            notes=remarks(area.everything(), left_out=_READ),
        )

    def _action(self, area: Area) -> LineAction | None:
        code = at(area.own[0], 2)
        if not code:
            return "change" if self.changes else None
        action = ACTIONS.get(code)
        if action is None:
            message = f"What is to be done with the line is {excerpt(code, 10)}, which is unknown."
            self._complain("action_unknown", f"{area.path}-02", message)
        return action if self.changes else None

    def _quantity(
        self, area: Area, action: LineAction | None, *, is_part: bool
    ) -> tuple[Decimal | None, str | None]:
        """How much is wanted, and of what unit."""
        kinds = (*ORDERED, FREE_GOODS)
        found = next((qty for kind in kinds for qty in area.all("QTY") if at(qty, 1) == kind), None)
        if found is None:
            shares = self._schedule(area)
            unit = next((share.unit for share in shares if share.unit), None)
            total = exact_sum(share.quantity for share in shares)
            if total is None and action in (None, "add") and not is_part:
                self._no_quantity(area)
            return total, unit
        number = self.told.number(at(found, 1, 1), f"{area.path}/QTY")
        if number is not None and number < 0:
            self._complain("quantity_negative", f"{area.path}/QTY", "The quantity is below zero.")
            number = None
        elif not at(found, 1, 1):
            self._no_quantity(area)
        return number, at(found, 1, 2) or None

    def _no_quantity(self, area: Area) -> None:
        others = ", ".join(excerpt(at(qty, 1), 5) for qty in area.all("QTY")[:5])
        beside = f"; there is only {others}" if others else ""
        message = f"There is no quantity ordered (QTY 21){beside}."
        self._complain("quantity_missing", f"{area.path}/QTY", message)

    def _told_quantity(self, area: Area, kind: str) -> Decimal | None:
        stated = next((qty for qty in area.all("QTY") if at(qty, 1) == kind), None)
        return self.told.number(at(stated, 1, 1), f"{area.path}/QTY") if stated else None

    def _has(self, area: Area, kinds: tuple[str, ...]) -> bool:
        return any(at(qty, 1) in kinds for qty in area.all("QTY")) or bool(self._schedule(area))

    def _price(
        self, area: Area, quantity: Decimal | None, unit: str | None, *, is_free: bool
    ) -> LinePrice:
        if is_free:
            return LinePrice(unit=_ZERO)
        if any(at(qty, 1) == FREE_GOODS for qty in area.all("QTY")):
            message = "Free goods (QTY 192) are asked for beside what is ordered."
            remedy = "Add them by hand if they are agreed; the line is booked without them."
            self.told.problems.append(
                Problem("free_goods", f"{area.path}/QTY", message, remedy, "warning")
            )
        return line_price(self.told, area, quantity, unit)

    def _schedule(self, area: Area) -> tuple[ScheduledQuantity, ...]:
        """Shares of the line for places (LOC) and for dates (SCC)."""
        found = []
        for group in (*area.grouped("LOC"), *area.grouped("SCC")):
            share = self._share(area, group)
            if share is not None:
                found.append(share)
        return tuple(found)

    def _share(self, area: Area, group: list[Segment]) -> ScheduledQuantity | None:
        qty = next((each for each in group if at(each, 0) == "QTY"), None)
        number = self.told.number(at(qty, 1, 1), f"{area.path}/QTY") if qty else None
        if qty is None or number is None:
            return None
        is_place = at(group[0], 0) == "LOC"
        dtm = next((each for each in group if at(each, 0) == "DTM"), [[""]])
        return ScheduledQuantity(
            number,
            at(qty, 1, 2) or None,
            place=(at(group[0], 2) or None) if is_place else None,
            place_qualifier=(at(group[0], 2, 2) or None) if is_place else None,
            date_qualifier=at(dtm, 1) or None,
            on=edifact_day(at(dtm, 1, 1), at(dtm, 1, 2)),
        )

    def _complain(self, code: str, path: str, message: str) -> None:
        remedy = "Ask the sender to correct it, or correct it and replay."
        self.told.problems.append(Problem(code, path, message, remedy))


def dated(area: Area, kinds: tuple[str, ...]) -> date | None:
    """The day of the first of these dates that is there and a date."""
    days: dict[str, date | None] = {}
    for dtm in area.all("DTM"):
        days.setdefault(at(dtm, 1), edifact_day(at(dtm, 1, 1), at(dtm, 1, 2)))
    return next((day for kind in kinds if (day := days.get(kind)) is not None), None)


def _codes(area: Area) -> tuple[ItemCode, ...]:
    """The codes of LIN and PIA; what PIA offers as a substitute names another item."""
    found = []
    lin = area.own[0]
    if at(lin, 3):
        found.append(item_code(at(lin, 3, 1), at(lin, 3)))
    for pia in area.all("PIA"):
        for element in range(2, len(pia)):
            value, kind = at(pia, element), at(pia, element, 1)
            if value:
                code = item_code(kind, value)
                is_other = at(pia, 1) in SUBSTITUTES
                found.append(ItemCode("attribute", value, kind or None) if is_other else code)
    return tuple(dict.fromkeys(found))


def _description(area: Area) -> str | None:
    """The texts of IMD (7008), one after the other."""
    texts = [
        " ".join(part for part in (at(imd, 3, 3), at(imd, 3, 4)) if part) for imd in area.all("IMD")
    ]
    told = dict.fromkeys(text for text in texts if text)
    return " ".join(told)[:MAX_DESCRIPTION_CHARACTERS] or None


def _ship_to(area: Area) -> Address | None:
    return address_of(area, SHIP_TO)


def _line_ordered(area: Area) -> str | None:
    """The line of the order that a line of a change means (RFF ON, 1156; or RFF LI)."""
    for rff in area.all("RFF"):
        if at(rff, 1) in ("ON", "CO", "LI") and at(rff, 1, 2):
            return at(rff, 1, 2)
    return next((at(rff, 1, 1) for rff in area.all("RFF") if at(rff, 1) == "LI"), None)

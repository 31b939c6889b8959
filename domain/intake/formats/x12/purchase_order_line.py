"""A line of an 850 (PO1) or 860 (POC) with its prices, descriptions, parts, places and dates."""

from dataclasses import dataclass
from decimal import Decimal

from domain.intake.changes import LineAction
from domain.intake.document import Address, ItemCode, ParsedLine, ScheduledQuantity
from domain.intake.formats.numbers import exact_quotient, exact_sum
from domain.intake.formats.x12.codes import (
    ACTIONS,
    PRICE_PER,
    REQUESTED_DELIVERY,
    REQUESTED_SHIP,
    UNIT_PRICE_TYPES,
    item_code,
    seller_code,
)
from domain.intake.formats.x12.delimiters import Delimiters
from domain.intake.formats.x12.findings import Finding, element_finding
from domain.intake.formats.x12.loops import Loop, Placed, outside_parties, party_loops
from domain.intake.formats.x12.parties import address_of
from domain.intake.formats.x12.remarks import dated, remarks
from domain.intake.formats.x12.values import implied_cents, real_number, x12_day

MAX_DESCRIPTION_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class _Places:
    """At which elements a line's segment says what."""

    quantity: int
    unit: int
    price: int
    basis: int
    codes: int


_PLACES = {"PO1": _Places(2, 3, 4, 5, 6), "POC": _Places(3, 5, 6, 7, 8)}


@dataclass(frozen=True, slots=True)
class LineReader:
    """Reads lines of one order, noting faults in `findings`."""

    delimiters: Delimiters
    findings: list[Finding]

    def line(self, loop: Loop, place: int) -> ParsedLine:
        """The line of one PO1 or POC loop; `place` counts from 1."""
        head, at = loop.head, _PLACES[loop.head.tag]
        codes, action = _codes(head, at.codes), self._action(head)
        own = list(outside_parties(loop.members))
        dates = [placed for placed in own if placed.tag == "DTM"]
        return ParsedLine(
            line=place,
            path=head.path,
            quantity=self._quantity(loop, action),
            external_code=seller_code(codes),
            codes=codes,
            description=_description(loop),
            unit=self._unit(head, at.unit),
            unit_price=self._unit_price(loop),
            price_basis=head.text(at.basis),
            amount=self._stated_amount(loop),
            discount=self._allowances(loop),
            tax=self._tax(loop),
            line_reference=head.text(1),
            ship_to=_ship_to(loop),
            requested_ship_on=dated(dates, REQUESTED_SHIP),
            requested_delivery_on=dated(dates, REQUESTED_DELIVERY),
            schedule=(*self._places(loop), *self._dates(loop)),
            parts=tuple(self._part(sln, n) for n, sln in enumerate(loop.all("SLN"), 1)),
            action=action,
            notes=remarks(own),
        )

    def number(self, placed: Placed, place: int, code: str = "number_invalid") -> Decimal | None:
        """An element of type R; notes a finding if it is there and no number."""
        text = placed.text(place)
        number = real_number(text) if text is not None else None
        if text is not None and number is None:
            self._complain(code, placed, place, "is not a number", "6")
        return number

    def _action(self, head: Placed) -> LineAction | None:
        code = head.text(2) if head.tag == "POC" else None
        if code is not None and code not in ACTIONS:
            self._complain("action_unknown", head, 2, f"is {code[:10]}, which is not known", "7")
        return None if code is None else ACTIONS.get(code)

    def _unit(self, head: Placed, place: int) -> str | None:
        """Of a composite unit the first part."""
        text = head.text(place) or ""
        return text.split(self.delimiters.component or "\0")[0].strip() or None

    def _quantity(self, loop: Loop, action: LineAction | None) -> Decimal | None:
        """How much is ordered, also after a change; where a change says only what is left to
        receive (POC04), that."""
        head, place = loop.head, _PLACES[loop.head.tag].quantity
        if head.tag == "POC" and head.text(place) is None:
            place += 1
        number = self.number(head, place)
        if number is not None and number < 0:
            self._complain("quantity_negative", head, place, "is below zero", "7")
            return None
        if head.text(place) is not None:
            return number
        shares = exact_sum(share.quantity for share in self._places(loop) or self._dates(loop))
        if shares is None and action in (None, "add", "increase", "decrease"):
            self._complain("quantity_missing", head, place, "is missing: there is no quantity", "1")
        return shares

    def _unit_price(self, loop: Loop) -> Decimal | None:
        head, at = loop.head, _PLACES[loop.head.tag]
        price, basis = self.number(head, at.price), head.text(at.basis)
        if price is None and basis == "NC":
            return Decimal(0)
        if price is None and head.text(at.price) is None:
            price = self._price_of_ctp(loop)
        if price is None or basis not in PRICE_PER:
            return price
        return exact_quotient(price, PRICE_PER[basis])

    def _price_of_ctp(self, loop: Loop) -> Decimal | None:
        for ctp in loop.all("CTP"):
            if (ctp.text(2) or "") in UNIT_PRICE_TYPES:
                return self.number(ctp, 3)
        return None

    def _stated_amount(self, loop: Loop) -> Decimal | None:
        stated = [amt for amt in loop.all("AMT") if amt.text(1) == "1"]
        return self.number(stated[0], 2) if stated else None

    def _allowances(self, loop: Loop) -> Decimal | None:
        return exact_sum(
            implied_cents(sac.text(5) or "") for sac in loop.all("SAC") if sac.text(1) == "A"
        )

    def _tax(self, loop: Loop) -> Decimal | None:
        return exact_sum(self.number(txi, 2) for txi in loop.all("TXI"))

    def _places(self, loop: Loop) -> tuple[ScheduledQuantity, ...]:
        """SDQ: unit, qualifier, then pairs of place and quantity."""
        shares = []
        for sdq in loop.all("SDQ"):
            for place in range(3, len(sdq.segment.elements) + 1, 2):
                quantity = real_number(sdq.text(place + 1) or "")
                if sdq.text(place) and quantity is not None:
                    shares.append(
                        ScheduledQuantity(quantity, sdq.text(1), sdq.text(place), sdq.text(2))
                    )
        return tuple(shares)

    def _dates(self, loop: Loop) -> tuple[ScheduledQuantity, ...]:
        """SCH: quantity, unit, …, date qualifier (05) and date (06)."""
        shares = []
        for sch in loop.all("SCH"):
            quantity = real_number(sch.text(1) or "")
            if quantity is not None:
                day = x12_day(sch.text(6) or "")
                shares.append(
                    ScheduledQuantity(quantity, sch.text(2), date_qualifier=sch.text(5), on=day)
                )
        return tuple(shares)

    def _part(self, sln: Placed, place: int) -> ParsedLine:
        codes = _codes(sln, 9)
        return ParsedLine(
            line=place,
            path=sln.path,
            quantity=real_number(sln.text(4) or ""),
            external_code=seller_code(codes),
            codes=codes,
            unit=self._unit(sln, 5),
            unit_price=real_number(sln.text(6) or ""),
            price_basis=sln.text(7),
            line_reference=sln.text(1),
        )

    def _complain(self, code: str, placed: Placed, place: int, what: str, ak: str) -> None:
        self.findings.append(
            element_finding(code, placed.path, placed.segment, place, what, element_code=ak)
        )


def _codes(placed: Placed, first: int) -> tuple[ItemCode, ...]:
    """Pairs of qualifier and code from element `first` on."""
    pairs = (
        (placed.text(place), placed.text(place + 1))
        for place in range(first, len(placed.segment.elements) + 1, 2)
    )
    return tuple(item_code(q, value) for q, value in pairs if q is not None and value is not None)


def _description(loop: Loop) -> str | None:
    """The free texts of PID (05), one after the other."""
    texts = [text for pid in loop.all("PID") if (text := pid.text(5))]
    return " ".join(texts)[:MAX_DESCRIPTION_CHARACTERS] or None


def _ship_to(loop: Loop) -> Address | None:
    places = [party for party in party_loops(loop.members) if party.head.text(1) == "ST"]
    return address_of(places[0]) if places else None

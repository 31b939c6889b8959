"""Promises of whole orders: what each line rests on, and the dates that follow. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from domain.kernel.value_objects import value_object
from domain.promise.policies.supply_book import STOCK, Part, Supply, SupplyBook, Terms
from domain.promise.policies.whole_kits import take_kits

ZERO = Decimal(0)


class Given(NamedTuple):
    """Stock (base units) that a line has at a location; bought from another entity it leaves so
    many days later."""

    location_id: int
    quantity: Decimal
    lead_days: int = 0


@value_object()
class Want:
    """A line to be promised: what of it has stock at which location already (base units), and what
    of it waits.

    `wanted_on` is the day on which, and not before, it is wanted there, `wanted_ship_on` to leave.
    Wants with the same `kit` are its components, `per_kit` of each for one kit."""

    item_id: int
    waiting: Decimal
    given: tuple[Given, ...] = ()
    wanted_on: date | None = None
    wanted_ship_on: date | None = None
    kit: int | None = None
    per_kit: Decimal = Decimal(1)

    def terms(self, of_order: Terms) -> Terms:
        """The terms of its order, with its own wanted day where it has one."""
        if self.wanted_on is None and self.wanted_ship_on is None:
            return of_order
        return replace(of_order, wanted_on=self.wanted_on, wanted_ship_on=self.wanted_ship_on)


@value_object()
class LinePromise:
    """What a line rests on; `short` is what nothing is in sight for."""

    parts: tuple[Part, ...]
    short: Decimal = ZERO

    @property
    def ships_on(self) -> date | None:
        """When the last part leaves; None while something is short, or nothing is wanted."""
        return None if self.short or not self.parts else max(part.ships_on for part in self.parts)

    @property
    def delivers_on(self) -> date | None:
        """When the last part is there; None where that is not known for every part."""
        days = [part.delivers_on for part in self.parts]
        known = [day for day in days if day is not None]
        return max(known) if known and len(known) == len(days) and not self.short else None


@value_object()
class Option:
    """One way to serve an order: `parts` as each is there, `complete` all at once, `one_location`
    all at once from one place."""

    kind: str
    lines: tuple[LinePromise, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every line has a date."""
        return all(line.ships_on is not None for line in self.lines)

    @property
    def last_due(self) -> date | None:
        """When the last of it is there (leaves, where transit is not known)."""
        if not self.is_whole:
            return None
        return max((part.due for line in self.lines for part in line.parts), default=None)


def promise_lines(wants: Sequence[Want], book: SupplyBook, terms: Terms) -> list[LinePromise]:
    """Promise the lines of one order from the book, and take from it what they rest on."""
    if not terms.split_allowed and terms.bound_to is None:
        terms = replace(terms, bound_to=_place_of(wants, book, terms))
    lines = _lines(wants, book, terms)
    return _together(lines) if terms.ship_complete else lines


def options(wants: Sequence[Want], book: SupplyBook, terms: Terms) -> list[Option]:
    """Every way to serve the order, the book left as it was."""
    before = dict(book.left)
    split = _lines(wants, book, terms)
    book.put_back(before)
    found = [Option("parts", tuple(split)), Option("complete", tuple(_together(split)))]
    alone = [_from(place, wants, book, terms, before) for place in terms.sites]
    whole = [option for option in alone if option.is_whole]
    if whole:
        # The first location wins among equals: min keeps the first.
        found.append(min(whole, key=lambda option: option.last_due or date.max))
    return found


def chosen(found: Sequence[Option], terms: Terms) -> Option:
    """The option that the terms ask for; without one from a single location, the split one."""
    kinds = {option.kind: option for option in found}
    if not terms.split_allowed:
        return kinds.get("one_location", kinds["complete"])
    return kinds["complete" if terms.ship_complete else "parts"]


def _lines(
    wants: Sequence[Want], book: SupplyBook, terms: Terms, *, only: int | None = None
) -> list[LinePromise]:
    """Each line, first come first served; a kit's lines at the turn of the first of them."""
    kits: dict[int, list[int]] = defaultdict(list)
    for place, want in enumerate(wants):
        if want.kit is not None:
            kits[want.kit].append(place)
    taken: dict[int, list[Part]] = {}
    for place, want in enumerate(wants):
        if place in taken:
            continue
        own = want.terms(terms)
        if want.kit is None:
            taken[place] = book.take(want.item_id, want.waiting, own, only=only)
        else:
            of_kit = kits[want.kit]
            taken |= zip(of_kit, _of_kit([wants[n] for n in of_kit], book, own, only), strict=True)
    return [_line(want, book, want.terms(terms), taken[n]) for n, want in enumerate(wants)]


def _of_kit(
    wants: Sequence[Want], book: SupplyBook, terms: Terms, only: int | None
) -> list[list[Part]]:
    """The parts of a kit's components. Where some components have stock and others wait, these
    come to where the kit's stock is."""
    components = [(want.item_id, want.waiting, want.per_kit) for want in wants]
    first = min(wants, key=lambda want: want.waiting / want.per_kit)
    beside = first.given[0][0] if first.given and only is None else only
    return take_kits(components, book, terms, only=only, beside=beside)


def _line(want: Want, book: SupplyBook, terms: Terms, taken: Sequence[Part]) -> LinePromise:
    parts = [
        Part(
            STOCK,
            each.location_id,
            each.quantity,
            *book.ships_now(each.location_id, terms, each.lead_days),
        )
        for each in want.given
        if each.location_id in book.workplaces
    ]
    short = max(want.waiting, ZERO) - sum((part.quantity for part in taken), ZERO)
    return LinePromise((*parts, *taken), short)


def _from(
    place: int, wants: Sequence[Want], book: SupplyBook, terms: Terms, before: dict[Supply, Decimal]
) -> Option:
    lines = _lines(wants, book, terms, only=place)
    book.put_back(before)
    return Option("one_location", tuple(_together(lines)))


def _place_of(wants: Sequence[Want], book: SupplyBook, terms: Terms) -> int | None:
    """Where an order that is not split is served: where it has stock, else where all of it can be
    had first; None when nowhere."""
    given = [each.location_id for want in wants for each in want.given]
    if given:
        return given[0]
    before = dict(book.left)
    alone = {place: _from(place, wants, book, terms, before) for place in terms.sites}
    whole = {place: option.last_due for place, option in alone.items() if option.is_whole}
    return min(whole, key=lambda place: whole[place] or date.max, default=None)


def _together(lines: Sequence[LinePromise]) -> list[LinePromise]:
    """The same lines, all there on the day of the last part; each location ships once."""
    parts = [part for line in lines for part in line.parts]
    if not parts or any(line.short for line in lines):
        return list(lines)
    ships: dict[int, date] = {}
    for part in parts:
        place = part.location_id
        ships[place] = max(part.ships_on, ships.get(place, part.ships_on))
    last = max(part.due for part in parts)
    return [LinePromise(tuple(_held(part, ships, last) for part in line.parts)) for line in lines]


def _held(part: Part, ships: dict[int, date], last: date) -> Part:
    delivers_on = None if part.delivers_on is None else last
    return replace(part, ships_on=ships[part.location_id], delivers_on=delivers_on)

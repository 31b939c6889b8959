"""The lines of an order, and what a change says of them."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, localcontext

from domain.intake.document import ParsedLine, Problem

_REMEDY = "Agree it with the sender, then amend the order here by hand."
_MERGED = (
    "quantity", "unit", "unit_price", "price_basis", "description", "ship_to",
    "requested_ship_on", "requested_delivery_on",
)  # fmt: skip
_NAMELESS = ("attribute", "style", "product")


class Lines:
    """Lines that changes are made to. `counted`: the numbers in the change are its own, so that
    its codes tell which line is meant."""

    def __init__(self, lines: Sequence[ParsedLine], *, counted: bool) -> None:
        self._lines = list(lines)
        self._counted = counted
        self.touched: set[str] = set()

    @property
    def left(self) -> tuple[ParsedLine, ...]:
        """The lines as they are now."""
        return tuple(self._lines)

    def replaced(self, by: Sequence[ParsedLine]) -> list[Problem]:
        """The lines of a change instead of those that were here."""
        self._lines = [replace(line, action=None) for line in by if line.action != "remove"]
        return []

    def changed(self, by: Sequence[ParsedLine]) -> list[Problem]:
        """Each line of a change made; the problems of those that cannot be."""
        found = [self._add(line) if line.action == "add" else self._change(line) for line in by]
        return [problem for problem in found if problem is not None]

    def _add(self, by: ParsedLine) -> Problem | None:
        taken = by.line_reference is not None and not self._counted
        if taken and any(line.line_reference == by.line_reference for line in self._lines):
            message = f"The change adds line {by.line_reference}, which is there already."
            return Problem("line_exists", by.path, message, _REMEDY)
        number = max((line.line for line in self._lines), default=0) + 1
        self._lines.append(replace(by, line=number, action=None))
        self.touched.add(own_name(self._lines[-1]))
        return None

    def _change(self, by: ParsedLine) -> Problem | None:
        place = self._meant(by)
        if isinstance(place, Problem):
            return place
        if by.action == "keep":
            return None
        line = self._lines[place]
        problem = _contradiction(line, by)
        if problem is None:
            self.touched.add(own_name(line))
            after = [] if by.action == "remove" else [_merged(line, by)]
            self._lines[place : place + 1] = after
        return problem

    def _meant(self, by: ParsedLine) -> int | Problem:
        """Which line is meant: the one of its number, if its codes agree; else the only one of its
        item."""
        numbered = [n for n, line in enumerate(self._lines) if by.line_reference == own_name(line)]
        alike = [n for n, line in enumerate(self._lines) if _share(line, by)]
        both = [n for n in numbered if n in alike]
        if len(both) == 1:
            return both[0]
        if len(numbered) == 1 and (
            by.action == "replace_item" or _may_be(self._lines[numbered[0]], by)
        ):
            return numbered[0]
        if len(alike) == 1 and (self._counted or not numbered):
            return alike[0]
        return _unclear(by, 0 if self._counted else len(numbered), len(alike))


def own_name(line: ParsedLine) -> str:
    """The source's own name of a line, by which it is found again."""
    return line.external_id or line.line_reference or str(line.line)


def _unclear(by: ParsedLine, numbered: int, alike: int) -> Problem:
    named = " ".join(part for part in (by.line_reference, by.external_code) if part) or "no number"
    if alike > 1 or numbered > 1:
        message = f"The change speaks of a line ({named}), and several could be meant."
        return Problem("line_ambiguous", by.path, message, _REMEDY)
    if numbered:
        message = f"The change speaks of a line ({named}) that has another item."
        return Problem("line_differs", by.path, message, _REMEDY)
    message = f"The change speaks of a line ({named}) that is not there."
    return Problem("line_unknown", by.path, message, _REMEDY)


def _named(line: ParsedLine) -> set[str]:
    return {code.value for code in line.codes if code.kind not in _NAMELESS}


def _share(one: ParsedLine, other: ParsedLine) -> bool:
    return bool(_named(one) & _named(other))


def _may_be(one: ParsedLine, other: ParsedLine) -> bool:
    return not _named(one) or not _named(other) or _share(one, other)


def _contradiction(line: ParsedLine, by: ParsedLine) -> Problem | None:
    """A quantity that goes the other way than the change says: perhaps it is the difference."""
    old, new = line.quantity, by.quantity
    if old is None or new is None or line.unit != (by.unit or line.unit):
        return None
    if (by.action == "increase" and new < old) or (by.action == "decrease" and new > old):
        way = "more" if by.action == "increase" else "less"
        message = f"The change asks for {way} than {old:f}, and says {new:f}."
        return Problem("quantity_contradicts", by.path, message, _REMEDY)
    return None


def _merged(line: ParsedLine, by: ParsedLine) -> ParsedLine:
    """The line with what the change says of it; its amounts go with the quantity."""
    stated = {name: value for name in _MERGED if (value := getattr(by, name)) is not None}
    after = replace(line, **stated, schedule=by.schedule or line.schedule)
    if by.action == "replace_item":
        after = replace(after, codes=by.codes, external_code=by.external_code)
    is_priced = by.unit_price is not None or by.amount is not None

    def of_line(own: Decimal | None, before: Decimal | None) -> Decimal | None:
        return _scaled(before, line.quantity, after.quantity) if own is None else own

    return replace(
        after,
        amount=of_line(by.amount, None if is_priced else line.amount),
        discount=of_line(by.discount, None if is_priced else line.discount),
        tax=of_line(by.tax, line.tax),
    )


def _scaled(amount: Decimal | None, old: Decimal | None, new: Decimal | None) -> Decimal | None:
    if amount is None or not old or new is None or old == new:
        return amount
    with localcontext() as context:
        context.prec = 60
        return amount * new / old

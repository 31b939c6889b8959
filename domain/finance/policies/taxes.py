"""Taxes by code: exact, and rounded once, so that a document's lines close to its totals."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from domain.kernel.money import share

HUNDRED = Decimal(100)
ZERO = Decimal(0)
STANDARD, EXEMPT, REVERSE = "standard", "exempt", "reverse_charge"
PRECISION = 60


@dataclass(frozen=True, slots=True)
class Component:
    """What one tax of a code takes, in percent; a compound one takes it of the others too."""

    name: str
    percent: Decimal
    is_compound: bool = False


@dataclass(frozen=True, slots=True)
class Treatment:
    """A code as it stands on a day."""

    code_id: int
    kind: str = STANDARD
    is_inclusive: bool = False
    components: tuple[Component, ...] = ()

    @property
    def shares(self) -> tuple[Decimal, ...]:
        """What each component takes of a price without tax, as a fraction."""
        simple = sum((c.percent for c in self.components if not c.is_compound), ZERO) / HUNDRED
        return tuple(
            c.percent / HUNDRED * (1 + simple if c.is_compound else 1) for c in self.components
        )

    @property
    def rate(self) -> Decimal:
        """What all of them take of a price without tax, as a fraction; nothing is charged where
        there is an exemption, or the buyer owes it."""
        return sum(self.shares, ZERO) if self.kind == STANDARD else ZERO


@dataclass(frozen=True, slots=True)
class Taxable:
    """A line's price in minor units, and how it is taxed; None: as it is given elsewhere."""

    amount_minor: int
    treatment: Treatment | None


@dataclass(frozen=True, slots=True)
class Taxed:
    """A line's price without tax, and its tax, in minor units."""

    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class ComponentTotal:
    """What one component of a code comes to in a document."""

    code_id: int
    component: str
    percent: Decimal
    taxable_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class DocumentTax:
    """The lines in their order, and what each component comes to: both add up to the same tax."""

    lines: tuple[Taxed, ...]
    totals: tuple[ComponentTotal, ...]


def tax_document(lines: Sequence[Taxable], *, rounding: str) -> DocumentTax:
    """Tax every line. `rounding` "line" rounds each line's tax half up; "document" rounds the tax
    of each code once, and shares it over its lines by the largest remainder."""
    places: dict[Treatment, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        if line.treatment is not None:
            places[line.treatment].append(place)
    taxes = [0] * len(lines)
    for treatment, own in places.items():
        exact = [_exact_tax(lines[n].amount_minor, treatment) for n in own]
        for place, tax in zip(own, _rounded(exact, rounding), strict=True):
            taxes[place] = tax
    taxed = tuple(_taxed(line, tax) for line, tax in zip(lines, taxes, strict=True))
    totals = [
        total
        for treatment, own in places.items()
        for total in _totals(treatment, [taxed[n] for n in own])
    ]
    return DocumentTax(taxed, tuple(totals))


def _exact_tax(amount_minor: int, treatment: Treatment) -> Decimal:
    with localcontext() as context:
        context.prec = PRECISION
        if treatment.is_inclusive:
            return amount_minor * treatment.rate / (1 + treatment.rate)
        return amount_minor * treatment.rate


def _rounded(exact: Sequence[Decimal], rounding: str) -> list[int]:
    if rounding == "line":
        return [_half_up(tax) for tax in exact]
    return share(_half_up(sum(exact, ZERO)), exact)


def _half_up(value: Decimal) -> int:
    return int(value.to_integral_value(rounding=ROUND_HALF_UP))


def _taxed(line: Taxable, tax_minor: int) -> Taxed:
    has_it = line.treatment is not None and line.treatment.is_inclusive
    return Taxed(line.amount_minor - tax_minor if has_it else line.amount_minor, tax_minor)


def _totals(treatment: Treatment, lines: Sequence[Taxed]) -> list[ComponentTotal]:
    taxable = sum(line.net_minor for line in lines)
    if not treatment.components:
        name = treatment.kind
        return [ComponentTotal(treatment.code_id, name, ZERO, taxable, 0)]
    is_charged = treatment.kind == STANDARD
    tax = sum(line.tax_minor for line in lines)
    parts = share(tax, treatment.shares)
    return [
        ComponentTotal(treatment.code_id, c.name, c.percent if is_charged else ZERO, taxable, part)
        for c, part in zip(treatment.components, parts, strict=True)
    ]


def reverse_charge(net_minor: int, treatment: Treatment) -> int:
    """What the buyer owes of its own purchase, in minor units: to be paid, and to be had back."""
    with localcontext() as context:
        context.prec = PRECISION
        return _half_up(net_minor * sum(treatment.shares, ZERO))

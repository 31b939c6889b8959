"""What an X12 810 bills in all. Its allowances, charges and taxes may stand with the lines, in the
heading or the summary, or in both once more: what counts is how they come to the stated total."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from domain.intake.formats.invoiced.invoice import ZERO, Adjustment, TaxPart
from domain.intake.formats.x12.codes import PRICE_PER, TAX_CHARGES
from domain.intake.formats.x12.envelope import TransactionSet
from domain.intake.formats.x12.segments import Segment
from domain.intake.formats.x12.values import implied_cents, real_number
from domain.kernel.money import exponent, share, to_major

# A discount for paying soon: the total is stated before it.
_TERMS_DISCOUNT = "C310"


@dataclass(frozen=True, slots=True)
class Level:
    """What is billed: for each line, and beside the lines."""

    amounts: tuple[Decimal | None, ...]
    adjustments: tuple[Adjustment, ...]
    taxes: tuple[TaxPart, ...]

    @property
    def total(self) -> Decimal:
        """What it comes to."""
        lines = sum((each or ZERO for each in self.amounts), ZERO)
        beside = sum((each.signed for each in self.adjustments), ZERO)
        return lines + beside + sum((each.amount for each in self.taxes), ZERO)


def levels_of(
    found: TransactionSet,
    heading: Sequence[Segment],
    lines: Sequence[Sequence[Segment]],
    summary: Sequence[Segment],
) -> list[Level]:
    """How the document may be meant, the likeliest first: all that it says adds up; the summary
    says again what the lines said; only the lines say it."""
    amounts = tuple(_extended(line[0]) for line in lines)
    own = [segment for line in lines for segment in line]
    beside = [*heading, *summary]
    by_line, whole = _adjustments(found, own), _adjustments(found, beside)
    line_tax, whole_tax = _taxes(found, own), _taxes(found, beside)
    found_levels = [
        Level(amounts, adjustments, taxes)
        for adjustments in (by_line + whole, whole, by_line)
        for taxes in (line_tax + whole_tax, whole_tax, line_tax)
    ]
    return found_levels + [_undiscounted(level) for level in found_levels]


def _undiscounted(level: Level) -> Level:
    kept = tuple(each for each in level.adjustments if each.code != _TERMS_DISCOUNT)
    return replace(level, adjustments=kept)


def closed(levels: Sequence[Level], stated: Decimal | None, currency: str | None) -> Level:
    """The first that comes to what is stated, its lines in whole minor units; the likeliest where
    none does."""
    unit = Decimal(1).scaleb(-exponent(currency or ""))
    for level in levels:
        rounded = replace(level, amounts=tuple(_rounded(each, unit) for each in level.amounts))
        if stated is None or rounded.total == stated:
            return rounded
    for level in levels:
        if level.total.quantize(unit, ROUND_HALF_UP) == stated:
            return _shared(level, stated, currency or "")
    return replace(levels[0], amounts=tuple(_rounded(each, unit) for each in levels[0].amounts))


def _rounded(amount: Decimal | None, unit: Decimal) -> Decimal | None:
    return None if amount is None else amount.quantize(unit, ROUND_HALF_UP)


def _shared(level: Level, stated: Decimal, currency: str) -> Level:
    """Lines that were rounded only as a whole: the whole is shared over them."""
    exact = [each or ZERO for each in level.amounts]
    beside = level.total - sum(exact, ZERO)
    minor = int((stated - beside).scaleb(exponent(currency)).to_integral_value(ROUND_HALF_UP))
    parts = share(minor, exact)
    return replace(level, amounts=tuple(to_major(each, currency) for each in parts))


def _extended(it1: Segment) -> Decimal | None:
    quantity, price = real_number(it1.element(2)), real_number(it1.element(4))
    if quantity is None or price is None:
        return None
    return quantity * price / PRICE_PER.get(it1.element(5), Decimal(1))


def _adjustments(found: TransactionSet, segments: Sequence[Segment]) -> tuple[Adjustment, ...]:
    """SAC that are an allowance or a charge and no tax."""
    return tuple(
        Adjustment(
            path=f"{found.path}/SAC (segment {s.number})",
            amount=amount,
            is_charge=s.element(1) == "C",
            code=s.text(2),
            reason=s.text(15),
        )
        for s, amount in _charged(segments)
        if s.element(2) not in TAX_CHARGES
    )


def _charged(segments: Sequence[Segment]) -> Iterator[tuple[Segment, Decimal]]:
    for segment in segments:
        if segment.tag == "SAC" and segment.element(1) in ("A", "C"):
            amount = implied_cents(segment.element(5))
            if amount:
                yield segment, amount


def _taxes(found: TransactionSet, segments: Sequence[Segment]) -> tuple[TaxPart, ...]:
    """TXI; or the SAC that are taxes, which TXI go into details of."""
    charged = [(s, amount) for s, amount in _charged(segments) if s.element(2) in TAX_CHARGES]
    if charged:
        return tuple(
            TaxPart(
                path=f"{found.path}/SAC (segment {s.number})",
                amount=amount if s.element(1) == "C" else -amount,
            )
            for s, amount in charged
        )
    told = [(s, real_number(s.element(2))) for s in segments if s.tag == "TXI"]
    return tuple(
        TaxPart(
            path=f"{found.path}/TXI (segment {s.number})",
            amount=amount,
            rate=real_number(s.element(3)),
            taxable=real_number(s.element(8)),
            category=s.text(1),
        )
        for s, amount in told
        if amount is not None
    )

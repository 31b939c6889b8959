"""What a stock document says, in neutral words."""

from dataclasses import dataclass
from decimal import Decimal

from domain.intake.document import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRow:
    """What is told of one item: `quantity` is all that is there, or what of it may be sold
    (`is_available`). `codes` as (kind, value), the most telling first; `path` is the row's place in
    the document."""

    path: str
    codes: tuple[tuple[str, str], ...]
    quantity: Decimal
    is_available: bool = False
    damaged: Decimal | None = None
    quality_control: Decimal | None = None
    unit: str | None = None
    lot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReport:
    """The stock of one location, by the sender's code for it (None: it names none), as of a moment
    (None: when it came). Nothing says that it names everything there is."""

    format: str
    location: str | None
    as_of: Moment | None
    reference: str | None
    rows: tuple[StockRow, ...]


def by_location(
    format: str,
    rows: list[tuple[str | None, StockRow]],
    *,
    as_of: Moment | None = None,
    reference: str | None = None,
) -> list[StockReport]:
    """One report for each location that the rows name, in their order."""
    told: dict[str | None, list[StockRow]] = {}
    for location, row in rows:
        told.setdefault(location, []).append(row)
    return [
        StockReport(
            format=format, location=place, as_of=as_of, reference=reference, rows=tuple(found)
        )
        for place, found in told.items()
    ]

"""What the columns of a provider's own table of payouts mean, as the company has laid it down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.finance.settlement.told import FEES, KINDS
from domain.kernel import iso
from domain.kernel.errors import InvalidInput

REQUIRED = ("payout", "amount")
COLUMNS = (
    *REQUIRED,
    "kind",
    "currency",
    "posted_on",
    "deposited_on",
    "total",
    "line",
    "order",
    "merchant_order",
    "adjustment",
    "shipment",
    "sku",
    "quantity",
)
LONGEST = 200
MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMapping:
    """`columns`: what each of COLUMNS is called in the table's first line. `fees`: columns that
    hold a fee of a kind beside the amount. `kinds`: the table's own words for KINDS."""

    columns: Mapping[str, str]
    fees: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    # Fees are written as positive numbers, and are to be taken off.
    fees_subtract: bool = True
    month_first: bool = False

    @property
    def headings(self) -> set[str]:
        """All the columns that the table must have."""
        return {*self.columns.values(), *self.fees}


def mapping_of(stored: Mapping[str, Any] | None) -> TableMapping | None:
    """The mapping as it is stored."""
    return None if stored is None else TableMapping(**stored)


def sound_mapping(given: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping as it is stored. Raises InvalidInput with the place of what is wrong."""
    columns, fees, kinds = (dict(given.get(name) or {}) for name in ("columns", "fees", "kinds"))
    _require(set(columns) <= set(COLUMNS), "columns", f"Each is one of {', '.join(COLUMNS)}.")
    _require(set(REQUIRED) <= set(columns), "columns", "payout and amount are wanted at least.")
    _require(set(fees.values()) <= set(FEES), "fees", f"Each is one of {', '.join(FEES)}.")
    _require(set(kinds.values()) <= set(KINDS), "kinds", f"Each is one of {', '.join(KINDS)}.")
    headings = [*columns.values(), *fees]
    _require(len(set(headings)) == len(headings), "columns", "A column means two things.")
    words = [*headings, *kinds]
    _require(len(words) <= MOST, "columns", f"At most {MOST} words are taken.")
    _require(all(0 < len(word.strip()) <= LONGEST for word in words), "columns", "A word is blank.")
    currency = given.get("currency")
    _require(currency is not None or "currency" in columns, "currency", "Name the currency.")
    return {
        "columns": {name: word.strip() for name, word in columns.items()},
        "fees": {word.strip(): kind for word, kind in fees.items()},
        "kinds": {word.strip().casefold(): kind for word, kind in kinds.items()},
        "currency": None if currency is None else iso.currency(currency, path=("currency",)),
        "fees_subtract": bool(given.get("fees_subtract", True)),
        "month_first": bool(given.get("month_first", False)),
    }


def _require(holds: bool, place: str, message: str) -> None:
    if not holds:
        raise InvalidInput(message, path=(place,))

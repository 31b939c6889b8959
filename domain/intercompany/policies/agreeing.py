"""What an agreement may say. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypedDict

from domain.intercompany.policies.pricing import COST_PLUS, LIST_MINUS, METHODS
from domain.intercompany.policies.returning import STANDARD_DISPOSITIONS
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import LARGEST, SCALE

# As a kind of configuration that may be governed.
TRADE_AGREEMENT = "trade_agreement"
SUPPLIER, BUYER = "supplier", "buyer"
TRANSIT_OWNERS = (SUPPLIER, BUYER)
MOST_DAYS = 365
HIGHEST_RANK = 1_000_000
MISSING = "missing"
HIGHEST_PERCENT = Decimal(1000)
PERCENT_SCALE = Decimal("0.0001")


# What may be left unsaid.
NULLABLE = ("price_list_id", "tax_code", "revenue_account_id", "cost_account_id")


class AgreementFields(TypedDict, total=False):
    """What can be said of an agreement; what is missing has its standard."""

    currency: str
    method: str
    percent: Decimal
    fallback_percent: Decimal
    price_list_id: int | None
    tax_code: str | None
    tax_percent: Decimal
    revenue_account_id: int | None
    cost_account_id: int | None
    lead_days: int
    rank: int
    transit_owner: str
    settlement_days: int
    dispositions: Mapping[str, str | None]


STANDARD: AgreementFields = {
    "method": COST_PLUS,
    "percent": Decimal(0),
    "fallback_percent": Decimal(0),
    "price_list_id": None,
    "tax_code": None,
    "tax_percent": Decimal(0),
    "revenue_account_id": None,
    "cost_account_id": None,
    "lead_days": 0,
    "rank": 0,
    "transit_owner": SUPPLIER,
    "settlement_days": 30,
    "dispositions": STANDARD_DISPOSITIONS,
}


def sound_agreement(fields: AgreementFields) -> dict[str, Any]:
    """All fields as they are stored, standards in the place of what is missing.

    Raises InvalidInput."""
    text.refuse_nulls(fields, nullable=NULLABLE)
    sound: dict[str, Any] = {**STANDARD, **fields}
    if "currency" not in fields:
        raise InvalidInput("Is needed.", path=("currency",))
    iso.currency(sound["currency"])
    _require_one_of("method", sound["method"], METHODS)
    _require_one_of("transit_owner", sound["transit_owner"], TRANSIT_OWNERS)
    for name in ("percent", "fallback_percent", "tax_percent"):
        sound[name] = _percent(name, sound[name])
    if sound["method"] == LIST_MINUS and sound["percent"] > 100:
        raise InvalidInput("A list price has at most 100 percent to lose.", path=("percent",))
    if (sound["method"] == LIST_MINUS) != (sound["price_list_id"] is not None):
        message = "A price list is named where, and only where, prices are those of a list."
        raise InvalidInput(message, path=("price_list_id",))
    for name, most in (("lead_days", MOST_DAYS), ("settlement_days", MOST_DAYS)):
        if not 0 <= sound[name] <= most:
            raise InvalidInput(f"Must be between 0 and {most}.", path=(name,))
    if not 0 <= sound["rank"] <= HIGHEST_RANK:
        raise InvalidInput(f"Must be between 0 and {HIGHEST_RANK}.", path=("rank",))
    sound["tax_code"] = text.optional(sound["tax_code"], path=("tax_code",))
    sound["dispositions"] = _dispositions(sound["dispositions"])
    return sound


def sound_prices(prices: Mapping[int, Decimal | None]) -> dict[int, Decimal | None]:
    """Prices of items by their ids, major units per base unit. Raises InvalidInput."""
    for price in prices.values():
        if price is None:
            continue
        if not price.is_finite() or not 0 <= price <= LARGEST or price.quantize(SCALE) != price:
            message = "Must be zero or more, with at most 6 decimals."
            raise InvalidInput(message, path=("prices",))
    return dict(prices)


def require_following(starts_on: date, *, today: date, last_from: date | None) -> None:
    """Raise InvalidInput for a version that would begin in the past of another one, or for a
    later version that would not begin after the one before it."""
    if last_from is None:
        return
    if starts_on <= last_from:
        message = f"Must be after {last_from}, when the version before it begins."
        raise InvalidInput(message, path=("effective_from",))
    if starts_on < today:
        raise InvalidInput("Must not be past: trades were made since.", path=("effective_from",))


def day_before(day: date) -> date:
    """The last day of what is replaced on `day`."""
    return day - timedelta(days=1)


def _dispositions(given: Mapping[str, str | None]) -> dict[str, str | None]:
    known = STANDARD_DISPOSITIONS
    for name, mapped in given.items():
        if name not in known or (mapped is not None and mapped not in known):
            message = f"Dispositions are {', '.join(known)}."
            raise InvalidInput(message, path=("dispositions",))
        if MISSING in (mapped, name) and mapped is not None:
            message = "What is missing does not go back."
            raise InvalidInput(message, path=("dispositions",))
    return {**known, **given}


def _require_one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidInput(f"Must be one of {', '.join(allowed)}.", path=(name,))


def _percent(name: str, value: Decimal) -> Decimal:
    if not value.is_finite() or not 0 <= value <= HIGHEST_PERCENT:
        raise InvalidInput(f"Must be between 0 and {HIGHEST_PERCENT}.", path=(name,))
    if value.quantize(PERCENT_SCALE) != value:
        raise InvalidInput("At most 4 decimals.", path=(name,))
    return value

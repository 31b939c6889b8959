"""Which channels are sound."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypedDict

from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import LARGEST, plain

KINDS = ("storefront", "marketplace", "edi", "portal")
SOURCES = (
    "shopify",
    "woocommerce",
    "magento",
    "amazon",
    "walmart",
    "mirakl",
    "x12",
    "generic",
)
UNKNOWN_RULES = ("exception", "create_draft")
PRICE_SOURCES = ("document", "price_list")
SHOWN = ("exact", "levels", "hidden")
STATUSES = ("active", "closed")
CHOICES = {
    "kind": KINDS,
    "source": SOURCES,
    "on_unknown_item": UNKNOWN_RULES,
    "on_unknown_party": UNKNOWN_RULES,
    "price_source": PRICE_SOURCES,
    "availability_shown": SHOWN,
    "status": STATUSES,
}
ZERO, SMALLEST = Decimal(0), Decimal("0.000001")
SECRET_LENGTHS = (16, 1024)


class ChannelFields(TypedDict, total=False):
    """What can be said of a channel; what is missing is left as it was."""

    code: str
    name: str
    kind: str
    source: str
    entity_id: int
    currency: str
    default_party_id: int | None
    on_unknown_item: str
    on_unknown_party: str
    price_source: str
    split_allowed: bool
    availability_shown: str
    availability_cap: Decimal | None
    low_below: Decimal
    status: str


def sound_channel(fields: ChannelFields) -> dict[str, Any]:
    """The fields as they are stored. Raises InvalidInput."""
    text.refuse_nulls(fields, nullable=("default_party_id", "availability_cap"))
    sound: dict[str, Any] = dict(fields)
    if "code" in fields:
        sound["code"] = text.code(fields["code"])
    if "name" in fields:
        sound["name"] = text.name(fields["name"])
    if "currency" in fields:
        iso.currency(fields["currency"])
    for name, allowed in CHOICES.items():
        if name in sound:
            text.choice(sound[name], allowed, path=(name,))
    _require_bounds(sound)
    return sound


def _require_bounds(sound: dict[str, Any]) -> None:
    cap, low = sound.get("availability_cap"), sound.get("low_below", ZERO)
    if cap is not None and not (0 < cap <= LARGEST and _is_kept_exactly(cap)):
        message = f"Must be above 0 and at most {LARGEST}, with at most 6 decimals."
        raise InvalidInput(message, path=("availability_cap",))
    if not (0 <= low <= LARGEST and _is_kept_exactly(low)):
        message = f"Must be 0 to {LARGEST}, with at most 6 decimals."
        raise InvalidInput(message, path=("low_below",))


def _is_kept_exactly(quantity: Decimal) -> bool:
    return quantity == quantity.quantize(SMALLEST)


@dataclass(frozen=True, slots=True)
class Telling:
    """What a channel tells of what is there: how (one of SHOWN), at most `cap`, and below which
    quantity an item counts as low; base units."""

    shown: str = "exact"
    cap: Decimal | None = None
    low_below: Decimal = ZERO

    def level(self, available: Decimal, *, unlimited: bool = False) -> str:
        """What there is in a word: out, low or in_stock."""
        if unlimited:
            return "in_stock"
        if available <= 0:
            return "out"
        return "low" if available < self.low_below else "in_stock"

    def tells(self, quantity: Decimal) -> bool:
        """Whether a customer may learn that there is so much."""
        return self.shown == "exact" and (self.cap is None or quantity <= self.cap)

    def quantity(self, available: Decimal) -> Decimal | None:
        """So much is told of a quantity; None: it is not told."""
        if self.shown != "exact":
            return None
        return plain(available if self.cap is None else min(available, self.cap))


def sound_secret(secret: str) -> str:
    """The secret as it is stored, unchanged. Raises InvalidInput, which never repeats it."""
    shortest, longest = SECRET_LENGTHS
    if not shortest <= len(secret) <= longest:
        message = f"A signing secret has {shortest} to {longest} characters."
        raise InvalidInput(message, path=("secret",))
    if not secret.isascii() or not secret.isprintable():
        message = "A signing secret is printable ASCII."
        raise InvalidInput(message, path=("secret",))
    return secret

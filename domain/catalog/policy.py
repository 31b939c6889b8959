"""Which items, units and codes are sound, and in what order codes are believed."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypedDict

from domain.catalog.gtin import normalised_gtin
from domain.catalog.units import fold_unit
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import LARGEST, SCALE, Conversion

TRACKINGS = ("none", "lot", "serial")
KINDS = ("stock", "kit")
STATUSES = ("active", "draft", "discontinued")
SCHEMES = ("gtin", "supplier", "customer", "channel")
UNIT_LENGTH = 32

# Whose word is taken first. A kind of code is tried at a stage only where it can mean that.
STAGES = ("channel", "customer", "gtin", "sku")
_OF_MANY_ITEMS = ("product", "style", "attribute")
_KINDS: dict[str, tuple[str, ...]] = {
    "customer": ("customer", "buyer", "other"),
    "gtin": ("gtin", "upc", "ean"),
    "sku": ("sku", "vendor", "other"),
}


class ItemFields(TypedDict, total=False):
    """What can be said of an item; what is missing is left as it was."""

    sku: str
    name: str
    description: str | None
    base_unit: str
    tracking: str
    kind: str
    tax_code: str | None
    item_group: str | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierKey:
    """One code in its scheme: a channel's with its channel, a supplier's or customer's with it."""

    scheme: str
    value: str
    channel_id: int | None = None
    party_id: int | None = None


def code_for_stage(stage: str, kind: str, value: str) -> str | None:
    """The value as it is looked up at a stage; None when a code of that kind has no say there."""
    kinds = _KINDS.get(stage)
    if kind in _OF_MANY_ITEMS or (kinds is not None and kind not in kinds):
        return None
    return normalised_gtin(value) if stage == "gtin" else value.strip() or None


def sound_item(fields: ItemFields) -> dict[str, Any]:
    """The fields as they are stored. Raises InvalidInput."""
    text.refuse_nulls(fields, nullable=("description", "tax_code", "item_group"))
    sound: dict[str, Any] = dict(fields)
    if "sku" in fields:
        sound["sku"] = text.code(fields["sku"], path=("sku",))
    if "name" in fields:
        sound["name"] = text.name(fields["name"])
    if "description" in fields:
        sound["description"] = text.prose(fields["description"], path=("description",))
    if "base_unit" in fields:
        sound["base_unit"] = sound_unit(fields["base_unit"], path=("base_unit",))
    if "tracking" in fields:
        text.choice(fields["tracking"], TRACKINGS, path=("tracking",))
    if "kind" in fields:
        text.choice(fields["kind"], KINDS, path=("kind",))
    if "item_group" in fields:
        group = text.optional(fields["item_group"], path=("item_group",), longest=64)
        sound["item_group"] = group
    if "tax_code" in fields:
        sound["tax_code"] = text.optional(fields["tax_code"], path=("tax_code",), longest=64)
    if "status" in fields:
        text.choice(fields["status"], STATUSES, path=("status",))
    return sound


def sound_unit(unit: str, *, path: tuple[str | int, ...] = ("unit",)) -> str:
    """The unit's name, trimmed; at most 32 characters. Raises InvalidInput."""
    sound = text.code(unit, path=path)
    if len(sound) > UNIT_LENGTH:
        raise InvalidInput(f"Must have at most {UNIT_LENGTH} characters.", path=path)
    return sound


def sound_conversion(numerator: Decimal, denominator: Decimal) -> Conversion:
    """Base units in one unit, as an exact ratio of numbers that are stored without rounding.

    Raises InvalidInput."""
    for name, value in (("numerator", numerator), ("denominator", denominator)):
        if not value.is_finite() or not 0 < value <= LARGEST:
            raise InvalidInput("Must be above zero and at most 999,999,999,999.", path=(name,))
        if value.quantize(SCALE) != value:
            message = "Has more than 6 decimals; give an exact ratio, such as 1/3."
            raise InvalidInput(message, path=(name,))
    return Conversion(numerator, denominator)


def same_unit(unit: str, known: Iterable[str]) -> str | None:
    """The spelling among `known` that means the same unit, or None."""
    folded = fold_unit(unit)
    return next((spelling for spelling in known if fold_unit(spelling) == folded), None)


def sound_identifier(key: IdentifierKey) -> IdentifierKey:
    """The code as it is stored: GTINs as 14 digits. Raises InvalidInput."""
    text.choice(key.scheme, SCHEMES, path=("scheme",))
    if (key.scheme == "channel") != (key.channel_id is not None):
        raise InvalidInput("A channel's code names its channel, no other does.", path=("channel",))
    if (key.scheme in ("supplier", "customer")) != (key.party_id is not None):
        message = "A supplier's or customer's code names that party, no other does."
        raise InvalidInput(message, path=("party",))
    value = text.name(key.value, path=("value",))
    if key.scheme == "gtin":
        value = _sound_gtin(value)
    return IdentifierKey(
        scheme=key.scheme, value=value, channel_id=key.channel_id, party_id=key.party_id
    )


def _sound_gtin(value: str) -> str:
    gtin = normalised_gtin(value)
    if gtin is None:
        message = "Must be a GTIN of 8, 12, 13 or 14 digits with the right check digit."
        raise InvalidInput(message, path=("value",))
    return gtin


def item_actions(status: str, *, may_manage: bool) -> list[str]:
    """What may be done with an item now: update, activate."""
    if not may_manage:
        return []
    return ["update", "activate"] if status == "draft" else ["update"]

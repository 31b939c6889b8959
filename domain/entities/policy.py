"""Which legal entities, locations and parties are sound."""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any, TypedDict
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import LARGEST, SCALE

LOCATION_KINDS = ("owned", "third_party", "store", "supplier", "in_transit")
STATUSES = ("active", "closed")
PARTY_STATUSES = ("active", "draft", "closed")
# Working days that a location takes to put away, or to pick and pack.
LONGEST_WORK = 90
ADDRESS_KINDS = ("ship_to", "bill_to")
ADDRESS_FIELDS = (
    "address_name",
    "line1",
    "line2",
    "city",
    "region",
    "postal_code",
    "country",
)


COORDINATES = {"latitude": 90, "longitude": 180}


class AddressFields(TypedDict, total=False):
    """A postal address; what is missing is left as it was, what is None is cleared.

    Latitude and longitude are degrees with at most six decimals."""

    address_name: str | None
    line1: str | None
    line2: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None
    latitude: Decimal | None
    longitude: Decimal | None


class LegalEntityFields(TypedDict, total=False):
    """What can be said of a legal entity; what is missing is left as it was."""

    code: str
    name: str
    country: str
    currency: str
    fiscal_year_start_month: int
    status: str


class LocationFields(AddressFields, total=False):
    """What can be said of a location; what is missing is left as it was."""

    code: str
    name: str
    kind: str
    entity_id: int
    time_zone: str
    cut_off_time: time | None
    orders_per_day: int | None
    units_per_day: Decimal | None
    calendar_id: int | None
    receiving_days: int
    processing_days: int
    asks_acceptance: bool
    status: str


class PartyFields(TypedDict, total=False):
    """What can be said of a party; what is missing is left as it was."""

    code: str
    name: str
    is_customer: bool
    is_supplier: bool
    is_carrier: bool
    parent_id: int | None
    bill_to_id: int | None
    currency: str | None
    email: str | None
    customer_group: str | None
    substitutes_allowed: bool
    early_delivery_allowed: bool
    status: str


CAPACITIES = ("orders_per_day", "units_per_day")
_NULLABLE = (*ADDRESS_FIELDS, *COORDINATES, *CAPACITIES, "cut_off_time", "calendar_id")


def sound_legal_entity(fields: LegalEntityFields) -> dict[str, Any]:
    """The fields as they are stored. Raises InvalidInput."""
    text.refuse_nulls(fields)
    sound = _coded(fields)
    if "country" in fields:
        sound["country"] = iso.country(fields["country"])
    if "currency" in fields:
        sound["currency"] = iso.currency(fields["currency"])
    month = fields.get("fiscal_year_start_month", 1)
    if not 1 <= month <= 12:
        message = "Must be a month from 1 to 12."
        raise InvalidInput(message, path=("fiscal_year_start_month",))
    if "status" in fields:
        text.choice(fields["status"], STATUSES, path=("status",))
    return sound


def sound_location(fields: LocationFields) -> dict[str, Any]:
    """The fields as they are stored. Raises InvalidInput."""
    text.refuse_nulls(fields, nullable=_NULLABLE)
    sound = _coded(fields) | sound_address(fields)
    for name in CAPACITIES:
        if (most := sound.get(name)) is not None and not 0 <= most <= LARGEST:
            raise InvalidInput(f"Must be between 0 and {LARGEST}.", path=(name,))
    for name in ("receiving_days", "processing_days"):
        if not 0 <= sound.get(name, 0) <= LONGEST_WORK:
            raise InvalidInput(f"Must be 0 to {LONGEST_WORK} days.", path=(name,))
    if "kind" in fields:
        text.choice(fields["kind"], LOCATION_KINDS, path=("kind",))
    if "time_zone" in fields and not _is_time_zone(fields["time_zone"]):
        message = "Must be a time zone of the IANA database such as Europe/Berlin."
        raise InvalidInput(message, path=("time_zone",))
    cut_off = fields.get("cut_off_time")
    if cut_off is not None and cut_off.tzinfo is not None:
        message = "Is a time of day in the location's own zone; give no offset."
        raise InvalidInput(message, path=("cut_off_time",))
    if "status" in fields:
        text.choice(fields["status"], STATUSES, path=("status",))
    return sound


def sound_party(fields: PartyFields) -> dict[str, Any]:
    """The fields as they are stored. Raises InvalidInput."""
    nullable = ("parent_id", "bill_to_id", "currency", "email", "customer_group")
    text.refuse_nulls(fields, nullable=nullable)
    sound = _coded(fields)
    if fields.get("currency") is not None:
        iso.currency(fields["currency"] or "")
    if "email" in fields:
        sound["email"] = _email(fields["email"])
    if "customer_group" in fields:
        group = text.optional(fields["customer_group"], path=("customer_group",), longest=64)
        sound["customer_group"] = group
    if "status" in fields:
        text.choice(fields["status"], PARTY_STATUSES, path=("status",))
    return sound


def require_given(fields: Mapping[str, Any], *names: str) -> None:
    """Raise InvalidInput for the first of `names` that is missing."""
    for name in names:
        if fields.get(name) is None:
            raise InvalidInput("Is needed.", path=(name,))


def require_some_role(*, is_customer: bool, is_supplier: bool, is_carrier: bool) -> None:
    """Raise InvalidInput for a party that is nothing to us."""
    if not (is_customer or is_supplier or is_carrier):
        message = "A party is a customer, a supplier or a carrier, or several of these."
        raise InvalidInput(message, path=("is_customer",))


def sound_address(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The address fields among `fields`, trimmed. Raises InvalidInput."""
    given = {name: fields[name] for name in ADDRESS_FIELDS if name in fields}
    sound: dict[str, Any] = {
        name: text.optional(value, path=(name,)) for name, value in given.items()
    }
    if sound.get("country") is not None:
        iso.country(sound["country"])
    return sound | sound_coordinates(fields)


def sound_coordinates(fields: Mapping[str, Any]) -> dict[str, Decimal | None]:
    """Latitude and longitude among `fields`, in degrees. Raises InvalidInput."""
    sound: dict[str, Decimal | None] = {}
    for name, most in COORDINATES.items():
        if name in fields:
            value = sound[name] = fields[name]
            if value is not None and not (abs(value) <= most and value == value.quantize(SCALE)):
                message = f"Must be within {most} degrees, with at most six decimals."
                raise InvalidInput(message, path=(name,))
    return sound


def makes_cycle(parents: Mapping[int, int | None], *, party_id: int, parent_id: int) -> bool:
    """Whether `party_id` would be above itself if `parent_id` stood above it.

    `parents` gives the parent of every party from `parent_id` upwards."""
    above: int | None = parent_id
    seen: set[int] = set()
    while above is not None and above not in seen:
        if above == party_id:
            return True
        seen.add(above)
        above = parents.get(above)
    return False


def _coded(fields: Mapping[str, Any]) -> dict[str, Any]:
    sound = dict(fields)
    if "code" in fields:
        sound["code"] = text.code(fields["code"])
    if "name" in fields:
        sound["name"] = text.name(fields["name"])
    return sound


def _email(value: str | None) -> str | None:
    sound = text.optional(value, path=("email",))
    if sound is not None and (sound.count("@") != 1 or sound[0] == "@" or sound[-1] == "@"):
        raise InvalidInput("Must be an e-mail address.", path=("email",))
    return sound


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    # A name that leads out of the database, to a folder, or holds a NUL.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True

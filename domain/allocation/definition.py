"""What a policy says as a document: checked with the path to what is wrong, and compared.

The document is plain JSON: ids are numbers, quantities texts. Pure."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from domain.allocation.strategy import CONSTRAINTS, CRITERIA, SHORTAGES, STANDARD_CRITERIA
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput
from domain.kernel.json import dump_canonical
from domain.kernel.quantity import LARGEST, plain

Path = tuple[str | int, ...]
Document = dict[str, Any]
# No policy needs more of anything; what is longer is a mistake, and would slow every order.
MOST = 200
VARIANTS = ("entity", "channel")
LARGEST_AMOUNT = 10**15
COUNTED = {
    "max_splits": (0, 100),
    "shelf_life": (1, 36500),
    "max_distance": (0, 20038),
    "rejections": (1, 100),
}


def sound_definition(given: Mapping[str, Any]) -> Document:
    """The document in its one form, whatever was left out. Raises InvalidInput with the path."""
    groups = _each(given, "location_groups", _location_group)
    known = _distinct([group["code"] for group in groups], ("location_groups",))
    strategies = _each(
        given, "strategies", lambda value, path: _strategy(value, path, known), least=1
    )
    _distinct([each["code"] for each in strategies], ("strategies",))
    on_shortage = given.get("on_shortage") or SHORTAGES[0]
    return {
        "location_groups": groups,
        "strategies": strategies,
        "constraints": _each(given, "constraints", _constraint),
        "on_shortage": text.choice(on_shortage, SHORTAGES, path=("on_shortage",)),
        "substitutions": _each(given, "substitutions", _substitution),
        "variants_allowed": _words(given, "variants_allowed", (), allowed=VARIANTS)
        if given.get("variants_allowed") is not None
        else list(VARIANTS),
    }


def content_hash(definition: Document) -> str:
    """What tells two contents apart; equal contents have equal hashes."""
    return sha256(dump_canonical(definition)).hexdigest()


def simple_definition(location_ids: Sequence[int], *, split_allowed: bool) -> Document:
    """A policy that is nothing but locations in their order, split or not."""
    sources = [{"location_id": each} for each in location_ids]
    splits = [] if split_allowed else [{"kind": "max_splits", "amount": 0}]
    strategy = {"code": "STANDARD", "sources": sources}
    return sound_definition({"strategies": [strategy], "constraints": splits})


def _location_group(value: Mapping[str, Any], path: Path) -> Document:
    return {
        "code": text.code(value.get("code") or "", path=(*path, "code")),
        "location_ids": _ids(value, "location_ids", path, least=1),
    }


def _strategy(value: Mapping[str, Any], path: Path, groups: frozenset[str]) -> Document:
    sources = _each(value, "sources", lambda each, at: _source(each, at, groups), path, least=1)
    criteria = value.get("criteria")
    if criteria is not None and not criteria:
        raise InvalidInput("Give at least one criterion, or none at all.", path=(*path, "criteria"))
    return {
        "code": text.code(value.get("code") or "", path=(*path, "code")),
        "condition": _condition(value.get("condition") or {}, (*path, "condition")),
        "sources": [
            {**each, "priority": each["priority"] or place}
            for place, each in enumerate(sources, start=1)
        ],
        "criteria": list(STANDARD_CRITERIA)
        if criteria is None
        else _words(value, "criteria", path, allowed=CRITERIA),
        "falls_back": value.get("falls_back") is not False,
    }


def _source(value: Mapping[str, Any], path: Path, groups: frozenset[str]) -> Document:
    location, group = value.get("location_id"), value.get("location_group")
    if (location is None) == (group is None):
        raise InvalidInput("Give either a location or a group of locations.", path=path)
    if group is not None and group not in groups:
        message = f"There is no group {group} in location_groups."
        raise InvalidInput(message, path=(*path, "location_group"))
    priority = _whole(value, "priority", path, 1, 1_000_000)
    return {"location_id": location, "location_group": group, "priority": priority}


def _condition(value: Mapping[str, Any], path: Path) -> Document:
    low = _whole(value, "value_from_minor", path, 0, LARGEST_AMOUNT)
    high = _whole(value, "value_below_minor", path, 1, LARGEST_AMOUNT)
    if low is not None and high is not None and low >= high:
        raise InvalidInput(
            "Must be above where the band begins.", path=(*path, "value_below_minor")
        )
    currency = value.get("currency")
    if ((low is not None) or (high is not None)) != (currency is not None):
        message = "A band of values and its currency go together."
        raise InvalidInput(message, path=(*path, "currency"))
    if currency is not None:
        iso.currency(currency, path=(*path, "currency"))
    return {
        "channel_ids": _ids(value, "channel_ids", path),
        "customer_groups": _words(value, "customer_groups", path),
        "item_groups": _words(value, "item_groups", path),
        "regions": _each(value, "regions", _region, path),
        "value_from_minor": low,
        "value_below_minor": high,
        "currency": currency,
        "service_levels": _words(value, "service_levels", path),
    }


def _region(value: Mapping[str, Any], path: Path) -> Document:
    return {
        "country": iso.country(value.get("country") or "", path=(*path, "country")),
        "region": text.optional(value.get("region"), path=(*path, "region")),
        "postal_prefix": text.optional(value.get("postal_prefix"), path=(*path, "postal_prefix")),
    }


def _constraint(value: Mapping[str, Any], path: Path) -> Document:
    kind = text.choice(value.get("kind") or "", CONSTRAINTS, path=(*path, "kind"))
    lowest, highest = COUNTED.get(kind, (0, 0))
    amount = _whole(value, "amount", path, lowest, highest)
    if (kind in COUNTED) != (amount is not None):
        message = "Is needed." if kind in COUNTED else "Has no meaning for this kind."
        raise InvalidInput(message, path=(*path, "amount"))
    least = 1 if kind == "minimum_inventory" else 0
    keep_back = _each(value, "keep_back", _keep_back, path, least=least)
    if keep_back and not least:
        message = "Has a meaning for minimum_inventory only."
        raise InvalidInput(message, path=(*path, "keep_back"))
    return {
        "kind": kind,
        "amount": amount,
        "soft": value.get("soft") is True,
        "keep_back": keep_back,
    }


def _keep_back(value: Mapping[str, Any], path: Path) -> Document:
    days = _whole(value, "days_of_cover", path, 1, 1000)
    quantity = value.get("quantity")
    if (days is None) == (quantity is None):
        raise InvalidInput("Give either a quantity or days of cover.", path=path)
    return {
        "location_id": value.get("location_id"),
        "item_group": text.optional(value.get("item_group"), path=(*path, "item_group")),
        "quantity": None if quantity is None else _quantity(quantity, (*path, "quantity")),
        "days_of_cover": days,
    }


def _substitution(value: Mapping[str, Any], path: Path) -> Document:
    item, other = value.get("item_id"), value.get("substitute_id")
    if item is None or other is None or item == other:
        raise InvalidInput("Give two items that differ.", path=(*path, "substitute_id"))
    return {
        "item_id": item,
        "substitute_id": other,
        "numerator": _whole(value, "numerator", path, 1, 1_000_000) or 1,
        "denominator": _whole(value, "denominator", path, 1, 1_000_000) or 1,
        "two_way": value.get("two_way") is True,
        "channel_ids": _ids(value, "channel_ids", path),
    }


def _each(
    given: Mapping[str, Any],
    name: str,
    sound: Callable[[Mapping[str, Any], Path], Document],
    path: Path = (),
    *,
    least: int = 0,
) -> list[Document]:
    values = given.get(name) or []
    if not least <= len(values) <= MOST:
        raise InvalidInput(f"Give {least} to {MOST}.", path=(*path, name))
    return [sound(value, (*path, name, place)) for place, value in enumerate(values)]


def _words(
    given: Mapping[str, Any], name: str, path: Path, *, allowed: tuple[str, ...] | None = None
) -> list[str]:
    words = [
        text.name(word, path=(*path, name, place))
        if allowed is None
        else text.choice(word, allowed, path=(*path, name, place))
        for place, word in enumerate(given.get(name) or [])
    ]
    _distinct(words, (*path, name))
    return words


def _ids(given: Mapping[str, Any], name: str, path: Path, *, least: int = 0) -> list[int]:
    ids = list(given.get(name) or [])
    if not least <= len(ids) <= MOST:
        raise InvalidInput(f"Give {least} to {MOST}.", path=(*path, name))
    _distinct(ids, (*path, name))
    return ids


def _distinct(values: Sequence[Any], path: Path) -> frozenset[Any]:
    for place, value in enumerate(values):
        if value in values[:place]:
            raise InvalidInput("Stands here twice.", path=(*path, place))
    return frozenset(values)


def _whole(
    given: Mapping[str, Any], name: str, path: Path, lowest: int, highest: int
) -> int | None:
    value: int | None = given.get(name)
    if value is not None and not lowest <= value <= highest:
        message = f"Must be between {lowest} and {highest}."
        raise InvalidInput(message, path=(*path, name))
    return value


def _quantity(value: Decimal | str, path: Path) -> str:
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise InvalidInput("Must be a number.", path=path) from error
    if not number.is_finite() or not 0 < number <= LARGEST:
        raise InvalidInput(f"Must be above 0 and at most {LARGEST}.", path=path)
    return format(plain(number), "f")

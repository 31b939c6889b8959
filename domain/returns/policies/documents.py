"""Return policies as they are written and kept: plain JSON, checked before it is kept."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.returns.policies.rules import CONDITIONS, COUNTED_FROM, DECISIONS, Rule

MOST_RULES = 100
MOST_NAMED = 200
LARGEST_MINOR = 10**12
_DAYS = {"within_days": 3660, "transit_days": 365, "valid_days": 365}
_LISTS: Mapping[str, type] = {
    "reasons": str,
    "channel_ids": int,
    "item_ids": int,
    "item_groups": str,
    "conditions": str,
}
_AMOUNTS = ("value_from_minor", "value_below_minor", "fee_minor", "keep_below_minor")
_FLAGS = ("with_order", "refunds_shipping")
_TEXTS = ("explanation", "currency", "carrier", "service")
_KNOWN = {
    *("name", "decision", "counted_from", "fee_percent", "location_id"),
    *_DAYS,
    *_LISTS,
    *_AMOUNTS,
    *_FLAGS,
    *_TEXTS,
}


def sound_rules(rules: Sequence[Any]) -> list[dict[str, Any]]:
    """The rules as they are kept: only what is said of them. Raises InvalidInput."""
    if not 1 <= len(rules) <= MOST_RULES:
        raise InvalidInput(f"1 to {MOST_RULES} rules make a policy.", path=("rules",))
    sound = [_sound(rule, ("rules", number)) for number, rule in enumerate(rules)]
    names = [rule["name"].casefold() for rule in sound]
    if len(set(names)) != len(names):
        raise InvalidInput("Two rules have the same name.", path=("rules",))
    return sound


def rule_of(document: Mapping[str, Any]) -> Rule:
    """A rule from how it is kept."""
    fields: dict[str, Any] = dict(document)
    for name in _LISTS:
        if name in fields:
            fields[name] = frozenset(fields[name])
    if "fee_percent" in fields:
        fields["fee_percent"] = Decimal(fields["fee_percent"])
    return Rule(**fields)


def _sound(rule: Any, path: tuple[str | int, ...]) -> dict[str, Any]:
    if not isinstance(rule, Mapping):
        raise InvalidInput("A rule is an object.", path=path)
    told = {name: value for name, value in rule.items() if value is not None and value != []}
    for name in told.keys() - _KNOWN:
        raise InvalidInput("A rule has no such field.", path=(*path, name))
    sound: dict[str, Any] = {
        "name": text.name(_text(told.get("name", ""), (*path, "name")), path=(*path, "name")),
        "decision": text.choice(
            _text(told.get("decision", ""), (*path, "decision")),
            DECISIONS,
            path=(*path, "decision"),
        ),
    }
    for name in told.keys() - sound.keys():
        sound[name] = _value(name, told[name], (*path, name))
    _require_currency(sound, path)
    return sound


def _value(name: str, value: Any, path: tuple[str | int, ...]) -> Any:
    if name in _LISTS:
        return _named(name, value, path)
    if name in _FLAGS:
        if not isinstance(value, bool):
            raise InvalidInput("Must be true or false.", path=path)
        return value
    if name in _TEXTS:
        return text.name(_text(value, path), path=path)
    if name == "counted_from":
        return text.choice(_text(value, path), COUNTED_FROM, path=path)
    if name == "fee_percent":
        return _percent(value, path)
    return _whole(value, _DAYS.get(name, LARGEST_MINOR), path)


def _named(name: str, value: Any, path: tuple[str | int, ...]) -> list[Any]:
    kind = _LISTS[name]
    if not isinstance(value, list) or len(value) > MOST_NAMED:
        raise InvalidInput(f"A list of at most {MOST_NAMED}.", path=path)
    for each in value:
        if type(each) is not kind:
            raise InvalidInput("Not one that can be named here.", path=path)
    if name == "conditions":
        for each in value:
            text.choice(each, CONDITIONS, path=path)
    return sorted(set(value))


def _percent(value: Any, path: tuple[str | int, ...]) -> str:
    try:
        percent = Decimal(value) if isinstance(value, str | int | Decimal) else Decimal("NaN")
    except InvalidOperation:
        percent = Decimal("NaN")
    if not percent.is_finite() or not 0 <= percent <= 100:
        raise InvalidInput("Must be 0 to 100.", path=path)
    return f"{percent.quantize(Decimal('0.0001')):f}"


def _whole(value: Any, largest: int, path: tuple[str | int, ...]) -> int:
    if type(value) is not int or not 0 <= value <= largest:
        raise InvalidInput(f"Must be a whole number from 0 to {largest}.", path=path)
    return value


def _text(value: Any, path: tuple[str | int, ...]) -> str:
    if not isinstance(value, str):
        raise InvalidInput("Must be text.", path=path)
    return value


def _require_currency(rule: Mapping[str, Any], path: tuple[str | int, ...]) -> None:
    if rule.keys() & set(_AMOUNTS) and "currency" not in rule:
        raise InvalidInput("Say in which currency its amounts are.", path=(*path, "currency"))
    if "currency" in rule and not (len(rule["currency"]) == 3 and rule["currency"].isupper()):
        raise InvalidInput("A currency is three capital letters.", path=(*path, "currency"))

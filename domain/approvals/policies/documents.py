"""The rules of a policy as they are kept: read, and made sure of when somebody writes them."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from domain.approvals.policies.rules import Condition, Rule, Step
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput

Document = list[dict[str, Any]]
Path = tuple[str | int, ...]

LARGEST_POLICY = 50
LARGEST_STEPS = 10
LARGEST_NEEDED = 20
LARGEST_LIST = 200
# Ten years.
LONGEST_MINUTES = 5_256_000
LARGEST_AMOUNT = 10**18
LARGEST_PERCENT = Decimal(1_000_000)

IDS = ("entity_ids", "channel_ids", "location_ids")
WORDS = ("reasons", "kinds")
AMOUNTS = ("amount_from_minor", "amount_below_minor")
PERCENTS = ("percent_from", "percent_below")


def rules_of(document: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The rules of a sound document."""
    return tuple(
        Rule(
            name=each["name"],
            condition=_condition(each["condition"]),
            automatic=each["automatic"],
            steps=tuple(_step(step) for step in each["steps"]),
            expires_after_minutes=each["expires_after_minutes"],
        )
        for each in document
    )


def _condition(kept: Mapping[str, Any]) -> Condition:
    values: dict[str, Any] = {"currency": kept["currency"]}
    values |= {name: kept[name] for name in AMOUNTS}
    values |= {n: None if kept[n] is None else Decimal(kept[n]) for n in PERCENTS}
    values |= {name: frozenset(kept[name]) for name in (*IDS, *WORDS)}
    return Condition(**values)


def _step(kept: Mapping[str, Any]) -> Step:
    lists = (
        "role_ids",
        "user_ids",
        "escalation_role_ids",
        "escalation_user_ids",
    )
    return Step(
        name=kept["name"],
        needed=kept["needed"],
        escalates_after_minutes=kept["escalates_after_minutes"],
        **{name: tuple(kept[name]) for name in lists},
    )


def sound_rules(told: Sequence[Mapping[str, Any]], *, path: Path = ("rules",)) -> Document:
    """The document as it is kept, every part of every rule said. Raises InvalidInput with the path
    to what is wrong; whether ids are of anything is not looked at."""
    if not 0 < len(told) <= LARGEST_POLICY:
        raise InvalidInput(f"A policy has 1 to {LARGEST_POLICY} rules.", path=path)
    document = [_sound_rule(each, (*path, place)) for place, each in enumerate(told)]
    names = [each["name"] for each in document]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InvalidInput("Another rule has this name.", path=(*path, place, "name"))
    return document


def _sound_rule(told: Mapping[str, Any], path: Path) -> dict[str, Any]:
    steps = [
        _sound_step(each, (*path, "steps", place))
        for place, each in enumerate(told.get("steps") or ())
    ]
    automatic = bool(told.get("automatic"))
    if automatic and steps:
        raise InvalidInput("A rule that decides by itself has no steps.", path=(*path, "steps"))
    if not automatic and not 0 < len(steps) <= LARGEST_STEPS:
        raise InvalidInput(f"A rule has 1 to {LARGEST_STEPS} steps.", path=(*path, "steps"))
    return {
        "name": text.name(told.get("name") or "", path=(*path, "name")),
        "condition": _sound_condition(told.get("condition") or {}, (*path, "condition")),
        "automatic": automatic,
        "steps": steps,
        "expires_after_minutes": _minutes(told, "expires_after_minutes", path),
    }


def _sound_condition(told: Mapping[str, Any], path: Path) -> dict[str, Any]:
    currency = told.get("currency")
    amounts = {name: told.get(name) for name in AMOUNTS}
    if (currency is None) != all(value is None for value in amounts.values()):
        message = "Amounts are of a currency, and a currency is of amounts."
        raise InvalidInput(message, path=(*path, "currency"))
    if currency is not None:
        iso.currency(currency, path=(*path, "currency"))
    _require_band(amounts, AMOUNTS, Decimal(LARGEST_AMOUNT), path)
    percents = {name: told.get(name) for name in PERCENTS}
    percents = {n: None if v is None else Decimal(v) for n, v in percents.items()}
    _require_band(percents, PERCENTS, LARGEST_PERCENT, path)
    kept = {n: None if v is None else f"{v:f}" for n, v in percents.items()}
    ids = {name: _ids(told, name, path) for name in IDS}
    words = {name: _listed(told, name, path, _word) for name in WORDS}
    return {"currency": currency, **amounts, **kept, **ids, **words}


def _require_band(
    band: Mapping[str, Any], names: tuple[str, str], largest: Decimal, path: Path
) -> None:
    for name in names:
        value = band[name]
        if value is not None and not 0 <= Decimal(value) <= largest:
            raise InvalidInput(f"Must be between 0 and {largest:f}.", path=(*path, name))
    lower, upper = band[names[0]], band[names[1]]
    if lower is not None and upper is not None and upper <= lower:
        raise InvalidInput("Must be above the lower bound.", path=(*path, names[1]))


def _sound_step(told: Mapping[str, Any], path: Path) -> dict[str, Any]:
    needed = told.get("needed", 1)
    if not 0 < needed <= LARGEST_NEEDED:
        raise InvalidInput(f"Must be between 1 and {LARGEST_NEEDED}.", path=(*path, "needed"))
    after = _minutes(told, "escalates_after_minutes", path)
    roles = _ids(told, "escalation_role_ids", path)
    people = _ids(told, "escalation_user_ids", path)
    if (after is None) != (not roles and not people):
        message = "Say both after how long it escalates, and to whom."
        raise InvalidInput(message, path=(*path, "escalates_after_minutes"))
    return {
        "name": text.name(told.get("name") or "", path=(*path, "name")),
        "needed": needed,
        "role_ids": _ids(told, "role_ids", path),
        "user_ids": _ids(told, "user_ids", path),
        "escalates_after_minutes": after,
        "escalation_role_ids": roles,
        "escalation_user_ids": people,
    }


def _minutes(told: Mapping[str, Any], name: str, path: Path) -> int | None:
    value = told.get(name)
    if value is not None and not 0 < value <= LONGEST_MINUTES:
        raise InvalidInput(f"Must be between 1 and {LONGEST_MINUTES}.", path=(*path, name))
    return value


def _ids(told: Mapping[str, Any], name: str, path: Path) -> list[int]:
    return _listed(told, name, path, lambda value, _: int(value))


def _word(value: Any, path: Path) -> str:
    return text.name(value, path=path)


def _listed(
    told: Mapping[str, Any], name: str, path: Path, sound: Callable[[Any, Path], Any]
) -> list[Any]:
    values = list(told.get(name) or ())
    if len(values) > LARGEST_LIST:
        raise InvalidInput(f"At most {LARGEST_LIST}.", path=(*path, name))
    return sorted({sound(value, (*path, name, place)) for place, value in enumerate(values)})


def named(document: Sequence[Mapping[str, Any]], name: str) -> set[int]:
    """All ids that the document's conditions (or steps) name under `name`."""
    found: set[int] = set()
    for rule in document:
        found |= set(rule["condition"].get(name, ()))
        for step in rule["steps"]:
            found |= set(step.get(name, ())) | set(step.get(f"escalation_{name}", ()))
    return found

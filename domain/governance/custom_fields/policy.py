"""What a custom field may be, and what its values are: read from text, kept, and shown as text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypedDict

from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import plain

TEXT, WHOLE_NUMBER, DECIMAL, BOOLEAN = "text", "whole_number", "decimal", "boolean"
DATE, CHOICE, REFERENCE = "date", "choice", "reference"
TYPES = (TEXT, WHOLE_NUMBER, DECIMAL, BOOLEAN, DATE, CHOICE, REFERENCE)
# Kept as text; all others as a whole number that sorts as the value does.
AS_TEXT = frozenset({TEXT, CHOICE})
NUMBERS = frozenset({WHOLE_NUMBER, DECIMAL})
SUBJECT_NAMES = ("item", "party", "location", "legal_entity", "channel", "order")

MOST_FIELDS = 100
MOST_CHOICES = 200
LONGEST_TEXT = 500
LONGEST_PATTERN = 100
# A decimal is kept in millionths.
MILLION = 1_000_000
LARGEST = {WHOLE_NUMBER: Decimal(10**15), DECIMAL: Decimal(10**12)}
_CODE = re.compile(r"[a-z][a-z0-9_]{0,62}")
# In a pattern: a digit, a letter, either; anything else stands for itself.
_PLACES = {"9": "[0-9]", "A": "[A-Za-z]", "?": "[A-Za-z0-9]"}

Kept = str | int


class FieldDefinition(TypedDict, total=False):
    """What can be said of a custom field."""

    subject: str
    code: str
    name: str
    description: str | None
    type: str
    choices: list[str]
    reference_to: str | None
    lowest: Decimal | None
    highest: Decimal | None
    longest: int | None
    pattern: str | None
    owner_id: int | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """What decides whether a value may stand in a field."""

    id: int
    code: str
    type: str
    choices: tuple[str, ...]
    reference_to: str | None
    lowest: Decimal | None
    highest: Decimal | None
    longest: int | None
    pattern: str | None


class BadValue(Exception):
    """The field does not take this value; the argument says what it takes."""


def sound_definition(given: Mapping[str, Any]) -> dict[str, Any]:
    """All of a field as it is stored, whatever was left out. Raises InvalidInput."""
    code = str(given.get("code") or "")
    if not _CODE.fullmatch(code):
        message = "Must begin with a letter, and have small letters, digits and underscores only."
        raise InvalidInput(message, path=("code",))
    kind = text.choice(str(given.get("type") or ""), TYPES, path=("type",))
    return {
        "subject": text.choice(str(given.get("subject") or ""), SUBJECT_NAMES, path=("subject",)),
        "code": code,
        "name": text.name(given.get("name") or code),
        "description": text.prose(given.get("description"), path=("description",)),
        "type": kind,
        "choices": _choices(kind, list(given.get("choices") or [])),
        "reference_to": _reference(kind, given.get("reference_to")),
        **_bounds(kind, given),
        "longest": _longest(kind, given.get("longest")),
        "pattern": _pattern(kind, given.get("pattern")),
        "owner_id": given.get("owner_id"),
        "status": text.choice(
            given.get("status") or "active", ("active", "retired"), path=("status",)
        ),
    }


def kept(field: FieldRule, value: str) -> Kept:
    """A value as it is kept: text, or a whole number that sorts as it does. Raises BadValue; a
    reference is the row's id, whose existence is for the caller to prove."""
    if field.type in AS_TEXT:
        return _kept_text(field, value)
    if field.type in NUMBERS:
        return _kept_number(field, value)
    if field.type == BOOLEAN:
        if value not in ("true", "false"):
            raise BadValue("true or false")
        return int(value == "true")
    if field.type == DATE:
        try:
            return date.fromisoformat(value).toordinal()
        except ValueError:
            raise BadValue("a day, such as 2026-03-31") from None
    if not value.isdecimal() or len(value) > 18:
        raise BadValue("the id of an object")
    return int(value)


def shown(kind: str, value: Kept) -> str:
    """A kept value as text, as it was given: a decimal without trailing zeros, a day in ISO."""
    if kind == DECIMAL:
        return format(plain(Decimal(value) / MILLION), "f")
    if kind == BOOLEAN:
        return "true" if value else "false"
    if kind == DATE:
        return date.fromordinal(int(value)).isoformat()
    return str(value)


def _kept_text(field: FieldRule, value: str) -> str:
    if field.type == CHOICE:
        if value not in field.choices:
            raise BadValue(f"one of {', '.join(field.choices)}")
        return value
    longest = field.longest or LONGEST_TEXT
    try:
        trimmed = text.optional(value, path=(), longest=longest)
    except InvalidInput as fault:
        raise BadValue(f"text of at most {longest} characters on one line") from fault
    if trimmed is None:
        raise BadValue("text that is not blank")
    if field.pattern is not None and not _fits(field.pattern, trimmed):
        raise BadValue(f"text like {field.pattern} (9: a digit, A: a letter, ?: either)")
    return trimmed


def _fits(pattern: str, value: str) -> bool:
    expression = "".join(_PLACES.get(each) or re.escape(each) for each in pattern)
    return re.fullmatch(expression, value) is not None


def _kept_number(field: FieldRule, value: str) -> int:
    whole = field.type == WHOLE_NUMBER
    wanted = "a whole number" if whole else "a number of at most six decimals"
    try:
        number = Decimal(value) if len(value) <= 40 else Decimal("NaN")
    except InvalidOperation:
        raise BadValue(wanted) from None
    if not number.is_finite() or abs(number) > LARGEST[field.type]:
        raise BadValue(wanted)
    scaled = number if whole else number * MILLION
    if scaled != scaled.to_integral_value():
        raise BadValue(wanted)
    if field.lowest is not None and number < field.lowest:
        raise BadValue(f"at least {format(plain(field.lowest), 'f')}")
    if field.highest is not None and number > field.highest:
        raise BadValue(f"at most {format(plain(field.highest), 'f')}")
    return int(scaled)


def _choices(kind: str, choices: list[str]) -> list[str]:
    if (kind == CHOICE) != bool(choices):
        message = "Give at least one choice." if kind == CHOICE else "Is for a choice only."
        raise InvalidInput(message, path=("choices",))
    if len(choices) > MOST_CHOICES:
        raise InvalidInput(f"Give at most {MOST_CHOICES}.", path=("choices",))
    sound = [text.code(each, path=("choices", n)) for n, each in enumerate(choices)]
    if len(set(sound)) != len(sound):
        raise InvalidInput("A choice stands here twice.", path=("choices",))
    return sound


def _reference(kind: str, reference_to: str | None) -> str | None:
    if (kind == REFERENCE) != (reference_to is not None):
        message = "Say to what it refers." if kind == REFERENCE else "Is for a reference only."
        raise InvalidInput(message, path=("reference_to",))
    if reference_to is None:
        return None
    return text.choice(reference_to, SUBJECT_NAMES, path=("reference_to",))


def _bounds(kind: str, given: Mapping[str, Any]) -> dict[str, Decimal | None]:
    bounds: dict[str, Decimal | None] = {}
    for name in ("lowest", "highest"):
        value = given.get(name)
        bounds[name] = None if value is None else Decimal(value)
        if value is not None and kind not in NUMBERS:
            raise InvalidInput("Is for numbers only.", path=(name,))
        if value is not None and abs(Decimal(value)) > LARGEST[kind]:
            raise InvalidInput(f"Must be at most {LARGEST[kind]}.", path=(name,))
    lowest, highest = bounds["lowest"], bounds["highest"]
    if lowest is not None and highest is not None and lowest > highest:
        raise InvalidInput("Must not be below the lowest.", path=("highest",))
    return bounds


def _longest(kind: str, longest: int | None) -> int | None:
    if longest is not None and kind != TEXT:
        raise InvalidInput("Is for text only.", path=("longest",))
    if longest is not None and not 1 <= longest <= LONGEST_TEXT:
        raise InvalidInput(f"Must be between 1 and {LONGEST_TEXT}.", path=("longest",))
    return longest


def _pattern(kind: str, pattern: str | None) -> str | None:
    if pattern is None:
        return None
    if kind != TEXT:
        raise InvalidInput("Is for text only.", path=("pattern",))
    return text.optional(pattern, path=("pattern",), longest=LONGEST_PATTERN)

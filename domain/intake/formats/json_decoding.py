"""JSON text to values: exact decimals, bounded depth and numbers, faults with their place."""

import json
from decimal import Decimal

from domain.intake.document import Problem
from domain.intake.formats.json_location import (
    MAX_DEPTH,
    MAX_NUMBER_CHARACTERS,
    first_excess,
    line_and_column,
    path_at,
)

JsonValue = dict[str, "JsonValue"] | list["JsonValue"] | str | int | Decimal | bool | None

_EXCESS = {
    "json_too_deep": (
        f"The JSON is nested more than {MAX_DEPTH} levels deep",
        "Send the document as the source made it; real orders are nested less than 20 levels.",
    ),
    "number_not_finite": (
        "NaN and Infinity are not numbers of JSON (RFC 8259)",
        "Correct the value at this place, or leave the field out.",
    ),
    "number_too_long": (
        f"A number has more than {MAX_NUMBER_CHARACTERS} characters",
        "Correct the value at this place.",
    ),
}


def decode_json(text: str) -> tuple[JsonValue, Problem | None]:
    """The value of a JSON text (RFC 8259), or None and what is wrong and where.

    Numbers with a fraction become Decimal. A repeated key keeps its last value.
    """
    excess = first_excess(text)
    if excess is not None:
        code, position = excess
        message, remedy = _EXCESS[code]
        return None, _problem(code, text, position, message, remedy)
    try:
        value: JsonValue = json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        return None, _syntax_problem(text, error)
    except (ValueError, RecursionError, ArithmeticError):
        return None, _problem("json_invalid", text, 0, "The JSON cannot be read", _SYNTAX_REMEDY)
    return value, None


_SYNTAX_REMEDY = "Send the document again as the source made it; it may have been cut or edited."


def _syntax_problem(text: str, error: json.JSONDecodeError) -> Problem:
    position = len(text.rstrip()) if error.pos >= len(text.rstrip()) else error.pos
    message = f"The JSON breaks off or is malformed: {error.msg}"
    return _problem("json_invalid", text, position, message, _SYNTAX_REMEDY)


def _problem(code: str, text: str, position: int, message: str, remedy: str) -> Problem:
    line, column = line_and_column(text, position)
    place = f"line {line}, column {column}"
    path = path_at(text, position)
    shown = f"{path} ({place})" if path else place
    return Problem(code, shown, f"{message} at {place}.", remedy)

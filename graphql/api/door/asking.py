"""What a client asks: the parameters of a GraphQL request, checked for their shape."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from api.door.refusals import Refusal
from api.limits.bounds import BOUNDS

_ESCAPED_NUL = re.compile(r"\x00|\\u0000|\\u\{0+\}")
_STRING_OR_NONE = (str, type(None))


@dataclass(slots=True)
class Asked:
    """One GraphQL request as sent; `query` is None where only an id of a document was sent."""

    query: str | None
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    extensions: dict[str, Any] = field(default_factory=dict)
    document_id: str | None = None


def read_json(body: bytes | str) -> Any:
    """The JSON value of a body. Raises Refusal for anything that is none."""
    try:
        return orjson.loads(body)
    except ValueError:
        raise Refusal(400, "BAD_INPUT", "The body is not valid JSON in UTF-8.") from None


def asked_of(value: Any) -> Asked:
    """The request in a JSON value. Raises Refusal for one of another shape."""
    if not isinstance(value, dict):
        raise _wrong("The body must be a JSON object.")
    query = value.get("query")
    if not isinstance(query, _STRING_OR_NONE):
        raise _wrong("query must be a string.")
    if query is not None and _ESCAPED_NUL.search(query):
        raise _wrong("The character U+0000 is not taken.")
    name = value.get("operationName")
    if not isinstance(name, _STRING_OR_NONE):
        raise _wrong("operationName must be a string or null.")
    document_id = value.get("documentId")
    if not isinstance(document_id, _STRING_OR_NONE):
        raise _wrong("documentId must be a string.")
    variables = _object(value, "variables")
    limit_values(variables)
    return Asked(query, variables, name or None, _object(value, "extensions"), document_id)


def asked_in_address(parameters: Mapping[str, str]) -> Asked:
    """The request in a query string. Raises Refusal."""
    return asked_of(
        {
            "query": parameters.get("query"),
            "operationName": parameters.get("operationName"),
            "documentId": parameters.get("documentId"),
            "variables": _json_parameter(parameters, "variables"),
            "extensions": _json_parameter(parameters, "extensions"),
        }
    )


def limit_values(variables: Any) -> None:
    """Raises Refusal for variables that hold more, longer or deeper than the bounds."""
    count = 0
    waiting = [(variables, 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, dict):
            inner: Any = value.values()
            _refuse_nul("".join(value))
        elif isinstance(value, list):
            inner = value
            if len(value) > BOUNDS.list_length:
                raise _too_much(
                    f"A list in the variables has at most {BOUNDS.list_length:,} values."
                )
        else:
            continue
        count += len(inner)
        if count > BOUNDS.values:
            raise _too_much(f"The variables hold at most {BOUNDS.values:,} values.")
        if depth >= BOUNDS.value_depth:
            raise _too_much(f"The variables are nested at most {BOUNDS.value_depth} deep.")
        for part in inner:
            if isinstance(part, str):
                _refuse_nul(part)
            else:
                waiting.append((part, depth + 1))


def _refuse_nul(text: str) -> None:
    """PostgreSQL's text cannot hold it, and no honest text has it."""
    if "\x00" in text:
        raise _wrong("The character U+0000 is not taken.")


def _json_parameter(parameters: Mapping[str, str], name: str) -> Any:
    text = parameters.get(name)
    if not text:
        return None
    try:
        return orjson.loads(text.encode())
    except (ValueError, UnicodeError):
        raise _wrong(f"{name} must be JSON.") from None


def _object(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _wrong(f"{name} must be an object or null.")
    return found


def _wrong(message: str) -> Refusal:
    return Refusal(400, "BAD_INPUT", message)


def _too_much(message: str) -> Refusal:
    return Refusal(400, "TOO_EXPENSIVE", message)

"""What the audit log calls the kinds of record, and what the API calls them."""

import re

from api.ids import split_id
from api.nodes import is_node
from domain.kernel.errors import InvalidInput

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def kind_of_subject(subject: str) -> str | None:
    """The GraphQL type of a kind of record; None where none can be asked for by an id."""
    kind = "".join(word.capitalize() for word in subject.split("_"))
    return kind if is_node(kind) else None


def subject_of_id(value: str, *, path: tuple[str, ...]) -> tuple[str, int]:
    """The kind of record and the row id behind a global id. Raises InvalidInput."""
    try:
        kind, row_id = split_id(value)
    except InvalidInput as fault:
        raise InvalidInput(fault.message, path=path) from None
    return _WORD.sub("_", kind).lower(), row_id

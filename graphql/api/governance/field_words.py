"""The words of custom fields."""

from enum import Enum

import strawberry

from api.ids import split_id
from domain.kernel.errors import InvalidInput, NotFound


@strawberry.enum(description="The kinds of object that may have custom fields.")
class CustomFieldSubject(Enum):
    ITEM = strawberry.enum_value("item", description="Items.")
    PARTY = strawberry.enum_value("party", description="Parties.")
    LOCATION = strawberry.enum_value("location", description="Locations.")
    LEGAL_ENTITY = strawberry.enum_value("legal_entity", description="Legal entities.")
    CHANNEL = strawberry.enum_value("channel", description="Channels.")
    ORDER = strawberry.enum_value("order", description="Orders.")


@strawberry.enum(description="What the values of a custom field are.")
class CustomFieldType(Enum):
    TEXT = strawberry.enum_value("text", description="Text on one line.")
    WHOLE_NUMBER = strawberry.enum_value("whole_number", description="A whole number.")
    DECIMAL = strawberry.enum_value(
        "decimal", description="An exact number of at most six decimals."
    )
    BOOLEAN = strawberry.enum_value("boolean", description="Either true or false.")
    DATE = strawberry.enum_value("date", description="A day, such as 2026-03-31.")
    CHOICE = strawberry.enum_value("choice", description="One of the field's choices.")
    REFERENCE = strawberry.enum_value("reference", description="Another object, by its id.")


@strawberry.enum(description="Whether a custom field is in use.")
class CustomFieldStatus(Enum):
    ACTIVE = strawberry.enum_value("active", description="It takes values.")
    RETIRED = strawberry.enum_value("retired", description="Its values stay; it takes none.")


# The GraphQL types of the kinds of object.
TYPES = {
    "item": "Item",
    "party": "Party",
    "location": "Location",
    "legal_entity": "LegalEntity",
    "channel": "Channel",
    "order": "Order",
}
_SUBJECTS = {kind: subject for subject, kind in TYPES.items()}


def object_of_id(value: str, *, path: tuple[str | int, ...] = ("id",)) -> tuple[str, int]:
    """The kind of object and the row id of a global id. Raises InvalidInput, NotFound."""
    try:
        kind, row_id = split_id(value)
    except InvalidInput as fault:
        raise InvalidInput(fault.message, path=path) from None
    if kind not in _SUBJECTS:
        raise NotFound(kind)
    return _SUBJECTS[kind], row_id

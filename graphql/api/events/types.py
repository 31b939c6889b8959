"""The catalogue of event types on the API."""

from typing import Any

import strawberry

from api.events.kinds import Event, own_type
from domain.integration import event_types


@strawberry.type(description="One field of an event type.")
class EventTypeField:
    name: str = strawberry.field(description="The field's name in GraphQL.")
    type: str = strawberry.field(description="Its GraphQL type, such as [ID!]!.")
    description: str = strawberry.field(description="What it says.")


@strawberry.type(description="A type of event that can be subscribed to.")
class EventKind:
    event_type: str = strawberry.field(
        description="By this name it is subscribed to, such as order.shipped."
    )
    type_name: str = strawberry.field(
        description="Its GraphQL type, for `... on` in a query, such as OrderShipped."
    )
    aggregate: str = strawberry.field(description="The kind of object that it happens to.")
    description: str = strawberry.field(description="When it happens.")
    permission: str = strawberry.field(description="What its readers need beside events.read.")
    fields: list[EventTypeField] = strawberry.field(
        description="What it has beside the fields of every event."
    )


def event_type_of(each: event_types.EventType) -> EventKind:
    """An entry of the domain's catalogue as the API shows it."""
    return EventKind(
        event_type=each.event_type,
        type_name=each.name,
        aggregate=each.aggregate,
        description=each.description,
        permission=each.permission,
        fields=_fields(each.event_type),
    )


def _fields(event_type: str) -> list[EventTypeField]:
    definition: Any = own_type(event_type).__strawberry_definition__  # type: ignore[attr-defined]
    common = {field.python_name for field in Event.__strawberry_definition__.fields}  # type: ignore[attr-defined]
    return [
        EventTypeField(
            name=_camel(field.python_name),
            type=_text(field.type),
            description=field.description or "",
        )
        for field in definition.fields
        if field.python_name not in common
    ]


def _text(kind: Any) -> str:
    """A field's type as GraphQL writes it."""
    inner = getattr(kind, "of_type", None)
    if type(kind).__name__ == "StrawberryOptional":
        return _text(inner).removesuffix("!")
    if type(kind).__name__ == "StrawberryList":
        return f"[{_text(inner)}]!"
    definition = getattr(kind, "__strawberry_definition__", None)
    if definition is not None:
        return f"{definition.name}!"
    known = {"str": "String", "int": "Int", "bool": "Boolean"}
    shown = {"datetime": "DateTime", "date": "Date"}
    name = getattr(kind, "__name__", str(kind))
    return f"{known.get(name) or shown.get(name) or name}!"


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)

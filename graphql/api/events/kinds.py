"""Every event type of the domain as a GraphQL type, made from its declaration.

An area that defines an event has nothing to do here: what the event carries become its fields,
ids lead to the objects, and the aggregate stands under its own name."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import strawberry
from sqlalchemy.engine import Row

from api.context import Info
from api.events.wording import described, ids_described, object_described, plural
from api.ids import global_id
from api.nodes import Node, NodeBatch, node_batches
from domain.integration.event_types import EventType, event_catalogue
from domain.integration.telling import UNTOLD, kind_of, told_data
from domain.kernel.event_log import LoggedEvent
from domain.kernel.ids import kind_named

KIND = "Event"
MOST_OBJECTS = 100
_PLAIN = {str, int, bool}


@strawberry.interface(
    description=(
        "Something that happened. Its type has the fields of its own; objects are shown as they "
        "are now, everything else as it was then."
    )
)
class Event(Node):
    id: strawberry.ID = strawberry.field(
        description="The event's id, the same wherever it is told; to know repetitions by."
    )
    type: str = strawberry.field(description="What happened, such as order.shipped.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    actor: str | None = strawberry.field(description="Who did it, by name.")
    aggregate: str = strawberry.field(
        description="The kind of object that it happened to. Events of one object are in order."
    )
    aggregate_id: strawberry.ID = strawberry.field(description="The id of that object.")
    payload: strawberry.Private[Mapping[str, Any]]
    aggregate_row: strawberry.Private[int]


@strawberry.type(
    description="An event of a type that is no more, or that has no fields of its own here."
)
class OtherEvent(Event):
    pass


def event_of(row: Row[Any] | LoggedEvent) -> Event:
    """The event of a row of the log, as its GraphQL type."""
    made = own_type(row.type)
    told = told_data(row.aggregate, row.aggregate_id, row.payload)
    own = {name: convert(told.get(name)) for name, convert in _own_fields(row.type).items()}
    return made(
        id=global_id(KIND, row.id),
        type=row.type,
        occurred_at=row.occurred_at,
        actor=getattr(row, "actor", None),
        aggregate=row.aggregate,
        aggregate_id=strawberry.ID(told["aggregate_id"]),
        payload=row.payload,
        aggregate_row=row.aggregate_id,
        **own,
    )


def event_interface_types() -> list[type[Event]]:
    """All concrete types, for the schema: an interface alone does not pull them in."""
    return [OtherEvent, *_types().values()]


def own_type(event_type: str) -> type[Event]:
    """The GraphQL type of events of this type."""
    return _types().get(event_type, OtherEvent)


@cache
def _types() -> dict[str, type[Event]]:
    """The GraphQL types by event type; made once all areas' objects are known."""
    return {event_type: _type_of(each) for event_type, each in event_catalogue().items()}


def _type_of(event: EventType) -> type[Event]:
    annotations: dict[str, Any] = {}
    namespace: dict[str, Any] = {"__annotations__": annotations, "__module__": __name__}
    for name, hint in _shown(event):
        annotations[name] = _annotation(name, hint)
        namespace[name] = strawberry.field(description=_description(name))
    for name, field in _objects(event):
        namespace.setdefault(name, field)
    made = type(event.name, (Event,), namespace)
    return strawberry.type(made, name=event.name, description=event.description)


def _shown(event: EventType) -> Iterable[tuple[str, Any]]:
    return ((name, hint) for name, hint in event.fields.items() if name not in UNTOLD)


@cache
def _own_fields(event_type: str) -> dict[str, Any]:
    """The fields that a type has of its own, with what makes a kept value theirs."""
    event = event_catalogue().get(event_type)
    if event is None:
        return {}
    return {name: _reader_of(name, hint) for name, hint in _shown(event)}


def _annotation(name: str, hint: Any) -> Any:
    plain = _plain(hint)
    if _is_many(hint):
        return list[strawberry.ID] if name.endswith("_ids") else list[plain]  # type: ignore[valid-type]
    if name.endswith("_id") and plain is int:
        return strawberry.ID | None
    # Events from before a field was added have none.
    return (_moment_of(name, plain) or plain) | None


def _reader_of(name: str, hint: Any) -> Any:
    if _is_many(hint):
        return lambda value: list(value or ())
    moment = _moment_of(name, _plain(hint))
    return (lambda value: value) if moment is None else _reading(moment)


def _reading(moment: Any) -> Any:
    def read(value: Any) -> Any:
        try:
            return None if value is None else moment.fromisoformat(value)
        except ValueError:
            return None

    return read


def _moment_of(name: str, plain: Any) -> Any:
    if plain is not str:
        return None
    return datetime if name.endswith("_at") else date if name.endswith("_on") else None


def _plain(hint: Any) -> Any:
    """The scalar in a field's type: of `str | None`, or of `tuple[int, ...]`."""
    if _is_many(hint):
        hint = get_args(hint)[0]
    found = [kind for kind in get_args(hint) or (hint,) if kind is not NoneType]
    return found[0] if found and found[0] in _PLAIN else str


def _is_many(hint: Any) -> bool:
    return get_origin(hint) in (tuple, list, frozenset)


def _description(name: str) -> str:
    stem, _, ending = name.rpartition("_")
    if ending in ("id", "ids"):
        return ids_described(stem, many=ending == "ids")
    return described(name)


def _objects(event: EventType) -> Iterable[tuple[str, Any]]:
    """The fields that lead to objects: of each id the object, and the aggregate itself."""
    taken = {*event.fields, *Event.__annotations__}
    for name, hint in _shown(event):
        stem, _, ending = name.rpartition("_")
        found = None if _plain(hint) is not int else object_type(kind_of(stem))
        if found is not None and ending == "ids" and plural(stem) not in taken:
            yield plural(stem), _many(name, stem, *found)
        if found is not None and ending == "id" and stem not in taken:
            yield stem, _one(name, stem, *found)
    found = object_type(kind_named(event.aggregate))
    if found is not None:
        stem = event.aggregate
        yield f"{stem}_object" if stem in taken else stem, _one(None, stem, *found)


@cache
def object_type(kind: str) -> tuple[Any, NodeBatch] | None:
    """The GraphQL class of a kind and the batch that loads it; None if the API has none."""
    batch = node_batches().get(kind)
    if batch is None:
        return None
    (wanted,) = get_args(get_type_hints(batch)["return"])
    return next(each for each in get_args(wanted) if each is not NoneType), batch


def _one(name: str | None, stem: str, kind: Any, batch: NodeBatch) -> Any:
    async def resolve(self: Any, info: Info) -> Any:
        row_id = self.aggregate_row if name is None else self.payload.get(name)
        return None if row_id is None else await info.context.load(batch, int(row_id))

    resolve.__annotations__ = {"info": Info, "return": kind | None}
    return strawberry.field(resolver=resolve, description=object_described(stem, many=False))


def _many(name: str, stem: str, kind: Any, batch: NodeBatch) -> Any:
    async def resolve(self: Any, info: Info) -> Any:
        ids = [int(each) for each in self.payload.get(name) or ()][:MOST_OBJECTS]
        found = await info.context.load_all(batch, ids) if ids else []
        return [each for each in found if each is not None]

    resolve.__annotations__ = {"info": Info, "return": list[kind]}
    return strawberry.field(resolver=resolve, description=object_described(stem, many=True))

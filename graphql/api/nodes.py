"""Relay's Node: any object again by its global id."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.ids import split_id
from domain.kernel.errors import InvalidInput
from domain.kernel.reading import Reader

NodeBatch = Callable[[Reader, Sequence[int]], Awaitable[Sequence[Any]]]
_batches: dict[str, NodeBatch] = {}


@strawberry.interface(description="Anything that has a global id (Relay).")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque and unique over all types.")


def refetched_by(kind: str, batch: NodeBatch) -> None:
    """Say how objects of the GraphQL type `kind` are read by row ids.

    `batch` gives an object or None for each id, in order; it asks for its own permission."""
    _batches[kind] = batch


def node_batches() -> Mapping[str, NodeBatch]:
    """How objects are read, by the name of their type; complete once all areas are loaded."""
    return _batches


def is_node(kind: str) -> bool:
    """Whether objects of this GraphQL type can be asked for by their id."""
    return kind in _batches


async def load_nodes(info: Info, ids: Sequence[str]) -> list[Any]:
    """The objects behind global ids, None where there is none for this caller."""
    return await load_any(await info.context.reader(), ids)


async def load_any(reader: Reader, ids: Sequence[str]) -> list[Any]:
    """A batch for loaders: the objects behind global ids of any kinds, in order."""
    wanted: dict[str, list[int]] = defaultdict(list)
    places = [split_id(value) for value in ids]
    for kind, row_id in places:
        wanted[kind].append(row_id)
    found: dict[tuple[str, int], Any] = {}
    for kind, row_ids in wanted.items():
        if kind in _batches:
            objects = await _batches[kind](reader, row_ids)
            found.update({(kind, r): o for r, o in zip(row_ids, objects, strict=True)})
    return [found.get(place) for place in places]


@strawberry.type
class NodeQuery:
    @strawberry.field(description="The object with this global id, or null.")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")],
    ) -> Node | None:
        return (await load_nodes(info, [id]))[0]  # type: ignore[no-any-return]

    @strawberry.field(description="The objects with these global ids, in order, null where none.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="At most 100 global ids.")
        ],
    ) -> list[Node | None]:
        if len(ids) > 100:
            raise InvalidInput("At most 100 ids at once.", path=("ids",))
        return await load_nodes(info, ids)

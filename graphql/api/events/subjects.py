"""What events happened to, named by its global id."""

import strawberry

from api.context import Info
from api.ids import split_id
from api.nodes import load_any, node_batches
from domain.kernel.errors import NotFound
from domain.kernel.ids import aggregate_named


async def subject_of(info: Info, object_id: strawberry.ID) -> tuple[str, int]:
    """The aggregate and row id behind a global id. Raises InvalidInput for what is no id, NotFound
    for an object that is not the caller's to see."""
    kind, row_id = split_id(object_id)
    if kind in node_batches() and await info.context.load(load_any, object_id) is None:
        raise NotFound(kind)
    return aggregate_named(kind), row_id

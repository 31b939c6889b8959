"""Relay's cursor connections over keyset pages."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Annotated, Any, ClassVar, Generic, Protocol, TypeVar

import strawberry
from sqlalchemy.engine import Row

from api.from_rows import FromRow, WorkedOut
from domain.kernel.paging import Ordering, Page, PageRequest, page_request

NodeType = TypeVar("NodeType")

First = Annotated[
    int | None, strawberry.argument(description="At most so many from the start (20; up to 100).")
]
After = Annotated[str | None, strawberry.argument(description="Only what follows this cursor.")]
Last = Annotated[
    int | None, strawberry.argument(description="At most so many from the end (up to 100).")
]
Before = Annotated[str | None, strawberry.argument(description="Only what precedes this cursor.")]


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follows this page.")
    has_previous_page: bool = strawberry.field(description="Whether something precedes this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the page's first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the page's last edge.")


@strawberry.type(description="One place in a list.")
class Edge(Generic[NodeType]):
    cursor: str = strawberry.field(description="Opaque; give it as after or before.")
    node: NodeType = strawberry.field(description="The object at this place.")


Counter = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class _Listed:
    """What a connection is worked out of: most clients ask for its nodes alone."""

    page: Page
    nodes: list[Any]
    counter: Counter


@strawberry.type(description="A page of a list, after Relay's connection specification.")
class Connection(FromRow, Generic[NodeType]):
    edges: list[Edge[NodeType]] = strawberry.field(description="The page's places, in list order.")
    nodes: list[NodeType] = strawberry.field(
        description="The page's objects, for clients that need no cursors."
    )
    page_info: PageInfo = strawberry.field(description="Where this page stands in the list.")
    counter: strawberry.Private[Counter]
    WORKED_OUT: ClassVar[WorkedOut] = {
        "edges": lambda listed: [
            Edge(cursor=cursor, node=node)
            for cursor, node in zip(listed.page.cursors, listed.nodes, strict=True)
        ],
        "page_info": lambda listed: PageInfo(
            has_next_page=listed.page.has_next,
            has_previous_page=listed.page.has_previous,
            start_cursor=listed.page.cursors[0] if listed.nodes else None,
            end_cursor=listed.page.cursors[-1] if listed.nodes else None,
        ),
    }

    @strawberry.field(
        description="How many the whole list has under its filter. Counted only when asked."
    )
    async def total_count(self) -> int:
        return await self.counter()


def connection(
    page: Page, to_node: Callable[[Row[Any]], NodeType], *, count: Counter
) -> Connection[NodeType]:
    """A page of rows as a connection of the API's objects; `count` runs only when asked."""
    return Connection.of(_Listed(page, [to_node(row) for row in page.rows], count))


@strawberry.enum(description="Which way a list runs.")
class Direction(Enum):
    ASC = strawberry.enum_value("asc", description="Smallest, earliest or first in the alphabet.")
    DESC = strawberry.enum_value("desc", description="Largest, latest or last in the alphabet.")


class OrderBy(Protocol):
    """An orderBy input: an enum of fields, and a direction."""

    field: Any
    direction: Direction


def chosen(
    orderings: Mapping[str, Ordering], order_by: OrderBy | None, *, default: str
) -> Ordering:
    """The ordering that an orderBy input names, among those a query offers."""
    if order_by is None:
        return orderings[default]
    ordering = orderings[order_by.field.value]
    return replace(ordering, descending=order_by.direction is Direction.DESC)


def wanted(
    first: int | None, after: str | None, last: int | None, before: str | None
) -> PageRequest:
    """Relay's arguments as a page request. Raises InvalidInput."""
    return page_request(first, after, last, before)

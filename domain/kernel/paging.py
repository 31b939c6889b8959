"""Lists by keyset: stable under inserts, and as fast on the last page as on the first."""

import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, overload

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    bindparam,
    column,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.engine import Row
from sqlalchemy.orm import InstrumentedAttribute

from domain.kernel import json
from domain.kernel.errors import InvalidInput
from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader

DEFAULT_SIZE = 20
LARGEST_SIZE = 100


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is wanted, as Relay's connection arguments say it.

    `size` rows after `after`, or before `before` when `backward`. Cursors are opaque."""

    size: int = DEFAULT_SIZE
    after: str | None = None
    before: str | None = None
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in list order, a cursor for each, and whether the list goes on at either end."""

    rows: Sequence[Row[Any]]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class _Cursors(Sequence[str]):
    """The cursors of rows, each made when it is asked for: few clients ask for any."""

    rows: Sequence[Row[Any]]
    keys: int

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [_cursor(row, self.keys) for row in self.rows[place]]
        return _cursor(self.rows[place], self.keys)


@dataclass(frozen=True, slots=True)
class Ordering:
    """The columns a list is ordered by (never null; the last one unique), all in one direction."""

    columns: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]
    descending: bool = False


def page_request(
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> PageRequest:
    """Relay's four arguments as a request. Raises InvalidInput on sizes out of 0 to 100."""
    if first is not None and last is not None:
        raise InvalidInput("Give first or last, not both.", path=("last",))
    name, size = ("last", last) if last is not None else ("first", first)
    if size is not None and not 0 <= size <= LARGEST_SIZE:
        raise InvalidInput(f"{name} must be between 0 and {LARGEST_SIZE}.", path=(name,))
    return PageRequest(
        DEFAULT_SIZE if size is None else size, after, before, backward=last is not None
    )


async def fetch_page(
    reader: Reader, statement: Select[Any], *, ordering: Ordering, request: PageRequest
) -> Page:
    """The wanted part of `statement`, in one statement. Raises InvalidInput on a foreign cursor."""
    keyed = _within(statement, ordering, request)
    return _page(await reader.rows(keyed.limit(request.size + 1)), ordering, request)


def _within(statement: Select[Any], ordering: Ordering, request: PageRequest) -> Select[Any]:
    """The statement in the order in which it is read, from the request's cursors on."""
    keyed = _keyed(statement, ordering, request.backward)
    for cursor, forward in ((request.after, True), (request.before, False)):
        if cursor is not None:
            keyed = keyed.where(_beyond(ordering, cursor, forward=forward))
    return keyed


def _keyed(statement: Select[Any], ordering: Ordering, backward: bool) -> Select[Any]:
    """The statement with the columns of its cursors, in the order in which it is read."""
    downward = ordering.descending != backward
    keys = (column.label(f"_key_{n}") for n, column in enumerate(ordering.columns))
    return statement.add_columns(*keys).order_by(
        *(c.desc() if downward else c.asc() for c in ordering.columns)
    )


def _page(found: Sequence[Row[Any]], ordering: Ordering, request: PageRequest) -> Page:
    rows = list(found[: request.size])
    more = len(found) > request.size
    if request.backward:
        rows.reverse()
    return Page(
        rows=rows,
        cursors=_Cursors(rows, len(ordering.columns)),
        has_next=request.before is not None if request.backward else more,
        has_previous=more if request.backward else request.after is not None,
    )


class WholeList:
    """A list without a filter, whose first pages are prepared: they are what is asked for most.

    `statement` says of the bind parameter of_tenant whose list it is."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._first_pages: dict[tuple[Ordering, bool], Prepared] = {}

    async def first_page(
        self, reader: Reader, *, ordering: Ordering, request: PageRequest
    ) -> Page | None:
        """As fetch_page; None for any page but the first from either end."""
        if request.after is not None or request.before is not None:
            return None
        prepared = self._first_pages.get((ordering, request.backward))
        if prepared is None:
            keyed = _keyed(self._statement, ordering, request.backward)
            prepared = Prepared(keyed.limit(bindparam("most", type_=Integer)))
            self._first_pages[ordering, request.backward] = prepared
        given = {"of_tenant": reader.tenant_id, "most": request.size + 1}
        return _page(await reader.rows(prepared, given), ordering, request)


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list, and how to count the whole of it when somebody asks."""

    page: Page
    count: Callable[[], Awaitable[int]]


async def list_page(
    reader: Reader, statement: Select[Any], *, ordering: Ordering, request: PageRequest
) -> Listing:
    """As fetch_page, with the count of the whole list at hand."""
    page = await fetch_page(reader, statement, ordering=ordering, request=request)
    return Listing(page, lambda: count_rows(reader, statement))


async def list_pages(
    reader: Reader,
    statement: Select[Any],
    *,
    parent: InstrumentedAttribute[int],
    ids: Sequence[int],
    ordering: Ordering,
    request: PageRequest,
) -> list[Listing]:
    """As list_page, the same part of the list of each parent (by the column that names it), in
    the order of `ids`: all of them in one statement."""
    parents = (
        func.unnest(literal(list(ids), ARRAY(BigInteger)))
        .table_valued(column("id", BigInteger))
        .render_derived(name="of_parent")
    )
    own = _within(statement.where(parent == parents.c.id), ordering, request)
    page = own.limit(request.size + 1).lateral("page")
    downward = ordering.descending != request.backward
    keys = [page.c[f"_key_{n}"] for n in range(len(ordering.columns))]
    rows = await reader.rows(
        select(parents.c.id.label("_parent"), *page.c)
        .join_from(parents, page, true())
        .order_by(parents.c.id, *(key.desc() if downward else key.asc() for key in keys))
    )
    found: dict[int, list[Row[Any]]] = {each: [] for each in ids}
    for row in rows:
        found[row[0]].append(row)
    return [
        Listing(
            _page(found[each], ordering, request),
            partial(count_rows, reader, statement.where(parent == each)),
        )
        for each in ids
    ]


async def count_rows(reader: Reader, statement: Select[Any]) -> int:
    """How many rows the whole list has; asked only when the client asks."""
    counted = statement.order_by(None).subquery()
    return int(await reader.value(select(func.count()).select_from(counted)))


def _beyond(ordering: Ordering, cursor: str, *, forward: bool) -> ColumnElement[bool]:
    key = tuple_(*ordering.columns)
    values = tuple_(
        *(
            _bound(column, value)
            for column, value in zip(ordering.columns, _values(ordering, cursor), strict=True)
        )
    )
    return key > values if forward != ordering.descending else key < values


def _bound(
    column: ColumnElement[Any] | InstrumentedAttribute[Any], value: Any
) -> ColumnElement[Any]:
    return literal(value, type_=column.type)


def _cursor(row: Row[Any], keys: int) -> str:
    values = [row._mapping[f"_key_{n}"] for n in range(keys)]
    return base64.urlsafe_b64encode(json.dump(values).encode()).decode().rstrip("=")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)


def _number(value: Any) -> int:
    if type(value) is not int or not -(2**63) <= value < 2**63:
        raise ValueError(value)
    return value


def _text(value: Any) -> str:
    if type(value) is not str or "\x00" in value:
        raise ValueError(value)
    return value


def _exact(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or abs(number) > 10**18:
        raise ValueError(text)
    return number


# A cursor may be anybody's making: only what a column can hold is bound to it.
_READ: dict[type, Any] = {
    datetime: _moment,
    date: date.fromisoformat,
    Decimal: _exact,
    int: _number,
    str: _text,
}


def _values(ordering: Ordering, cursor: str) -> list[Any]:
    try:
        texts = json.load(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(texts, list) or len(texts) != len(ordering.columns):
            raise ValueError(cursor)
        return [
            _READ[column.type.python_type](text)
            for column, text in zip(ordering.columns, texts, strict=True)
        ]
    except (ValueError, TypeError, ArithmeticError) as error:
        raise InvalidInput("This cursor is not one of this list.", path=("after",)) from error

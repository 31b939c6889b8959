"""Many rows into a table by one statement whose text is the same for any number of rows."""

from collections.abc import Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import ARRAY, Table, Text, bindparam, cast, column, func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.kernel.array_text import Writer, array_writer
from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader
from tenancy.models import Tenant

Given = Mapping[str, Any]


async def insert_rows(
    writer: Reader,
    model: Any,
    rows: Sequence[Given],
    *,
    returning: tuple[str, ...] = (),
    unless_there: tuple[str, ...] | None = None,
) -> Sequence[Row[Any]]:
    """Insert the work's tenant's rows, all with the same columns; `returning` names the columns
    that come back. Rows are written, and their ids rise, in the order given.

    `unless_there`: a row that meets another one in these columns is left out (the condition of a
    partial unique index over them is taken from it)."""
    if not rows:
        return []
    table: Table = model.__table__
    names = tuple(rows[0])
    statement = _statement(table, names, returning, unless_there)
    values: dict[str, Any] = {name: _sent(table, name, rows) for name in names}
    values["of_tenant"] = writer.tenant_id
    if returning:
        return await writer.rows(statement, values)
    await writer.execute(statement, values)
    return []


async def insert_ids(writer: Reader, model: Any, rows: Sequence[Given]) -> list[int]:
    """Insert the rows; their ids in the order of the rows."""
    # One statement numbers its rows in the order in which it writes them.
    return sorted(row.id for row in await insert_rows(writer, model, rows, returning=("id",)))


def _sent(table: Table, name: str, rows: Sequence[Given]) -> Any:
    values = list(map(itemgetter(name), rows))
    writer = _writer(table, name)
    return values if writer is None else writer(values)


@cache
def _writer(table: Table, name: str) -> Writer | None:
    return array_writer(table.c[name].type)


def _list_of(table: Table, name: str) -> Any:
    array = ARRAY(table.c[name].type)
    if _writer(table, name) is None:
        return bindparam(name, type_=array)
    return cast(bindparam(name, type_=Text()), array)


@cache
def _statement(
    table: Table,
    names: tuple[str, ...],
    returning: tuple[str, ...],
    unless_there: tuple[str, ...] | None,
) -> Prepared:
    # From the tenant's row: a plain SELECT FROM unnest() cannot be sent to the tenant's node.
    given = (
        func.unnest(*(_list_of(table, name) for name in names))
        .table_valued(
            *(column(name, table.c[name].type) for name in names),
            with_ordinality="given_position",
            name="given",
        )
        .render_derived()
    )
    chosen = [given.c[name] for name in names]
    rows = (
        select(Tenant.id, *chosen)
        .select_from(Tenant)
        .join(given, true())
        .where(Tenant.id == bindparam("of_tenant", type_=Tenant.id.type))
        .order_by(given.c.given_position)
    )
    statement: Any = insert(table).from_select(["tenant_id", *names], rows, include_defaults=False)
    if unless_there is not None:
        statement = statement.on_conflict_do_nothing(
            index_elements=list(unless_there), index_where=_condition(table, unless_there)
        )
    if returning:
        statement = statement.returning(*(table.c[name] for name in returning))
    return Prepared(statement)


def _condition(table: Table, names: tuple[str, ...]) -> Any:
    for index in table.indexes:
        if index.unique and tuple(c.name for c in index.columns) == names:
            return index.dialect_options["postgresql"]["where"]
    return None

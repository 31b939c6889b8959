"""Many rows into a table by one statement whose text is the same for any number of rows."""

from collections.abc import Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import ARRAY, JSON, Table, Text, bindparam, cast, column, func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row
from sqlalchemy.types import TypeEngine

from domain.kernel import json
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
    lists: dict[str, Any] = {name: _sent(table, name, rows) for name in names}
    values = {"of_tenant": writer.tenant_id, **lists}
    if returning:
        return await writer.rows(statement, values)
    await writer.execute(statement, values)
    return []


async def insert_ids(writer: Reader, model: Any, rows: Sequence[Given]) -> list[int]:
    """Insert the rows; their ids in the order of the rows."""
    # One statement numbers its rows in the order in which it writes them.
    return sorted(row.id for row in await insert_rows(writer, model, rows, returning=("id",)))


def _sent(table: Table, name: str, rows: Sequence[Given]) -> list[Any]:
    if isinstance(table.c[name].type, JSON):
        return [None if row[name] is None else json.dump(row[name]) for row in rows]
    return list(map(itemgetter(name), rows))


def _sent_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return Text() if isinstance(kind, JSON) else kind


@cache
def _statement(
    table: Table,
    names: tuple[str, ...],
    returning: tuple[str, ...],
    unless_there: tuple[str, ...] | None,
) -> Prepared:
    # From the tenant's row: a plain SELECT FROM unnest() cannot be sent to the tenant's node.
    kinds = {name: table.c[name].type for name in names}
    given = (
        func.unnest(*(bindparam(n, type_=ARRAY(_sent_type(kind))) for n, kind in kinds.items()))
        .table_valued(
            *(column(n, _sent_type(kind)) for n, kind in kinds.items()),
            with_ordinality="given_position",
            name="given",
        )
        .render_derived()
    )
    chosen = [
        cast(given.c[n], kind) if isinstance(kind, JSON) else given.c[n]
        for n, kind in kinds.items()
    ]
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

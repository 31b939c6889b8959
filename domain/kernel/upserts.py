"""Many records made or changed by their code, set by set."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, any_, column, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.engine import Row

from domain.kernel.reading import Reader
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Upserted:
    """The id of every code, which codes are new, and what changed fields were before."""

    ids: dict[str, int]
    created: frozenset[str]
    before: dict[str, dict[str, Any]]


async def upsert_records(
    work: Work, table: Any, wanted: Mapping[str, Mapping[str, Any]], *, code: str = "code"
) -> Upserted:
    """Make the records that are not there and change, of the others, the given fields that differ.

    A record that somebody else makes meanwhile is changed. Rows stay locked, in id order."""
    standing = await _lock(work, table, wanted, code)
    missing = {key: fields for key, fields in wanted.items() if key not in standing}
    made = await _make(work, table, missing, code)
    late = [key for key in missing if key not in made]
    standing |= await _lock(work, table, late, code)
    before = {
        key: difference
        for key, row in standing.items()
        if (difference := _difference(row, wanted[key]))
    }
    changes = {
        standing[key].id: {name: wanted[key][name] for name in fields}
        for key, fields in before.items()
    }
    await change_records(work, table, changes)
    ids = made | {key: row.id for key, row in standing.items()}
    return Upserted(ids, frozenset(made), before)


async def change_records(work: Work, table: Any, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Write fields of many locked rows by id and raise their versions: one statement for each
    set of fields."""
    by_fields: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row_id, fields in changes.items():
        by_fields[tuple(sorted(fields))].append(row_id)
    for names, ids in by_fields.items():
        given = {name: [changes[row_id][name] for row_id in ids] for name in names}
        await work.execute(_update(work, table, {"id": ids, **given}))


def _update(work: Work, table: Any, lists: Mapping[str, list[Any]]) -> Any:
    """One array for each column: the statement's text stays the same for any number of rows."""
    columns = table.__table__.c
    given = (
        func.unnest(*(literal(some, ARRAY(columns[name].type)) for name, some in lists.items()))
        .table_valued(*(column(name, columns[name].type) for name in lists))
        .render_derived(name="given")
    )
    return (
        update(table)
        .where(table.tenant_id == work.tenant_id, table.id == given.c.id)
        .values(
            {name: given.c[name] for name in lists if name != "id"} | {"version": table.version + 1}
        )
    )


async def _lock(reader: Reader, table: Any, codes: Iterable[str], code: str) -> dict[str, Row[Any]]:
    keys = list(codes)
    if not keys:
        return {}
    rows = await reader.rows(
        select(*table.__table__.c)
        .where(
            table.tenant_id == reader.tenant_id,
            getattr(table, code) == any_(literal(keys, ARRAY(Text))),
        )
        .order_by(table.id)
        .with_for_update()
    )
    return {getattr(row, code): row for row in rows}


async def _make(
    work: Work, table: Any, wanted: Mapping[str, Mapping[str, Any]], code: str
) -> dict[str, int]:
    by_fields: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for key, fields in wanted.items():
        row = {"tenant_id": work.tenant_id, "created_at": work.now, **fields, code: key}
        by_fields[tuple(sorted(row))].append(row)
    made: dict[str, int] = {}
    statement = insert(table).on_conflict_do_nothing(index_elements=["tenant_id", code])
    for rows in by_fields.values():
        found = await work.rows(statement.returning(getattr(table, code), table.id), rows)
        made |= {getattr(row, code): row.id for row in found}
    return made


def _difference(row: Row[Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    return {n: getattr(row, n) for n, value in fields.items() if getattr(row, n) != value}

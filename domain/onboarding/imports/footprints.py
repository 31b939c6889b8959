"""What a record of an import consists of: its row and the rows that hang on it, taken as they are
before and after it is written, so that an import can be undone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Text, cast, delete, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import BigInteger

from domain.kernel import json
from domain.kernel.reading import Reader
from domain.kernel.work import Work

State = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Footprint:
    """The table of a record, the tables whose rows belong to it, each with the column that names
    it, and columns that are nobody's to keep (secrets)."""

    table: Any
    parts: tuple[tuple[Any, str], ...] = ()
    secret: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[Any, ...]:
        """All tables, the record's own first."""
        return (self.table, *(part for part, _ in self.parts))


@dataclass(frozen=True, slots=True)
class Trace:
    """A record as it stands: all its rows, and a digest of them."""

    state: State
    digest: str


async def traces(
    reader: Reader, footprint: Footprint, ids: Collection[int], *, locks: bool = False
) -> dict[int, Trace]:
    """The records of these ids as they stand; locked in the order of their ids if wanted."""
    if not ids:
        return {}
    table = footprint.table
    of_ids = (table.tenant_id == reader.tenant_id, table.id == func.any(_array(ids)))
    if locks:
        await reader.rows(select(table.id).where(*of_ids).order_by(table.id).with_for_update())
    state = _state(footprint)
    rows = await reader.rows(
        select(table.id, state.label("state"), func.md5(cast(state, Text)).label("digest")).where(
            *of_ids
        )
    )
    return {row.id: Trace(row.state, row.digest) for row in rows}


async def remove_records(work: Work, footprint: Footprint, ids: Sequence[int]) -> None:
    """Delete records with all that belongs to them; the database refuses what others refer to."""
    for part, column in footprint.parts:
        belongs = getattr(part, column) == func.any(_array(ids))
        await work.execute(delete(part).where(part.tenant_id == work.tenant_id, belongs))
    table = footprint.table
    await work.execute(
        delete(table).where(table.tenant_id == work.tenant_id, table.id == func.any(_array(ids)))
    )


async def restore_records(
    work: Work, footprint: Footprint, before: Mapping[int, State], now: Mapping[int, State]
) -> None:
    """Put records back as they were; their versions go on rising."""
    for part, _ in footprint.parts:
        name = part.__tablename__
        kept = {row["id"] for state in before.values() for row in state[name]}
        gone = [
            row["id"] for row_id in before for row in now[row_id][name] if row["id"] not in kept
        ]
        if gone:
            await work.execute(
                delete(part).where(
                    part.tenant_id == work.tenant_id, part.id == func.any(_array(gone))
                )
            )
    for table in footprint.tables:
        rows = [row for state in before.values() for row in state[table.__tablename__]]
        if rows:
            statement = _put_back(table, footprint.secret if table is footprint.table else ())
            await work.execute(statement, {"given": json.dump(rows)})


def _array(ids: Collection[int]) -> ColumnElement[Any]:
    return cast(list(ids), ARRAY(BigInteger))


def _state(footprint: Footprint) -> ColumnElement[Any]:
    table = footprint.table
    own: Any = func.to_jsonb(literal_column(table.__tablename__))
    for name in footprint.secret:
        own = own.op("-")(name)
    pairs: list[Any] = [table.__tablename__, func.jsonb_build_array(own)]
    for part, column in footprint.parts:
        rows = (
            select(
                func.jsonb_agg(
                    aggregate_order_by(
                        func.to_jsonb(literal_column(part.__tablename__)), part.__table__.c.id
                    )
                )
            )
            .where(part.tenant_id == table.tenant_id, getattr(part, column) == table.id)
            .correlate(table)
            .scalar_subquery()
        )
        pairs += [part.__tablename__, func.coalesce(rows, literal_column("'[]'::jsonb"))]
    return func.jsonb_build_object(*pairs, type_=JSONB)


@cache
def _put_back(table: Any, secret: tuple[str, ...]) -> Any:
    """Write the rows over those that stand, and anew where they are gone."""
    name = table.__tablename__
    columns = [c.name for c in table.__table__.columns if c.computed is None]
    listed = ", ".join(f'"{column}"' for column in columns)
    fixed = ("tenant_id", "id", "version", *secret)
    changes = [f'"{c}" = excluded."{c}"' for c in columns if c not in fixed]
    if "version" in columns:
        changes.append(f'version = "{name}".version + 1')
    # Names of our own tables and columns, from their declarations.
    return text(
        f'INSERT INTO "{name}" ({listed}) '  # noqa: S608
        f'SELECT {listed} FROM jsonb_populate_recordset(NULL::"{name}", CAST(:given AS jsonb)) '
        f"ON CONFLICT (tenant_id, id) DO UPDATE SET {', '.join(changes)}"
    )

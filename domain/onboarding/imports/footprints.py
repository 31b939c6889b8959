"""What a record of an import consists of: its row and the rows that hang on it, taken as they are
before and after it is written, so that an import can be undone."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Text, and_, cast, delete, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import BigInteger

from domain.governance.models import CustomField, CustomFieldValue
from domain.kernel import json
from domain.kernel.reading import Reader
from domain.kernel.work import Work

State = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Footprint:
    """The table of a record, the tables whose rows belong to it, each with the column that names
    it, columns that are nobody's to keep (secrets), and as what it has custom fields."""

    table: Any
    parts: tuple[tuple[Any, str], ...] = ()
    secret: tuple[str, ...] = ()
    subject: str | None = None

    @property
    def tables(self) -> tuple[Any, ...]:
        """All tables, the record's own first."""
        return (self.table, *self.belonging)

    @property
    def belonging(self) -> tuple[Any, ...]:
        """The tables whose rows belong to a record."""
        parts = tuple(part for part, _ in self.parts)
        return parts if self.subject is None else (*parts, CustomFieldValue)

    def owner_of(self, part: Any) -> Any:
        """The column of such a table that names the record."""
        return next(
            (getattr(part, column) for table, column in self.parts if table is part),
            CustomFieldValue.subject_id,
        )

    def belongs(self, part: Any, tenant_id: int, record_id: Any) -> ColumnElement[bool]:
        """That a row of such a table belongs to a record, as a condition."""
        is_of = and_(part.tenant_id == tenant_id, self.owner_of(part) == record_id)
        if part is not CustomFieldValue:
            return is_of
        # Rows of other kinds of object have the same numbers.
        fields = select(CustomField.id).where(
            CustomField.tenant_id == tenant_id, CustomField.subject == self.subject
        )
        return and_(is_of, CustomFieldValue.field_id.in_(fields))


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
    own: Any = func.to_jsonb(literal_column(table.__tablename__))
    for name in footprint.secret:
        own = own.op("-")(name)
    rows = await reader.rows(
        select(table.id, own.label("own"), func.md5(cast(own, Text)).label("digest")).where(*of_ids)
    )
    states: dict[int, State] = {row.id: {table.__tablename__: [row.own]} for row in rows}
    digests = {row.id: [row.digest] for row in rows}
    # Each table by itself: looked up record by record, in a tenant that the database has no figures
    # of yet, each would be looked for among all that the tenant has.
    for part in footprint.belonging:
        told = await _rows_that_belong(reader, footprint, part, ids)
        for record_id, state in states.items():
            state[part.__tablename__], digest = told.get(record_id, ([], ""))
            digests[record_id].append(digest)
    return {
        record_id: Trace(state, hashlib.md5("|".join(digests[record_id]).encode()).hexdigest())
        for record_id, state in states.items()
    }


async def _rows_that_belong(
    reader: Reader, footprint: Footprint, part: Any, ids: Collection[int]
) -> dict[int, tuple[list[dict[str, Any]], str]]:
    """The rows of a table that belong to these records, and a digest of them, by the record."""
    owner = footprint.owner_of(part)
    each = func.to_jsonb(literal_column(part.__tablename__))
    told: Any = func.jsonb_agg(aggregate_order_by(each, part.__table__.c.id))
    rows = await reader.rows(
        select(owner, told.label("told"), func.md5(cast(told, Text)).label("digest"))
        .where(footprint.belongs(part, reader.tenant_id, func.any(_array(ids))))
        .group_by(owner)
    )
    return {row[0]: (row.told, row.digest) for row in rows}


async def remove_records(work: Work, footprint: Footprint, ids: Sequence[int]) -> None:
    """Delete records with all that belongs to them; the database refuses what others refer to."""
    for part in footprint.belonging:
        of_these = footprint.belongs(part, work.tenant_id, func.any(_array(ids)))
        await work.execute(delete(part).where(of_these))
    table = footprint.table
    await work.execute(
        delete(table).where(table.tenant_id == work.tenant_id, table.id == func.any(_array(ids)))
    )


async def restore_records(
    work: Work, footprint: Footprint, before: Mapping[int, State], now: Mapping[int, State]
) -> None:
    """Put records back as they were; their versions go on rising."""
    for part in footprint.belonging:
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

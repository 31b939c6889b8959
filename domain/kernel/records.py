"""Records with a code and a version: made once, changed by whoever has read the latest."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import FromClause, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from domain.kernel.errors import CodeTaken, NotFound, StaleVersion
from domain.kernel.reading import Reader
from domain.kernel.work import Work

UNIQUE_VIOLATION = "23505"


async def make_record(
    work: Work, table: Any, values: Mapping[str, Any], *, kind: str, code: str = "code"
) -> int:
    """Insert one row under its `code` column; returns its id. Raises CodeTaken (kind, value)."""
    statement = insert(table).values(tenant_id=work.tenant_id, created_at=work.now, **values)
    made = await work.value(
        statement.on_conflict_do_nothing(index_elements=["tenant_id", code]).returning(table.id)
    )
    if made is None:
        raise _code_taken(kind, code, values[code])
    return int(made)


async def lock_record(
    work: Work, table: Any, record_id: int, *, kind: str, expected_version: int | None = None
) -> Row[Any]:
    """The row, locked until the end of the work. Raises NotFound, StaleVersion."""
    row = await work.row(
        select(*table.__table__.c)
        .where(table.tenant_id == work.tenant_id, table.id == record_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound(kind)
    if expected_version is not None and row.version != expected_version:
        message = f"The {kind} changed since you read it; read it again."
        raise StaleVersion(message, expected=expected_version, actual=row.version)
    return row


async def change_record(
    work: Work,
    table: Any,
    row: Row[Any],
    values: Mapping[str, Any],
    *,
    kind: str,
    code: str = "code",
) -> dict[str, Any]:
    """Write what differs from the locked `row` and raise its version; returns what it was.

    Nothing different: nothing is written and the answer is empty. Raises CodeTaken."""
    before = {name: getattr(row, name) for name in values if getattr(row, name) != values[name]}
    if not before:
        return before
    change = (
        update(table)
        .where(table.tenant_id == work.tenant_id, table.id == row.id)
        .values(**{name: values[name] for name in before}, version=table.version + 1)
    )
    if code not in before:
        await work.execute(change)
        return before
    try:
        async with work.attempt():
            await work.execute(change)
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION:
            raise
        raise _code_taken(kind, code, values[code]) from error
    return before


async def require_record(
    reader: Reader, table: FromClause, record_id: int | None, *, kind: str
) -> None:
    """Raise NotFound unless the tenant has the row; no id at all is fine."""
    if record_id is None:
        return
    wanted = select(table.c.id).where(
        table.c.tenant_id == reader.tenant_id, table.c.id == record_id
    )
    if await reader.value(wanted) is None:
        raise NotFound(kind)


def _code_taken(kind: str, code: str, value: str) -> CodeTaken:
    message = f"There is already a {kind} with the {code} {value}."
    return CodeTaken(message, path=(code,), kind=kind, value=value)

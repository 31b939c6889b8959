"""All tables of a tenant as they are, one JSON object a line; without secrets, and without what
only moves other rows along."""

from typing import Any

from sqlalchemy import Table, func, literal_column, select

from domain.kernel import json
from domain.kernel.reading import Reader
from tenancy.base import Base

# Files themselves, what waits to be told, answers kept for repetitions, rows on their way in.
LEFT_OUT = frozenset(
    (
        *("stored_file", "stored_chunk", "import_row", "import_claim", "import_change"),
        *("outbox", "idempotency_record", "user_session", "letter", "sign_up", "operator_key"),
    )
)
_SECRET_WORDS = ("secret", "password", "nonce", "token")


def tables_of_tenants() -> list[Table]:
    """The tables that are exported, by name."""
    return [
        table
        for name, table in sorted(Base.metadata.tables.items())
        if name not in LEFT_OUT and "tenant_id" in table.c and "id" in table.c
    ]


def is_secret(table: Table, column: str) -> bool:
    """Whether a column is nobody's to read."""
    kept_for_keys = table.name == "api_key" and column.endswith("hash")
    return kept_for_keys or any(word in column for word in _SECRET_WORDS)


async def read_table(
    reader: Reader, name: str, after_id: int, most: int
) -> tuple[bytes, int, int | None]:
    """The next rows of a table as lines of JSON, how many, and the last one's id."""
    table = Base.metadata.tables[name]
    row: Any = func.to_jsonb(literal_column(f'"{name}"'))
    for column in table.c:
        if is_secret(table, column.name):
            row = row.op("-")(column.name)
    rows = await reader.rows(
        select(table.c.id, row.label("kept"))
        .where(table.c.tenant_id == reader.tenant_id, table.c.id > after_id)
        .order_by(table.c.id)
        .limit(most)
    )
    lines = (
        f"{each.kept if isinstance(each.kept, str) else json.dump(each.kept)}\n" for each in rows
    )
    return "".join(lines).encode(), len(rows), rows[-1].id if rows else None

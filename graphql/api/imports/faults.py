"""Records that an import made or changed, and what undoing it made of them."""

from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.engine import Row


@strawberry.enum(description="What became of a record when its import was undone.")
class ImportRecordOutcome(Enum):
    UNDONE = strawberry.enum_value("undone", description="It was removed or put back.")
    REFUSED = strawberry.enum_value("refused", description="It stays; problem says why.")


@strawberry.type(description="A record that an import made or changed.")
class ImportRecord:
    row: int = strawberry.field(description="The first line that speaks of it.")
    key: list[str] = strawberry.field(description="By which the file names it.")
    was_created: bool = strawberry.field(description="Whether the import made it.")
    outcome: ImportRecordOutcome | None = strawberry.field(
        description="What undoing the import made of it; null: it was not undone."
    )
    problem: str | None = strawberry.field(description="Why it could not be undone.")

    @classmethod
    def of(cls, row: Row[Any]) -> "ImportRecord":
        """From a row of the domain's queries."""
        return cls(
            row=row.line,
            key=row.record_key.split("\x1f"),
            was_created=row.before is None,
            outcome=None if row.outcome is None else ImportRecordOutcome(row.outcome),
            problem=row.problem,
        )

"""What can be imported, and in which columns."""

from dataclasses import dataclass

from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.onboarding.imports.kinds import kind_named


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportColumn:
    """One column: the header to write, what it says, other headers that are understood."""

    header: str
    says: str
    aliases: tuple[str, ...]
    needed: bool


@query("onboarding.import")
async def import_columns(reader: Reader, *, kind: str) -> list[ImportColumn]:
    """The columns of a kind, in the order of a template. Raises InvalidInput."""
    return [
        ImportColumn(
            header=f"{column.field}:NAME" if column.repeated else column.field,
            says=column.says,
            aliases=column.aliases,
            needed=column.needed,
        )
        for column in kind_named(kind).columns
    ]

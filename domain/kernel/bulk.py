"""Many rows in one operation: what became of each."""

from dataclasses import dataclass
from enum import StrEnum

from domain.kernel.errors import InvalidInput

LARGEST_BULK = 1000


class ErrorPolicy(StrEnum):
    """What a failed row means for the others."""

    REJECT_ALL = "reject_all"
    REJECT_FAILED_ROWS = "reject_failed_rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFailure:
    """Why a row was refused: its place from 0, a stable code, and the field at fault."""

    row: int
    code: str
    message: str
    field: str | None = None


def require_bulk_size(count: int, *, path: tuple[str | int, ...]) -> None:
    """Raise InvalidInput unless there are 1 to 1,000 rows."""
    if not 0 < count <= LARGEST_BULK:
        raise InvalidInput(f"Give 1 to {LARGEST_BULK} rows.", path=path)

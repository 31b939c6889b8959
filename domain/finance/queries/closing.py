"""How far a period is from being closed."""

from domain.finance.closing.checklist import CheckState, checklist
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.ledger.periods import periods_of_ids


@query("close.read")
async def closing_checklist(reader: Reader, *, period_id: int) -> list[CheckState] | None:
    """How every check stands for a period; None where there is no such period."""
    known = await periods_of_ids(reader, [period_id])
    return None if period_id not in known else await checklist(reader, known[period_id])

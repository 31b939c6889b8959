"""The documents of which an aged balance is made up."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Date, bindparam, text
from sqlalchemy.engine import Row

from domain.finance.queries.balances import LAST_DAY, MOST_ROWS, OPEN_ITEMS, Side
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

_DOCUMENTS = """
    SELECT o.kind, o.id, o.number, o.entity_id, o.party_id, o.currency, o.due_on,
           o.amount::bigint AS amount_minor,
           CAST(:as_of AS date) - o.due_on AS days_overdue
    FROM ({items}) o
    WHERE o.amount <> 0 AND (CAST(:entity AS bigint) IS NULL OR o.entity_id = :entity)
      AND (CAST(:party AS bigint) IS NULL OR o.party_id = :party)
    ORDER BY o.due_on, o.kind, o.id LIMIT {most}
"""


@query("finance.read")
async def open_documents(
    reader: Reader,
    *,
    side: Side,
    as_of: date,
    entity_id: int | None = None,
    party_id: int | None = None,
) -> Sequence[Row[Any]]:
    """What was open at the end of a day, document by document, with what of each was (minor units,
    negative where it had settled nothing yet); the first due first, 1,000 at most. They add up to
    what `aged` gives."""
    made = _DOCUMENTS.format(items=OPEN_ITEMS[side], most=MOST_ROWS)
    statement = text(made).bindparams(bindparam("as_of", type_=Date))
    given = {
        "tenant": reader.tenant_id,
        "as_of": min(as_of, LAST_DAY),
        "entity": entity_id,
        "party": party_id,
    }
    return await reader.rows(statement, given)

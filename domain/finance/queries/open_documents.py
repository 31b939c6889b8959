"""The documents of which an aged balance is made up."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.engine import Row

from domain.finance.owing import WANTED, Side, owed
from domain.finance.queries.balances import MOST_ROWS
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

_DOCUMENTS = f"""
    SELECT o.kind, o.id, o.number, o.entity_id, o.party_id, o.currency, o.due_on,
           o.amount::bigint AS amount_minor,
           CAST(:as_of AS date) - o.due_on AS days_overdue
    FROM ({{items}}) o {WANTED}
    ORDER BY o.due_on, o.kind, o.id LIMIT :most
"""  # noqa: S608


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
    return await owed(
        reader, _DOCUMENTS, side, as_of=as_of, entity=entity_id, party=party_id, most=MOST_ROWS
    )

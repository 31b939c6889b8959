"""What is owed as of any day, document by document: one reading of it for all that sums it up."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from sqlalchemy import Date, bindparam, text
from sqlalchemy.engine import Row

from domain.kernel.reading import Reader

Side = Literal["receivables", "payables"]

# What had settled something by the end of a day, and was not taken back by then.
_SETTLED = """
    (SELECT coalesce(sum(s.amount_minor), 0) FROM payment_allocation s
     WHERE s.tenant_id = d.tenant_id AND s.{column} = d.id
       AND s.allocated_at < CAST(:as_of AS date) + 1
       AND (s.ended_at IS NULL OR s.ended_at >= CAST(:as_of AS date) + 1))
"""
_STOOD = "(d.status = 'booked' OR d.reversed_at >= CAST(:as_of AS date) + 1)"
_RECEIVABLES = f"""
    SELECT 'invoice' AS kind, d.id, d.number, d.entity_id, d.party_id, d.currency, d.due_on,
           d.total_minor - {_SETTLED.format(column="invoice_id")} AS amount
    FROM invoice d WHERE d.tenant_id = :tenant AND d.invoiced_on <= :as_of
    UNION ALL
    SELECT 'credit_note', d.id, d.number, d.entity_id, d.party_id, d.currency, NULL,
           {_SETTLED.format(column="credit_note_id")} - d.total_minor
    FROM credit_note d WHERE d.tenant_id = :tenant AND d.credited_on <= :as_of
    UNION ALL
    SELECT 'payment', d.id, d.number, d.entity_id, d.party_id, d.currency, NULL,
           {_SETTLED.format(column="payment_id")} - d.amount_minor
    FROM payment d WHERE d.tenant_id = :tenant AND d.paid_on <= :as_of AND d.kind = 'receipt'
      AND {_STOOD}
"""  # noqa: S608
_PAYABLES = f"""
    SELECT 'supplier_invoice' AS kind, d.id, d.number, d.entity_id, d.supplier_id AS party_id,
           d.currency, d.due_on,
           d.total_minor - {_SETTLED.format(column="supplier_invoice_id")} AS amount
    FROM supplier_invoice d
    WHERE d.tenant_id = :tenant AND d.status = 'booked' AND d.booked_at < CAST(:as_of AS date) + 1
    UNION ALL
    SELECT 'payment', d.id, d.number, d.entity_id, d.party_id, d.currency, NULL,
           {_SETTLED.format(column="payment_id")} - d.amount_minor
    FROM payment d
    WHERE d.tenant_id = :tenant AND d.paid_on <= :as_of AND d.kind = 'supplier_payment'
      AND {_STOOD}
"""  # noqa: S608
# (kind, id, number, entity_id, party_id, currency, due_on, amount) of each document.
_ITEMS: dict[Side, str] = {"receivables": _RECEIVABLES, "payables": _PAYABLES}
# The driver sends the last day of all as infinity, from which nothing can be subtracted.
LAST_DAY = date(9999, 12, 30)
# Of these the ones that were open, of an entity or a party if one is named.
WANTED = """
    WHERE o.amount <> 0 AND (CAST(:entity AS bigint) IS NULL OR o.entity_id = :entity)
      AND (CAST(:party AS bigint) IS NULL OR o.party_id = :party)
"""


async def owed(
    reader: Reader, statement: str, side: Side, *, as_of: date, **given: Any
) -> Sequence[Row[Any]]:
    """The rows of a statement over the documents of a side (its `{items}`) at the end of a day."""
    made = text(statement.format(items=_ITEMS[side])).bindparams(bindparam("as_of", type_=Date))
    given |= {"tenant": reader.tenant_id, "as_of": min(as_of, LAST_DAY)}
    return await reader.rows(made, given)

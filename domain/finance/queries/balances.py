"""What is owed as of any day: aged, and as a party's statement of account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, bindparam, text
from sqlalchemy.engine import Row

from domain.finance.owing import WANTED, Side, owed
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

MOST_ROWS = 1000

_SUMS = """
           coalesce(sum(o.amount) FILTER (WHERE o.due_on >= :as_of), 0)::bigint AS not_due_minor,
           coalesce(sum(o.amount) FILTER (WHERE :as_of - o.due_on BETWEEN 1 AND 30), 0)::bigint
               AS to_30_minor,
           coalesce(sum(o.amount) FILTER (WHERE :as_of - o.due_on BETWEEN 31 AND 60), 0)::bigint
               AS to_60_minor,
           coalesce(sum(o.amount) FILTER (WHERE :as_of - o.due_on BETWEEN 61 AND 90), 0)::bigint
               AS to_90_minor,
           coalesce(sum(o.amount) FILTER (WHERE :as_of - o.due_on > 90), 0)::bigint
               AS over_90_minor,
           coalesce(sum(o.amount) FILTER (WHERE o.due_on IS NULL), 0)::bigint AS unapplied_minor,
           sum(o.amount)::bigint AS total_minor
"""
_AGED = f"""
    SELECT o.entity_id, o.party_id, o.currency, {_SUMS}
    FROM ({{items}}) o {WANTED}
    GROUP BY o.entity_id, o.party_id, o.currency
    ORDER BY sum(o.amount) DESC, o.party_id LIMIT :most
"""  # noqa: S608


@query("finance.read")
async def aged(
    reader: Reader,
    *,
    side: Side,
    as_of: date,
    entity_id: int | None = None,
    party_id: int | None = None,
) -> Sequence[Row[Any]]:
    """What was open at the end of a day by entity, party and currency, by how long it was overdue
    then; the largest first, 1,000 at most. Amounts in minor units: not_due, to_30, to_60, to_90,
    over_90, and unapplied (credit, negative); they add up to the total."""
    return await owed(
        reader, _AGED, side, as_of=as_of, entity=entity_id, party=party_id, most=MOST_ROWS
    )


_OF_PARTIES = f"""
    WITH open AS MATERIALIZED (SELECT * FROM ({{items}}) o WHERE o.amount <> 0),
    wanted AS (SELECT DISTINCT coalesce(party_id, 0) AS id FROM open
               WHERE coalesce(party_id, 0) > :after_id ORDER BY 1 LIMIT :most)
    SELECT e.code AS entity, o.party_id, p.code AS party, p.name, o.currency, {_SUMS}
    FROM open o
    JOIN wanted w ON w.id = coalesce(o.party_id, 0)
    JOIN legal_entity e ON e.tenant_id = :tenant AND e.id = o.entity_id
    LEFT JOIN party p ON p.tenant_id = :tenant AND p.id = o.party_id
    GROUP BY e.code, e.id, o.party_id, p.code, p.name, o.currency
    ORDER BY coalesce(o.party_id, 0), e.id, o.currency
"""  # noqa: S608


@query("finance.read")
async def aged_by_party(
    reader: Reader, *, side: Side, as_of: date, after_id: int, most: int
) -> Sequence[Row[Any]]:
    """The same by the code of the entity and of the party, of up to `most` parties after an id, in
    the order of their ids; what is nobody's stands under the party zero."""
    return await owed(reader, _OF_PARTIES, side, as_of=as_of, after_id=after_id, most=most)


_MOVED = """
    SELECT * FROM (
        SELECT i.invoiced_on AS day, 'invoice' AS kind, i.id, i.number, i.total_minor AS amount
        FROM invoice i WHERE i.tenant_id = :tenant AND i.party_id = :party
          AND i.currency = :currency
        UNION ALL
        SELECT c.credited_on, 'credit_note', c.id, c.number, -c.total_minor
        FROM credit_note c WHERE c.tenant_id = :tenant AND c.party_id = :party
          AND c.currency = :currency
        UNION ALL
        SELECT p.paid_on, 'payment', p.id, p.number,
               CASE p.kind WHEN 'receipt' THEN -p.amount_minor ELSE p.amount_minor END
        FROM payment p WHERE p.tenant_id = :tenant AND p.party_id = :party
          AND p.currency = :currency AND p.kind IN ('receipt', 'refund')
        UNION ALL
        SELECT CAST(p.reversed_at AS date), 'reversal', p.id, p.number,
               CASE p.kind WHEN 'receipt' THEN p.amount_minor ELSE -p.amount_minor END
        FROM payment p WHERE p.tenant_id = :tenant AND p.party_id = :party
          AND p.currency = :currency AND p.kind IN ('receipt', 'refund')
          AND p.status = 'reversed'
        UNION ALL
        SELECT CAST(s.allocated_at AS date), 'write_off', i.id, i.number, -s.amount_minor
        FROM payment_allocation s
        JOIN invoice i ON i.tenant_id = s.tenant_id AND i.id = s.invoice_id
        WHERE s.tenant_id = :tenant AND i.party_id = :party AND i.currency = :currency
          AND s.write_off_id IS NOT NULL
    ) m WHERE m.day <= :until ORDER BY m.day, m.kind, m.id
"""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """Something that changed what a customer owes (`amount_minor`, less where negative), and what
    it owed then."""

    day: date
    kind: str
    row_id: int
    number: str
    amount_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A customer's account in one currency: what it owed before the first day, what happened, and
    what it owed at the end of the last. `is_cut`: there were more lines than are shown."""

    opening_minor: int
    closing_minor: int
    lines: tuple[StatementLine, ...]
    is_cut: bool


@query("finance.read")
async def statement_of_account(
    reader: Reader, *, party_id: int, currency: str, from_on: date, until_on: date
) -> Statement:
    """What a customer owed, day by day; the last 1,000 lines of the days."""
    statement = text(_MOVED).bindparams(bindparam("until", type_=Date))
    rows = await reader.rows(
        statement,
        {
            "tenant": reader.tenant_id,
            "party": party_id,
            "currency": currency,
            "until": until_on,
        },
    )
    balance, lines = 0, []
    opening = sum(row.amount for row in rows if row.day < from_on)
    for row in rows:
        balance += row.amount
        if row.day >= from_on:
            lines.append(StatementLine(row.day, row.kind, row.id, row.number, row.amount, balance))
    shown = tuple(lines[-MOST_ROWS:])
    return Statement(opening, balance, shown, len(lines) > len(shown))

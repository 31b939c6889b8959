"""Accounts, and what stands on them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Select, and_, case, func, select
from sqlalchemy.engine import Row

from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.ledger.models import Account, Journal, JournalLine

BY_CODE = Ordering((Account.code, Account.id))


@query("ledger.read")
async def accounts(
    reader: Reader, *, entity_id: int | None = None, request: PageRequest
) -> Listing:
    """A page of accounts (of an entity), by code."""
    statement = _all(reader)
    if entity_id is not None:
        statement = statement.where(Account.entity_id == entity_id)
    return await list_page(reader, statement, ordering=BY_CODE, request=request)


@query("ledger.read")
async def accounts_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The accounts with these ids; an id of no row of the tenant is left out."""
    return {row.id: row for row in await reader.rows(_all(reader).where(Account.id.in_(ids)))}


@query("ledger.read")
async def trial_balance(
    reader: Reader, *, entity_id: int, up_to: date | None = None
) -> Sequence[Row[Any]]:
    """What stands on each account of an entity at the end of a day (of all time if absent).

    Rows: account_id, code, name, kind, currency, debit_minor, credit_minor, balance_minor (debit
    positive); one for each account and currency that was posted to, by code. The balances of a
    currency add up to zero."""
    amount = JournalLine.amount_minor
    statement = (
        select(
            Account.id.label("account_id"),
            Account.code,
            Account.name,
            Account.kind,
            JournalLine.currency,
            _total(case((amount > 0, amount), else_=0)).label("debit_minor"),
            _total(case((amount < 0, -amount), else_=0)).label("credit_minor"),
            _total(amount).label("balance_minor"),
        )
        .join(Account, _same(Account, JournalLine.account_id))
        .join(Journal, _same(Journal, JournalLine.journal_id))
        .where(JournalLine.tenant_id == reader.tenant_id, Account.entity_id == entity_id)
        .group_by(Account.id, Account.code, Account.name, Account.kind, JournalLine.currency)
        .order_by(Account.code, JournalLine.currency)
    )
    if up_to is not None:
        statement = statement.where(Journal.posted_on <= up_to)
    return await reader.rows(statement)


def _total(amount: Any) -> Any:
    # A sum of bigints is numeric; minor units are whole.
    return func.sum(amount).cast(BigInteger)


def _same(table: Any, line_column: Any) -> Any:
    return and_(table.tenant_id == JournalLine.tenant_id, table.id == line_column)


def _all(reader: Reader) -> Select[Any]:
    return select(*Account.__table__.c).where(Account.tenant_id == reader.tenant_id)

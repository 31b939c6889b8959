"""The books as files: charts and rates that can be imported again, and the trial balance."""

from typing import Any, cast

from sqlalchemy import BigInteger, Select, case, func, select

from domain.entities.models import LegalEntity
from domain.kernel.reading import Reader
from domain.ledger.models import Account, ExchangeRate, JournalLine
from domain.onboarding.exports.shapes import Columns, Line, Part, page

TRIAL_BALANCE_HEADERS = (
    *("entity", "code", "name", "kind", "role", "currency"),
    *("debit_minor", "credit_minor", "balance_minor", "base_currency", "base_balance_minor"),
)


def _accounts(tenant_id: int) -> Select[Any]:
    statement: Any = (
        select(
            Account.id.label("row_id"),
            LegalEntity.code.label("entity"),
            Account.code,
            Account.name,
            Account.kind,
            Account.role,
            Account.status,
        )
        .join(
            LegalEntity,
            (LegalEntity.tenant_id == Account.tenant_id) & (LegalEntity.id == Account.entity_id),
        )
        .where(Account.tenant_id == tenant_id)
    )
    return cast("Select[Any]", statement)


def _exchange_rates(tenant_id: int) -> Select[Any]:
    columns = ("from_currency", "to_currency", "valid_on", "rate", "kind", "source")
    return select(
        ExchangeRate.id.label("row_id"), *(getattr(ExchangeRate, name) for name in columns)
    ).where(ExchangeRate.tenant_id == tenant_id)


ACCOUNTS = Columns(_accounts, Account.id)
EXCHANGE_RATES = Columns(_exchange_rates, ExchangeRate.id)


async def read_trial_balance(reader: Reader, after_id: int, most: int) -> Part:
    """What stands on the next accounts after an id, a line for each currency."""
    accounts = await page(reader, _accounts(reader.tenant_id), Account.id, after_id, most)
    amount = JournalLine.amount_minor
    sums = await reader.rows(
        select(
            JournalLine.account_id,
            JournalLine.currency,
            _total(case((amount > 0, amount), else_=0)),
            _total(case((amount < 0, -amount), else_=0)),
            _total(amount),
            LegalEntity.currency,
            _total(JournalLine.base_amount_minor),
        )
        .join(
            Account,
            (Account.tenant_id == JournalLine.tenant_id) & (Account.id == JournalLine.account_id),
        )
        .join(
            LegalEntity,
            (LegalEntity.tenant_id == Account.tenant_id) & (LegalEntity.id == Account.entity_id),
        )
        .where(
            JournalLine.tenant_id == reader.tenant_id,
            JournalLine.account_id.in_([account.row_id for account in accounts]),
        )
        .group_by(JournalLine.account_id, JournalLine.currency, LegalEntity.currency)
        .order_by(JournalLine.account_id, JournalLine.currency)
    )
    known = {account.row_id: tuple(account)[1:6] for account in accounts}
    lines: list[Line] = [(*known[row.account_id], *tuple(row)[1:]) for row in sums]
    return Part(lines, accounts[-1].row_id if accounts else None)


def _total(amount: Any) -> Any:
    # A sum of bigints is numeric; minor units are whole.
    return func.sum(amount).cast(BigInteger)

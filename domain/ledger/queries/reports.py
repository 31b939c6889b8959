"""What stands on the accounts as of any day, and what moved them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, func, literal, select
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity
from domain.kernel.errors import InvalidInput
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.ledger.models import Account, Journal, JournalLine

BY_DAY = Ordering((JournalLine.posted_on, JournalLine.id))
DIMENSIONS: dict[str, Any] = {
    "channel": JournalLine.channel_id,
    "location": JournalLine.location_id,
    "item_group": JournalLine.item_group,
    "party": JournalLine.party_id,
    "project": JournalLine.project,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFilter:
    """Which lines; what is None does not narrow. Days are inclusive."""

    entity_id: int | None = None
    account_id: int | None = None
    role: str | None = None
    channel_id: int | None = None
    location_id: int | None = None
    item_group: str | None = None
    party_id: int | None = None
    project: str | None = None
    currency: str | None = None
    from_on: date | None = None
    to_on: date | None = None


@query("ledger.read")
async def trial_balance(
    reader: Reader,
    *,
    entity_id: int,
    up_to: date | None = None,
    from_on: date | None = None,
    by: str | None = None,
) -> Sequence[Row[Any]]:
    """What stands on each account of an entity at the end of a day (of all time if absent).

    Rows: account_id, code, name, kind, currency, opening_minor (what stood there before
    `from_on`), debit_minor and credit_minor (since then), balance_minor (debit positive), and
    base_balance_minor in base_currency, the entity's own; one for each account and currency that
    was posted to, by code, and for each value of the dimension `by` (channel, location, item_group,
    party, project) as `dimension`. The balances of a currency add up to zero, and those in base.
    Raises InvalidInput."""
    amount, base = JournalLine.amount_minor, JournalLine.base_amount_minor
    within = literal(True) if from_on is None else JournalLine.posted_on >= from_on
    dimension = dimension_named(by)
    columns = [Account.id.label("account_id"), Account.code, Account.name, Account.kind]
    statement = (
        select(
            *columns,
            JournalLine.currency,
            _total(case((~within, amount), else_=0)).label("opening_minor"),
            _total(case((and_(within, amount > 0), amount), else_=0)).label("debit_minor"),
            _total(case((and_(within, amount < 0), -amount), else_=0)).label("credit_minor"),
            _total(amount).label("balance_minor"),
            _total(base).label("base_balance_minor"),
            dimension.label("dimension"),
            LegalEntity.currency.label("base_currency"),
        )
        .join(Account, _on_account())
        .join(LegalEntity, _of_entity())
        .where(
            JournalLine.tenant_id == reader.tenant_id,
            Account.tenant_id == reader.tenant_id,
            Account.entity_id == entity_id,
        )
        .group_by(*columns, JournalLine.currency, LegalEntity.currency)
        .order_by(Account.code, JournalLine.currency)
    )
    if by is not None:
        statement = statement.group_by(dimension).order_by(dimension.nulls_first())
    if up_to is not None:
        statement = statement.where(JournalLine.posted_on <= up_to)
    return await reader.rows(statement)


@query("ledger.read")
async def general_ledger(
    reader: Reader,
    *,
    where: LedgerFilter,
    ordering: Ordering = BY_DAY,
    request: PageRequest,
) -> Listing:
    """A page of the lines of the books, by day: those of journal_line, with
    account_code, account_name, account_kind and account_role, the journal's number, milestone,
    description, trace, source_kind and source_id, and base_currency."""
    return await list_page(reader, _lines(reader, where), ordering=ordering, request=request)


@query("ledger.read")
async def turnover(reader: Reader, *, where: LedgerFilter) -> Sequence[Row[Any]]:
    """What the lines that are asked for add up to, by currency: currency, opening_minor (before
    `from_on`), debit_minor, credit_minor, balance_minor, base_balance_minor and base_currency."""
    within = literal(True) if where.from_on is None else JournalLine.posted_on >= where.from_on
    amount = JournalLine.amount_minor
    statement = (
        select(
            JournalLine.currency,
            _total(case((~within, amount), else_=0)).label("opening_minor"),
            _total(case((and_(within, amount > 0), amount), else_=0)).label("debit_minor"),
            _total(case((and_(within, amount < 0), -amount), else_=0)).label("credit_minor"),
            _total(amount).label("balance_minor"),
            _total(JournalLine.base_amount_minor).label("base_balance_minor"),
            LegalEntity.currency.label("base_currency"),
        )
        .join(Account, _on_account())
        .join(LegalEntity, _of_entity())
        .where(*_conditions(reader, where, bounded_below=False))
        .group_by(JournalLine.currency, LegalEntity.currency)
        .order_by(JournalLine.currency)
    )
    return await reader.rows(statement)


def dimension_named(by: str | None) -> ColumnElement[Any]:
    """The column of a dimension as text; NULL for none. Raises InvalidInput."""
    if by is None:
        return literal(None)
    if by not in DIMENSIONS:
        raise InvalidInput(f"Must be one of {', '.join(DIMENSIONS)}.", path=("by",))
    column: ColumnElement[Any] = DIMENSIONS[by]
    return column


def _lines(reader: Reader, where: LedgerFilter) -> Select[Any]:
    return (
        select(
            *JournalLine.__table__.c,
            Account.code.label("account_code"),
            Account.name.label("account_name"),
            Account.kind.label("account_kind"),
            Account.role.label("account_role"),
            LegalEntity.currency.label("base_currency"),
            Journal.number,
            Journal.milestone,
            Journal.description,
            Journal.trace,
            Journal.source_kind,
            Journal.source_id,
        )
        .join(Account, _on_account())
        .join(LegalEntity, _of_entity())
        .join(
            Journal,
            (Journal.tenant_id == JournalLine.tenant_id) & (Journal.id == JournalLine.journal_id),
        )
        .where(*_conditions(reader, where))
    )


def _conditions(
    reader: Reader, where: LedgerFilter, *, bounded_below: bool = True
) -> list[ColumnElement[bool]]:
    conditions = [
        JournalLine.tenant_id == reader.tenant_id,
        Account.tenant_id == reader.tenant_id,
    ]
    if where.entity_id is not None:
        conditions.append(Account.entity_id == where.entity_id)
    if where.account_id is not None:
        conditions.append(JournalLine.account_id == where.account_id)
    if where.role is not None:
        conditions.append(Account.role == where.role)
    names = ("channel_id", "location_id", "item_group", "party_id", "project", "currency")
    for name in names:
        value = getattr(where, name)
        if value is not None:
            conditions.append(getattr(JournalLine, name) == value)
    if where.from_on is not None and bounded_below:
        conditions.append(JournalLine.posted_on >= where.from_on)
    if where.to_on is not None:
        conditions.append(JournalLine.posted_on <= where.to_on)
    return conditions


def _on_account() -> ColumnElement[bool]:
    return and_(Account.tenant_id == JournalLine.tenant_id, Account.id == JournalLine.account_id)


def _of_entity() -> ColumnElement[bool]:
    return and_(LegalEntity.tenant_id == Account.tenant_id, LegalEntity.id == Account.entity_id)


def _total(amount: Any) -> Any:
    # A sum of bigints is numeric; minor units are whole.
    return func.sum(amount).cast(BigInteger)

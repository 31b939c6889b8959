"""What the books of a group's entities say, each in one statement whatever there is."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    Select,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.engine import Row
from sqlalchemy.sql.elements import Grouping

from domain.finance.consolidation.policies.accounts import RESULT_KINDS
from domain.finance.consolidation.scope import Scope
from domain.finance.models import (
    AffiliateAccount,
    GroupAdjustment,
    GroupAdjustmentLine,
)
from domain.intercompany.booking import SOURCE
from domain.intercompany.models import IntercompanyEntry
from domain.kernel.reading import Reader
from domain.ledger.models import Account, Journal, JournalLine

DUE = ("intercompany_receivable", "intercompany_payable")
TRADED = ("shipment", "transfer", "correction", "return")
YEAR_END = "year_end"
_ON_ACCOUNT = and_(Account.tenant_id == JournalLine.tenant_id, Account.id == JournalLine.account_id)
_IN_JOURNAL = and_(Journal.tenant_id == JournalLine.tenant_id, Journal.id == JournalLine.journal_id)
_IS_RESULT = Account.kind.in_(sorted(RESULT_KINDS))
_OF_ACCOUNT = (Account.entity_id, Account.role, Account.kind, Account.code)


async def balances_of(reader: Reader, scope: Scope) -> Sequence[Row[Any]]:
    """What moved each account up to the day, without what only carries results forward: entity_id,
    role, kind, code, name, since and own_minor. Income and expense by stretch, equity by day."""
    since = _since(scope, Account.kind == "equity")
    statement = (
        select(*_OF_ACCOUNT, Account.name, since, _sum(JournalLine.base_amount_minor, "own_minor"))
        .join(Account, _ON_ACCOUNT)
        .where(*_of_entities(reader, scope), _not_carried(reader, scope))
        .group_by(*_OF_ACCOUNT, Account.name, since)
    )
    return await reader.rows(statement)


def traded_lines(reader: Reader, scope: Scope, *columns: Any) -> Select[Any]:
    """The lines of entities of the group that trade with any affiliate put to its books: what is
    due, all of it, and income and expense of the period."""
    entry = IntercompanyEntry
    return (
        select(*columns)
        .select_from(entry)
        .join(
            Journal,
            (Journal.tenant_id == entry.tenant_id)
            & (Journal.source_kind == SOURCE)
            & (Journal.source_id == entry.id),
        )
        .join(JournalLine, _IN_JOURNAL)
        .join(Account, _ON_ACCOUNT)
        .where(
            entry.tenant_id == reader.tenant_id,
            or_(
                entry.creditor_id.in_(scope.entity_ids),
                entry.debtor_id.in_(scope.entity_ids),
            ),
            *_of_entities(reader, scope),
            or_(
                JournalLine.leg.in_(DUE),
                and_(
                    _IS_RESULT,
                    entry.kind.in_(TRADED),
                    JournalLine.posted_on >= scope.span.from_on,
                ),
            ),
        )
    )


async def traded(reader: Reader, scope: Scope) -> Sequence[Row[Any]]:
    """What trade put to the books: creditor_id, debtor_id, is_due, corrects, entity_id, role, kind,
    code, currency, since, and the amounts as of the day and before the period."""
    keys = (
        IntercompanyEntry.creditor_id,
        IntercompanyEntry.debtor_id,
        JournalLine.leg.in_(DUE).label("is_due"),
        (IntercompanyEntry.kind == "correction").label("corrects"),
        *_OF_ACCOUNT,
        JournalLine.currency,
        _since(scope),
    )
    statement = traded_lines(reader, scope, *keys, *_amounts(scope))
    return await reader.rows(statement.group_by(*keys).order_by(*keys))


async def revalued(reader: Reader, scope: Scope) -> Sequence[Row[Any]]:
    """By how much what is due was put at other rates: entity_id, role, kind, code, currency, and
    own_minor and opening_own_minor."""
    keys = (*_OF_ACCOUNT, JournalLine.currency)
    return await reader.rows(
        select(*keys, *_amounts(scope))
        .join(Account, _ON_ACCOUNT)
        .where(
            *_of_entities(reader, scope),
            Account.role.in_(DUE),
            JournalLine.amount_minor == 0,
        )
        .group_by(*keys)
        .order_by(*keys)
    )


def marked_lines(reader: Reader, scope: Scope, *columns: Any) -> Select[Any]:
    """The lines on accounts that are said to be with an affiliate: income and expense of the
    period, all of others."""
    mark = AffiliateAccount
    return (
        select(*columns)
        .select_from(mark)
        .join(Account, (Account.tenant_id == mark.tenant_id) & (Account.id == mark.account_id))
        .join(
            JournalLine,
            and_(
                _ON_ACCOUNT,
                or_(mark.party_id.is_(None), JournalLine.party_id == mark.party_id),
            ),
        )
        .where(
            mark.tenant_id == reader.tenant_id,
            mark.group_id == scope.group.id,
            mark.affiliate_id.in_(scope.entity_ids),
            *_of_entities(reader, scope),
            or_(~_IS_RESULT, JournalLine.posted_on >= scope.span.from_on),
            _not_carried(reader, scope),
        )
    )


async def marked(reader: Reader, scope: Scope) -> Sequence[Row[Any]]:
    """What stands on accounts that are with an affiliate: mark (its kind), affiliate_id, entity_id,
    role, kind, code, currency, since, and the amounts as of the day and before the period."""
    keys = (
        AffiliateAccount.kind.label("mark"),
        AffiliateAccount.affiliate_id,
        *_OF_ACCOUNT,
        JournalLine.currency,
        _since(scope),
    )
    statement = marked_lines(reader, scope, *keys, *_amounts(scope))
    return await reader.rows(statement.group_by(*keys).order_by(*keys))


async def adjusted(reader: Reader, scope: Scope) -> Sequence[Row[Any]]:
    """The lines of adjustments up to the day: adjustment_id, posted_on, account, amount_minor and
    entity_id."""
    made, line = GroupAdjustment, GroupAdjustmentLine
    columns = (line.adjustment_id, made.posted_on, line.account, line.amount_minor, line.entity_id)
    return await reader.rows(
        select(*columns)
        .join(made, (made.tenant_id == line.tenant_id) & (made.id == line.adjustment_id))
        .where(
            made.tenant_id == reader.tenant_id,
            line.tenant_id == reader.tenant_id,
            made.group_id == scope.group.id,
            made.posted_on <= scope.span.as_of,
        )
        .order_by(line.adjustment_id, line.id)
    )


def _of_entities(reader: Reader, scope: Scope) -> list[ColumnElement[bool]]:
    return [
        JournalLine.tenant_id == reader.tenant_id,
        Account.tenant_id == reader.tenant_id,
        Account.entity_id.in_(scope.entity_ids),
        JournalLine.posted_on <= scope.span.as_of,
    ]


def _not_carried(reader: Reader, scope: Scope) -> ColumnElement[bool]:
    """Not of journals that carry a year's result to retained earnings: the consolidation does."""
    carrying = select(Journal.id).where(
        Journal.tenant_id == reader.tenant_id,
        Journal.entity_id.in_(scope.entity_ids),
        Journal.milestone == YEAR_END,
    )
    return JournalLine.journal_id.not_in(carrying)


def _since(scope: Scope, *by_day: ColumnElement[bool]) -> Any:
    """The first day of the stretch in which income and expense arose; of what is wanted `by_day`
    the day; nothing of the rest."""
    starts = literal(list(scope.starts), ARRAY(Date))
    stretch = Grouping(starts)[func.width_bucket(JournalLine.posted_on, starts)]
    whens = [(_IS_RESULT, stretch), *((each, JournalLine.posted_on) for each in by_day)]
    return case(*whens, else_=null()).label("since")


def _amounts(scope: Scope) -> tuple[Any, ...]:
    line = JournalLine
    before = line.posted_on <= scope.span.opening_on
    return (
        _sum(line.amount_minor, "amount_minor"),
        _sum(line.base_amount_minor, "own_minor"),
        _sum(case((before, line.amount_minor), else_=0), "opening_amount_minor"),
        _sum(case((before, line.base_amount_minor), else_=0), "opening_own_minor"),
    )


def _sum(amount: Any, name: str) -> Any:
    # A sum of bigints is numeric; minor units are whole.
    return func.sum(amount).cast(BigInteger).label(name)

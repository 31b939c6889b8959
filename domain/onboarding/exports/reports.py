"""The reports of the books as files, as of any day: trial balance, general ledger, what is owed,
what stock is worth, what channels earn. Amounts are in minor units."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import BigInteger, and_, case, func, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.entities.models import LegalEntity, Location, Party
from domain.finance.owing import Side
from domain.finance.queries.balances import aged_by_party
from domain.inventory.valuation.values import owned
from domain.kernel.reading import Reader
from domain.ledger.models import Account, Journal, JournalLine
from domain.ledger.queries.margins import COST, FEES, REVENUE
from domain.onboarding.exports.shapes import Line, Part, Span

TRIAL_BALANCE = (
    *("entity", "code", "name", "kind", "role", "currency"),
    *("debit_minor", "credit_minor", "balance_minor", "base_currency", "base_balance_minor"),
)
GENERAL_LEDGER = (
    *("entity", "account", "account_name", "posted_on", "journal", "milestone", "source_kind"),
    *("source_id", "description", "leg", "currency", "amount_minor", "base_amount_minor"),
    *("channel", "location", "item_group", "party", "project"),
)
AGED = (
    *("entity", "party", "name", "currency", "not_due_minor", "to_30_minor", "to_60_minor"),
    *("to_90_minor", "over_90_minor", "unapplied_minor", "total_minor"),
)
STOCK_VALUES = ("entity", "sku", "name", "item_group", "currency", "quantity", "value_minor")
MARGINS = (
    *("entity", "channel", "currency", "revenue_minor", "cost_minor", "fees_minor"),
    "margin_minor",
)
Read = Callable[[Reader, Span, int, int], Awaitable[Part]]


async def read_trial_balance(reader: Reader, span: Span, after_id: int, most: int) -> Part:
    """What stands on the next accounts after an id, a line for each currency; of the days of the
    span alone where it begins with one."""
    ids = await _next_ids(reader, Account, after_id, most)
    amount = JournalLine.amount_minor
    names = (Account.code, Account.name, Account.kind, Account.role)
    grouped = (LegalEntity.code, *names, JournalLine.currency, LegalEntity.currency)
    sums = await reader.rows(
        select(
            LegalEntity.code,
            *names,
            JournalLine.currency,
            _total(case((amount > 0, amount), else_=0)),
            _total(case((amount < 0, -amount), else_=0)),
            _total(amount),
            LegalEntity.currency,
            _total(JournalLine.base_amount_minor),
        )
        .join(Account, _same(Account, JournalLine.tenant_id, JournalLine.account_id))
        .join(LegalEntity, _same(LegalEntity, Account.tenant_id, Account.entity_id))
        .where(
            JournalLine.tenant_id == reader.tenant_id,
            JournalLine.account_id.in_(ids),
            *span.holds(JournalLine.posted_on),
        )
        .group_by(JournalLine.account_id, *grouped)
        .order_by(JournalLine.account_id, JournalLine.currency)
    )
    return Part([tuple(row) for row in sums], ids[-1] if ids else None, read=len(ids))


async def read_general_ledger(reader: Reader, span: Span, after_id: int, most: int) -> Part:
    """The next lines of journals after an id, each with its account and its document."""
    line = JournalLine
    rows = await reader.rows(
        select(
            line.id,
            LegalEntity.code,
            Account.code,
            Account.name,
            line.posted_on,
            Journal.number,
            *(Journal.milestone, Journal.source_kind, Journal.source_id, Journal.description),
            *(line.leg, line.currency, line.amount_minor, line.base_amount_minor),
            Channel.code,
            Location.code,
            line.item_group,
            Party.code,
            line.project,
        )
        .join(Journal, _same(Journal, line.tenant_id, line.journal_id))
        .join(Account, _same(Account, line.tenant_id, line.account_id))
        .join(LegalEntity, _same(LegalEntity, Journal.tenant_id, Journal.entity_id))
        .outerjoin(Channel, _same(Channel, line.tenant_id, line.channel_id))
        .outerjoin(Location, _same(Location, line.tenant_id, line.location_id))
        .outerjoin(Party, _same(Party, line.tenant_id, line.party_id))
        .where(line.tenant_id == reader.tenant_id, line.id > after_id, *span.holds(line.posted_on))
        .order_by(line.id)
        .limit(most)
    )
    return Part([tuple(row)[1:] for row in rows], rows[-1].id if rows else None)


def aged_of(side: Side) -> Read:
    """How what customers owe, or suppliers are owed, is read."""

    async def read(reader: Reader, span: Span, after_id: int, most: int) -> Part:
        """What is open of the next parties after an id, by how long it is overdue."""
        # Nobody is before the first party: who was not named comes as the first of all.
        rows = await aged_by_party(
            reader, side=side, as_of=span.as_of, after_id=after_id - 1, most=most
        )
        lines: list[Line] = [
            (row.entity, row.party, row.name, *(getattr(row, name) for name in AGED[3:]))
            for row in rows
        ]
        return Part(lines, (rows[-1].party_id or 0) + 1 if rows else None)

    return read


async def read_stock_values(reader: Reader, span: Span, after_id: int, most: int) -> Part:
    """What the stock of the next items after an id is worth, a line for each owner."""
    ids = await _next_ids(reader, Item, after_id, most)
    found = owned(reader.tenant_id, span.as_of)
    rows = await reader.rows(
        select(
            LegalEntity.code,
            *(Item.sku, Item.name, Item.item_group),
            LegalEntity.currency,
            *(found.c.quantity, found.c.value_minor),
        )
        .select_from(found)
        .join(Item, and_(Item.tenant_id == reader.tenant_id, Item.id == found.c.item_id))
        .join(
            LegalEntity,
            and_(LegalEntity.tenant_id == reader.tenant_id, LegalEntity.id == found.c.owner_id),
        )
        .where(
            found.c.item_id.in_(ids),
            (found.c.quantity != 0) | (found.c.value_minor != 0),
        )
        .order_by(found.c.item_id, LegalEntity.id)
    )
    return Part([tuple(row) for row in rows], ids[-1] if ids else None, read=len(ids))


async def read_margins(reader: Reader, span: Span, after_id: int, most: int) -> Part:
    """What the channels of the next entities after an id earned on the days of the span, in the
    entity's own currency."""
    base = JournalLine.base_amount_minor
    ids = await _next_ids(reader, LegalEntity, after_id, most)
    rows = await reader.rows(
        select(
            LegalEntity.id,
            LegalEntity.code,
            Channel.code.label("channel"),
            LegalEntity.currency,
            *(
                _total(case((Account.role.in_(roles), sign * base), else_=0)).label(name)
                for name, roles, sign in (
                    ("revenue", REVENUE, -1),
                    ("cost", COST, 1),
                    ("fees", FEES, 1),
                )
            ),
        )
        .join(Account, _same(Account, JournalLine.tenant_id, JournalLine.account_id))
        .join(LegalEntity, _same(LegalEntity, Account.tenant_id, Account.entity_id))
        .outerjoin(Channel, _same(Channel, JournalLine.tenant_id, JournalLine.channel_id))
        .where(
            JournalLine.tenant_id == reader.tenant_id,
            Account.role.in_((*REVENUE, *COST, *FEES)),
            LegalEntity.id.in_(ids),
            *span.holds(JournalLine.posted_on),
        )
        .group_by(LegalEntity.id, LegalEntity.code, LegalEntity.currency, Channel.code)
        .order_by(LegalEntity.id, Channel.code)
    )
    return Part([_margin(row) for row in rows], ids[-1] if ids else None, read=len(ids))


def _margin(row: Row[Any]) -> Sequence[Any]:
    return (*tuple(row)[1:], row.revenue - row.cost - row.fees)


async def _next_ids(reader: Reader, table: Any, after_id: int, most: int) -> list[int]:
    ids = await reader.values(
        select(table.id)
        .where(table.tenant_id == reader.tenant_id, table.id > after_id)
        .order_by(table.id)
        .limit(most)
    )
    return list(ids)


def _same(table: Any, tenant: Any, row_id: Any) -> Any:
    return and_(table.tenant_id == tenant, table.id == row_id)


def _total(amount: Any) -> Any:
    # A sum of bigints is numeric; minor units are whole.
    return func.sum(amount).cast(BigInteger)

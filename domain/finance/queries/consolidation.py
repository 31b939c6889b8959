"""Groups, their consolidated trial balance, and the documents behind what it leaves out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity
from domain.finance.consolidation import consolidating, reading
from domain.finance.consolidation.policies import eliminating
from domain.finance.consolidation.policies.sheet import Sheet
from domain.finance.consolidation.scope import Scope, scope_of
from domain.finance.consolidation.stock_profit import layers_between
from domain.finance.models import (
    AffiliateAccount,
    ConsolidationGroup,
    GroupAdjustment,
    GroupAdjustmentLine,
    GroupHolding,
)
from domain.intercompany.models import IntercompanyEntry
from domain.inventory.queries.costs import LAYER_ORDERINGS, CostFilter, cost_layers
from domain.kernel.errors import NotFound
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.ledger.models import Account, JournalLine

BY_CODE = Ordering((ConsolidationGroup.code, ConsolidationGroup.id))
LATEST_FIRST = Ordering((GroupAdjustment.id,), descending=True)
BY_DAY = Ordering((JournalLine.posted_on, JournalLine.id))
MARKS = {
    eliminating.BALANCES: "balance",
    eliminating.TRADE: "trade",
    eliminating.DIVIDENDS: "dividend",
    eliminating.INVESTMENTS: "investment",
}

# Kinds of elimination that are of lines of the books, or of layers of stock.
DOCUMENTED = frozenset({*MARKS, eliminating.SALES, eliminating.PROFIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Eliminated:
    """What was eliminated, of which sheet: its kind, and between which two entities (of profit in
    stock the one is None where nobody knows who earned it)."""

    group_id: int
    as_of: date
    from_on: date
    kind: str
    entity_id: int | None
    affiliate_id: int


@query("consolidation.read")
async def consolidated_trial_balance(
    reader: Reader, *, group_id: int, as_of: date, from_on: date | None = None
) -> Sheet:
    """The consolidated trial balance of a group at the end of a day, with the result from a day on
    (absent: of the fiscal year by then). Raises NotFound, InvalidInput, ExchangeRateMissing."""
    return await consolidating.consolidated(reader, group_id=group_id, as_of=as_of, from_on=from_on)


@query("consolidation.read")
async def eliminated_lines(
    reader: Reader, *, what: Eliminated | None, request: PageRequest
) -> Listing:
    """A page of the lines of the books that an elimination leaves out, by day; each as those of
    the general ledger. Of what is not there it is empty."""
    scope = await _scope(reader, what)
    ids = () if scope is None or what is None else _line_ids(reader, scope, what)
    statement = (
        select(
            *JournalLine.__table__.c,
            Account.role.label("account_role"),
            LegalEntity.currency.label("base_currency"),
        )
        .join(
            Account,
            and_(Account.tenant_id == JournalLine.tenant_id, Account.id == JournalLine.account_id),
        )
        .join(
            LegalEntity,
            and_(LegalEntity.tenant_id == Account.tenant_id, LegalEntity.id == Account.entity_id),
        )
        .where(JournalLine.tenant_id == reader.tenant_id, JournalLine.id.in_(ids))
    )
    return await list_page(reader, statement, ordering=BY_DAY, request=request)


@query("consolidation.read")
async def eliminated_layers(
    reader: Reader, *, what: Eliminated | None, request: PageRequest
) -> Listing:
    """A page of the layers of stock of the affiliate that the entity earned on and that were not
    gone on the day, as `cost_layers` gives them; needs inventory.value besides. Of what is not
    there it is empty."""
    scope = await _scope(reader, what)
    ids: Sequence[int] = ()
    if scope is not None and what is not None and what.kind == eliminating.PROFIT:
        ids = await layers_between(reader, scope, what.entity_id, what.affiliate_id)
    return await cost_layers(
        reader, where=CostFilter(ids=ids), ordering=LAYER_ORDERINGS["id"], request=request
    )


@query("consolidation.read")
async def consolidation_groups(reader: Reader, *, request: PageRequest) -> Listing:
    """A page of groups, by code."""
    return await list_page(reader, _groups(reader), ordering=BY_CODE, request=request)


@query("consolidation.read")
async def consolidation_groups_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The groups with these ids; an id of none is left out."""
    rows = await reader.rows(_groups(reader).where(ConsolidationGroup.id.in_(ids)))
    return {row.id: row for row in rows}


@query("consolidation.read")
async def holdings_of_groups(
    reader: Reader, *, group_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """Who holds how much of whom in each group from when on, by entity and day."""
    table = GroupHolding
    rows = await reader.rows(
        select(*table.__table__.c)
        .where(table.tenant_id == reader.tenant_id, table.group_id.in_(group_ids))
        .order_by(table.entity_id, table.effective_from, table.id)
    )
    return grouped(group_ids, rows, key="group_id")


@query("consolidation.read")
async def affiliate_accounts_of_groups(
    reader: Reader, *, group_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The accounts of each group that are with an affiliate."""
    table = AffiliateAccount
    rows = await reader.rows(
        select(*table.__table__.c)
        .where(table.tenant_id == reader.tenant_id, table.group_id.in_(group_ids))
        .order_by(table.account_id, table.id)
    )
    return grouped(group_ids, rows, key="group_id")


@query("consolidation.read")
async def group_adjustments(
    reader: Reader, *, group_id: int | None = None, request: PageRequest
) -> Listing:
    """A page of adjustments (of a group), the latest first."""
    statement = _adjustments(reader)
    if group_id is not None:
        statement = statement.where(GroupAdjustment.group_id == group_id)
    return await list_page(reader, statement, ordering=LATEST_FIRST, request=request)


@query("consolidation.read")
async def group_adjustments_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The adjustments with these ids; an id of none is left out."""
    rows = await reader.rows(_adjustments(reader).where(GroupAdjustment.id.in_(ids)))
    return {row.id: row for row in rows}


@query("consolidation.read")
async def lines_of_adjustments(
    reader: Reader, *, adjustment_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The lines of each adjustment with the group's currency, as they were entered."""
    line, made, group = GroupAdjustmentLine, GroupAdjustment, ConsolidationGroup
    rows = await reader.rows(
        select(*line.__table__.c, group.currency)
        .join(made, and_(made.tenant_id == line.tenant_id, made.id == line.adjustment_id))
        .join(group, and_(group.tenant_id == made.tenant_id, group.id == made.group_id))
        .where(line.tenant_id == reader.tenant_id, line.adjustment_id.in_(adjustment_ids))
        .order_by(line.adjustment_id, line.id)
    )
    return grouped(adjustment_ids, rows, key="adjustment_id")


def _groups(reader: Reader) -> Select[Any]:
    table = ConsolidationGroup
    return select(*table.__table__.c).where(table.tenant_id == reader.tenant_id)


def _adjustments(reader: Reader) -> Select[Any]:
    table = GroupAdjustment
    return select(*table.__table__.c).where(table.tenant_id == reader.tenant_id)


async def _scope(reader: Reader, what: Eliminated | None) -> Scope | None:
    """Of what a sheet is; None for a group that is not there."""
    if what is None:
        return None
    try:
        return await scope_of(
            reader, group_id=what.group_id, as_of=what.as_of, from_on=what.from_on
        )
    except NotFound:
        return None


def _line_ids(reader: Reader, scope: Scope, what: Eliminated) -> Any:
    """The ids of the lines of the books behind an elimination."""
    both = (what.entity_id, what.affiliate_id)
    trade, entry = reading.traded_lines(reader, scope, JournalLine.id), IntercompanyEntry
    due = JournalLine.leg.in_(reading.DUE)
    if what.kind == eliminating.SALES:
        return trade.where(~due, entry.creditor_id == both[0], entry.debtor_id == both[1])
    if what.kind not in MARKS:
        return ()
    marks = reading.marked_lines(reader, scope, JournalLine.id).where(
        AffiliateAccount.kind == MARKS[what.kind],
        or_(
            and_(Account.entity_id == both[0], AffiliateAccount.affiliate_id == both[1]),
            and_(Account.entity_id == both[1], AffiliateAccount.affiliate_id == both[0]),
        ),
    )
    if what.kind == eliminating.BALANCES:
        between = entry.creditor_id.in_(both) & entry.debtor_id.in_(both)
        return marks.union_all(trade.where(due, between))
    if what.kind == eliminating.INVESTMENTS:
        return marks.union_all(_equity(reader, scope, what.affiliate_id))
    return marks


def _equity(reader: Reader, scope: Scope, entity_id: int) -> Select[Any]:
    return (
        select(JournalLine.id)
        .join(
            Account,
            and_(Account.tenant_id == JournalLine.tenant_id, Account.id == JournalLine.account_id),
        )
        .where(
            JournalLine.tenant_id == reader.tenant_id,
            Account.entity_id == entity_id,
            Account.kind == "equity",
            JournalLine.posted_on <= scope.span.as_of,
        )
    )

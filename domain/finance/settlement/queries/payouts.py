"""Payouts, their lines, and what of them is not explained."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, true, union_all
from sqlalchemy.engine import Row

from domain.finance.models import (
    Payment,
    Settlement,
    SettlementDifference,
    SettlementLine,
    SettlementTerms,
)
from domain.finance.paying import RECEIPT, REFUND
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page, list_pages
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

# A payment that is suggested for its amount was paid at most so many days before or after.
DAYS_BEFORE, DAYS_AFTER = 31, 5
SUGGESTED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFilter:
    """Which payouts or differences; what is absent does not narrow."""

    channel_id: int | None = None
    entity_id: int | None = None
    settlement_id: int | None = None
    order_id: int | None = None
    status: str | None = None
    kind: str | None = None
    external_id: str | None = None

    def conditions(self, table: Any) -> list[ColumnElement[bool]]:
        """The filter as conditions on a table; what it has not is not asked of it."""
        return [
            getattr(table, name) == getattr(self, name)
            for name in self.__slots__
            if getattr(self, name) is not None and hasattr(table, name)
        ]


def _all(reader: Reader, table: Any) -> Select[Any]:
    return select(*table.__table__.c).where(table.tenant_id == reader.tenant_id)


async def _page(reader: Reader, table: Any, where: PayoutFilter, request: PageRequest) -> Listing:
    statement = _all(reader, table).where(*where.conditions(table))
    latest = Ordering((table.id,), descending=True)
    return await list_page(reader, statement, ordering=latest, request=request)


async def _of_ids(reader: Reader, table: Any, ids: Collection[int]) -> dict[int, Row[Any]]:
    rows = await reader.rows(_all(reader, table).where(table.id.in_(ids)))
    return {row.id: row for row in rows}


@query("settlement.read")
async def payouts(reader: Reader, *, where: PayoutFilter, request: PageRequest) -> Listing:
    """A page of payouts, the latest first."""
    return await _page(reader, Settlement, where, request)


@query("settlement.read")
async def payouts_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Payouts by their ids; what is not there is left out."""
    return await _of_ids(reader, Settlement, ids)


@query("settlement.read")
async def payout_lines(
    reader: Reader, *, ids: Sequence[int], kind: str | None, request: PageRequest
) -> list[Listing]:
    """The same page of each payout's lines, as they stand in its report."""
    table = SettlementLine
    statement = (
        _all(reader, table)
        .add_columns(Settlement.currency)
        .join(
            Settlement,
            and_(Settlement.tenant_id == table.tenant_id, Settlement.id == table.settlement_id),
        )
    )
    if kind is not None:
        statement = statement.where(table.kind == kind)
    return await list_pages(
        reader,
        statement,
        parent=table.settlement_id,
        ids=ids,
        ordering=Ordering((table.line_number,)),
        request=request,
    )


@query("settlement.read")
async def payout_lines_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Lines of payouts by their ids, with the currency of their amounts."""
    table = SettlementLine
    rows = await reader.rows(
        _all(reader, table)
        .add_columns(Settlement.currency)
        .join(
            Settlement,
            and_(Settlement.tenant_id == table.tenant_id, Settlement.id == table.settlement_id),
        )
        .where(table.id.in_(ids))
    )
    return {row.id: row for row in rows}


@query("settlement.read")
async def sums_of_payouts(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """What the lines of each payout come to, by kind."""
    table = SettlementLine
    rows = await reader.rows(
        select(
            table.settlement_id,
            table.kind,
            func.count().label("lines"),
            func.sum(table.amount_minor).label("amount_minor"),
        )
        .where(table.tenant_id == reader.tenant_id, table.settlement_id.in_(ids))
        .group_by(table.settlement_id, table.kind)
        .order_by(table.settlement_id, table.kind)
    )
    return grouped(ids, rows, key="settlement_id")


@query("settlement.read")
async def payout_differences(
    reader: Reader, *, where: PayoutFilter, request: PageRequest
) -> Listing:
    """A page of differences, the latest first."""
    return await _page(reader, SettlementDifference, where, request)


@query("settlement.read")
async def payout_differences_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Differences by their ids; what is not there is left out."""
    return await _of_ids(reader, SettlementDifference, ids)


@query("settlement.read")
async def suggested_payments(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """For each difference the ids of payments that it may be: of its order, or of its amount and
    paid about then; the likeliest first. Each of the two is looked for by an index."""
    d, p = SettlementDifference, Payment
    of_order = p.order_id == d.order_id
    about_then = and_(
        p.order_id.is_distinct_from(d.order_id),
        p.uncleared_minor == func.abs(d.held_minor),
        p.paid_on.between(d.raised_on - DAYS_BEFORE, d.raised_on + DAYS_AFTER),
    )
    found = union_all(
        *(_near(reader, ids, which, n) for n, which in enumerate((of_order, about_then)))
    )
    ways = found.subquery("ways")
    rows = await reader.rows(
        select(ways.c.difference_id, ways.c.payment_id).order_by(
            ways.c.difference_id, ways.c.way, ways.c.paid_on.desc(), ways.c.payment_id
        )
    )
    return {
        each: some[:SUGGESTED] for each, some in grouped(ids, rows, key="difference_id").items()
    }


def _near(reader: Reader, ids: Sequence[int], which: ColumnElement[bool], way: int) -> Select[Any]:
    """The latest payments, on the other side of the clearing account, that each difference may be
    in a way."""
    d, p = SettlementDifference, Payment
    other_side = or_(
        and_(d.held_minor < 0, p.kind == RECEIPT), and_(d.held_minor > 0, p.kind == REFUND)
    )
    near = (
        select(p.id.label("payment_id"), p.paid_on)
        .where(
            p.tenant_id == d.tenant_id,
            p.channel_id == d.channel_id,
            p.entity_id == d.entity_id,
            p.currency == d.currency,
            p.uncleared_minor > 0,
            other_side,
            which,
        )
        .order_by(p.paid_on.desc(), p.id)
        .limit(SUGGESTED)
        .lateral("near")
    )
    return (
        select(d.id.label("difference_id"), literal(way).label("way"), *near.c)
        .join(near, true())
        .where(d.tenant_id == reader.tenant_id, d.id.in_(ids), d.held_minor != 0)
    )


@query("settlement.read")
async def terms_of_channels(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """What is expected of the payouts of channels, by the channels' ids."""
    rows = await reader.rows(
        _all(reader, SettlementTerms).where(SettlementTerms.channel_id.in_(ids))
    )
    return {row.channel_id: row for row in rows}


@query("settlement.read")
async def payout_terms_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """What is expected of payouts, by the ids of the terms."""
    return await _of_ids(reader, SettlementTerms, ids)

"""Goods of another owner leave for a customer: on the way each entity buys them from the one
before it, in the same transaction. The order is locked, and the versions of the agreements are
those that held when the stock was allocated."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import ARRAY, BigInteger, column, func, literal, select, update
from sqlalchemy.engine import Row

from domain.intercompany.agreements import Agreement, agreement_of
from domain.intercompany.booking import Booked, Milestone, Side, Traded, prepare, record
from domain.intercompany.events import TradeBooked
from domain.intercompany.known import COLUMNS, with_entities
from domain.intercompany.models import (
    QUANTITY,
    IntercompanyEntryLine,
    IntercompanyTrade,
    IntercompanyTradeLine,
    TradeAgreement,
)
from domain.intercompany.policies.mirroring import Exchange, Goods, sold
from domain.intercompany.policies.pricing import TransferPrice
from domain.kernel.work import Work
from domain.ledger.rates import rates_on


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingGoods:
    """A quantity (base units) of a traded allocation that leaves, and what it cost its owner."""

    allocation_id: int
    quantity: Decimal
    cost_minor: int


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What the entities on the way sell each other with a shipment, before it is written.

    `costs` is what the goods cost the selling entity, by allocation, in its own currency."""

    milestones: tuple[Milestone, ...] = ()
    costs: Mapping[int, int] = field(default_factory=dict)


NOTHING_TRADED = Mirrored()


async def mirror_shipment(work: Work, leaving: Sequence[LeavingGoods]) -> Mirrored:
    """What goods that leave make each entity on the way owe the one before it; nothing is written
    but how far the trades are. Raises ExchangeRateMissing."""
    if not leaving:
        return Mirrored()
    lines = await lines_of_allocations(work, {each.allocation_id for each in leaving})
    exchange = await exchanges(work, [line.agreement for line in lines])
    left = {each.allocation_id: each for each in leaving}
    costs = {each.allocation_id: each.cost_minor for each in leaving}
    milestones = []
    for _, of_leg in groupby(lines, key=lambda line: line.row.leg):
        for trade in _by_trade(list(of_leg)):
            milestone = _sold(trade, left, costs, exchange[trade[0].agreement.id])
            milestones.append(milestone)
            for line, part in zip(trade, milestone.lines, strict=True):
                costs[line.row.allocation_id] = part.amounts.buyer_net_minor
    await _count(work, {each.allocation_id: each.quantity for each in leaving})
    return Mirrored(tuple(milestones), costs)


async def prepare_mirrored(
    work: Work, mirrored: Mirrored, *, shipment_id: int, trace: Mapping[str, Any]
) -> Booked:
    """The journals of what a written shipment makes entities owe each other: post `entries` with
    the shipment's own, then give it to `record_mirrored`."""
    milestones = [replace(each, source_id=shipment_id, trace=trace) for each in mirrored.milestones]
    return await prepare(work, milestones)


async def record_mirrored(work: Work, booked: Booked) -> None:
    """Write what is owed now, once the journals are posted."""
    await record(work, booked)
    tell(work, booked.milestones)


def tell(work: Work, milestones: Sequence[Milestone]) -> None:
    """Record what was booked."""
    for each in milestones:
        work.record(
            TradeBooked(
                aggregate_id=each.trade_id,
                number=each.number,
                kind=each.kind,
                amount_minor=each.amounts.owed_minor,
                currency=each.currency,
            )
        )


@dataclass(frozen=True, slots=True)
class TradedLine:
    """A trade line with its trade and the version of the agreement under which it is traded."""

    row: Row[Any]
    agreement: Agreement

    @property
    def price(self) -> TransferPrice:
        """What one base unit costs."""
        return TransferPrice(self.row.basis, self.row.percent, self.row.unit_price)


async def lines_of_allocations(work: Work, allocation_ids: set[int]) -> list[TradedLine]:
    """The trade lines of allocations, the owners' own legs first."""
    line = IntercompanyTradeLine
    return await traded_lines(work, line.allocation_id.in_(sorted(allocation_ids)))


async def traded_lines(work: Work, *wanted: Any) -> list[TradedLine]:
    """Trade lines with what was booked of them (`booked_minor`, net), leg by leg."""
    line, trade = IntercompanyTradeLine, IntercompanyTrade
    statement = with_entities(
        select(
            *line.__table__.c,
            trade.number,
            trade.order_id,
            trade.transfer_id,
            _booked().label("booked_minor"),
            *COLUMNS,
        )
        .select_from(line)
        .join(trade, (trade.tenant_id == line.tenant_id) & (trade.id == line.trade_id))
        .join(
            TradeAgreement,
            (TradeAgreement.tenant_id == trade.tenant_id)
            & (TradeAgreement.id == trade.agreement_id),
        )
    )
    rows = await work.rows(
        statement.where(line.tenant_id == work.tenant_id, *wanted).order_by(
            line.leg, line.trade_id, line.id
        )
    )
    return [TradedLine(row, agreement_of(row)) for row in rows]


async def exchanges(work: Work, agreements: Sequence[Agreement]) -> dict[int, Exchange]:
    """The currencies of agreements and today's rates between them; a statement only where they
    differ. Raises ExchangeRateMissing."""
    without = {
        each.id: Exchange(each.currency, each.supplier_currency, each.buyer_currency, {})
        for each in agreements
    }
    pairs = {pair for each in without.values() for pair in each.pairs}
    rates = await rates_on(work, pairs, on=work.now.date()) if pairs else {}
    return {agreement_id: replace(each, rates=rates) for agreement_id, each in without.items()}


def sides(agreement: Agreement) -> tuple[Side, Side]:
    """Supplier and buyer."""
    return (
        Side(entity_id=agreement.supplier_id, currency=agreement.supplier_currency),
        Side(entity_id=agreement.buyer_id, currency=agreement.buyer_currency),
    )


def _booked() -> Any:
    """What is booked of a line by now: sold, corrected, returned."""
    part = IntercompanyEntryLine
    return (
        select(func.coalesce(func.sum(part.net_minor), 0))
        .where(
            part.tenant_id == IntercompanyTradeLine.tenant_id,
            part.trade_line_id == IntercompanyTradeLine.id,
        )
        .correlate(IntercompanyTradeLine)
        .scalar_subquery()
    )


def _by_trade(lines: Sequence[TradedLine]) -> list[list[TradedLine]]:
    trades: dict[int, list[TradedLine]] = defaultdict(list)
    for line in lines:
        trades[line.row.trade_id].append(line)
    return list(trades.values())


def _sold(
    trade: Sequence[TradedLine],
    left: Mapping[int, LeavingGoods],
    costs: Mapping[int, int],
    exchange: Exchange,
) -> Milestone:
    agreement, first = trade[0].agreement, trade[0].row
    quantities = [left[line.row.allocation_id].quantity for line in trade]
    goods = [
        Goods(
            quantity,
            costs[line.row.allocation_id],
            line.price,
            before=line.row.shipped - line.row.returned,
            booked_minor=int(line.row.booked_minor),
        )
        for line, quantity in zip(trade, quantities, strict=True)
    ]
    amounts = sold(goods, tax_percent=agreement.tax_percent, exchange=exchange)
    supplier, buyer = sides(agreement)
    return Milestone(
        kind="shipment",
        trade_id=first.trade_id,
        number=first.number,
        supplier=supplier,
        buyer=buyer,
        currency=agreement.currency,
        lines=tuple(
            Traded(
                trade_line_id=line.row.id,
                item_id=line.row.item_id,
                quantity=quantity,
                amounts=each,
            )
            for line, quantity, each in zip(trade, quantities, amounts, strict=True)
        ),
        source_kind="shipment",
        source_id=0,
        settlement_days=agreement.settlement_days,
        accounts=agreement.accounts,
    )


async def _count(work: Work, quantities: Mapping[int, Decimal]) -> None:
    line = IntercompanyTradeLine
    gone = (
        func.unnest(
            literal(list(quantities), ARRAY(BigInteger)),
            literal(list(quantities.values()), ARRAY(QUANTITY)),
        )
        .table_valued(column("allocation_id", BigInteger), column("quantity", QUANTITY))
        .render_derived(name="gone")
    )
    await work.execute(
        update(line)
        .where(line.tenant_id == work.tenant_id, line.allocation_id == gone.c.allocation_id)
        .values(shipped=line.shipped + gone.c.quantity)
    )

"""Goods of a transfer become another entity's on their way: at the price of the agreement under
which the transfer was planned. The profit stays with the goods until they leave the group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import case, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.intercompany.agreements import Agreement, agreement_between
from domain.intercompany.booking import Milestone, Traded, book
from domain.intercompany.events import TradeExpected
from domain.intercompany.known import agreements_of_ids, transfer_prices
from domain.intercompany.models import IntercompanyTrade, IntercompanyTradeLine
from domain.intercompany.outcomes import AgreementMissing
from domain.intercompany.policies.agreeing import BUYER
from domain.intercompany.policies.mirroring import Exchange, Goods, sold
from domain.intercompany.policies.pricing import TransferPrice
from domain.intercompany.shipping import exchanges, sides, tell
from domain.inventory.transfer_owners import (
    RECEIPT,
    SHIPMENT,
    Agreed,
    Finish,
    Passed,
    trades_by,
)
from domain.inventory.valuation.book import CostBook, open_costs
from domain.inventory.valuation.costs import CostAdded, CostOf, Source, entered_legs
from domain.inventory.valuation.profits import profits_taken
from domain.kernel.errors import NotFound
from domain.kernel.work import Work

_SOURCE = "transfer_order"


class _Transfers:
    """What arranges the trade of transfers; see `domain.inventory.transfer_owners`."""

    async def agreed(self, work: Work, *, supplier_id: int, buyer_id: int) -> Agreed:
        """The version that holds today. Raises AgreementMissing."""
        on = work.now.date()
        row = await agreement_between(work, supplier_id=supplier_id, buyer_id=buyer_id, on=on)
        if row is None:
            raise AgreementMissing(
                "The two entities have no trade agreement.",
                path=("buyer_id",),
                supplier_id=supplier_id,
                buyer_id=buyer_id,
                on=on,
            )
        return Agreed(row.id, SHIPMENT if row.transit_owner == BUYER else RECEIPT)

    async def planned(self, work: Work, *, transfer_id: int, number: str, agreed: Agreed) -> None:
        """Write the trade of a new transfer."""
        agreement = (await agreements_of_ids(work, [agreed.agreement_id]))[agreed.agreement_id]
        trade_number = f"{number}-IC1"
        trade_id = await work.value(
            insert(IntercompanyTrade)
            .values(
                tenant_id=work.tenant_id,
                number=trade_number,
                agreement_id=agreement.id,
                supplier_id=agreement.supplier_id,
                buyer_id=agreement.buyer_id,
                currency=agreement.currency,
                transfer_id=transfer_id,
                created_at=work.now,
            )
            .returning(IntercompanyTrade.id)
        )
        work.record(
            TradeExpected(
                aggregate_id=trade_id,
                number=trade_number,
                supplier_id=agreement.supplier_id,
                buyer_id=agreement.buyer_id,
            )
        )

    async def pass_on(self, work: Work, transfer: Row[Any], passed: Sequence[Passed]) -> Finish:
        """Move the cost of the goods, and say what the buyer owes for them."""
        trade = await _trade(work, transfer.id)
        agreement = (await agreements_of_ids(work, [trade.agreement_id]))[trade.agreement_id]
        lines = await _lines(work, trade, agreement, passed)
        keys = {
            (owner, each.line.item_id)
            for each in passed
            for owner in (agreement.supplier_id, agreement.buyer_id)
        }
        costs = await open_costs(work, keys)
        exchange = (await exchanges(work, [agreement]))[agreement.id]
        milestone = _sold(trade, agreement, lines, passed, costs, exchange)
        milestone = await _with_earlier_profit(milestone, costs, exchange)
        milestone = _bought(milestone, agreement, costs)
        await costs.write(Source(_SOURCE, transfer.id), contra="intercompany_cost")
        await _count(work, lines, passed)
        milestone = replace(milestone, source_id=transfer.id)

        async def finish() -> None:
            await book(work, [milestone])
            tell(work, [milestone])

        return finish


trades_by(_Transfers())


@dataclass(frozen=True, slots=True)
class _Line:
    """A trade line of a transfer, before this much of it passes."""

    id: int
    price: TransferPrice
    before: Decimal


async def _trade(work: Work, transfer_id: int) -> Row[Any]:
    row = await work.row(
        select(*IntercompanyTrade.__table__.c).where(
            IntercompanyTrade.tenant_id == work.tenant_id,
            IntercompanyTrade.transfer_id == transfer_id,
        )
    )
    if row is None:
        raise NotFound("intercompany trade")
    return row


async def _lines(
    work: Work, trade: Row[Any], agreement: Agreement, passed: Sequence[Passed]
) -> dict[int, _Line]:
    """The trade line of each transfer line, made with its price when the first of it passes."""
    quantities = {(agreement.id, each.line.item_id): each.line.quantity for each in passed}
    prices = await transfer_prices(work, {agreement.id: agreement}, quantities)
    line = IntercompanyTradeLine
    rows = []
    for each in passed:
        price = prices[agreement.id, each.line.item_id]
        rows.append(
            {
                "tenant_id": work.tenant_id,
                "trade_id": trade.id,
                "leg": 1,
                "transfer_line_id": each.line.id,
                "item_id": each.line.item_id,
                "quantity": 0,
                "basis": price.basis,
                "percent": price.percent,
                "unit_price": price.unit_price,
            }
        )
    await work.execute(insert(line).values(rows).on_conflict_do_nothing())
    found = await work.rows(
        select(*line.__table__.c).where(line.tenant_id == work.tenant_id, line.trade_id == trade.id)
    )
    return {
        row.transfer_line_id: _Line(
            row.id, TransferPrice(row.basis, row.percent, row.unit_price), row.shipped
        )
        for row in found
    }


def _sold(
    trade: Row[Any],
    agreement: Agreement,
    lines: Mapping[int, _Line],
    passed: Sequence[Passed],
    costs: CostBook,
    exchange: Exchange,
) -> Milestone:
    goods = []
    for each in passed:
        known = lines[each.line.id]
        cost = costs.take(CostOf(agreement.supplier_id, each.line.item_id, each.quantity))
        goods.append(_priced(known, each.quantity, cost, exchange))
    amounts = sold(goods, tax_percent=agreement.tax_percent, exchange=exchange)
    supplier, buyer = sides(agreement)
    return Milestone(
        kind="transfer",
        trade_id=trade.id,
        number=trade.number,
        supplier=supplier,
        buyer=buyer,
        currency=agreement.currency,
        lines=tuple(
            Traded(
                trade_line_id=lines[each.line.id].id,
                item_id=each.line.item_id,
                quantity=each.quantity,
                amounts=amount,
                profit_minor=amount.buyer_net_minor - exchange.passed_on(amount.cost_minor),
            )
            for each, amount in zip(passed, amounts, strict=True)
        ),
        source_kind=_SOURCE,
        source_id=0,
        settlement_days=agreement.settlement_days,
        accounts=agreement.accounts,
    )


def _priced(known: _Line, quantity: Decimal, cost_minor: int, exchange: Exchange) -> Goods:
    """What was booked before is the price of what passed before: a transfer's price stands."""
    whole = Goods(known.before, 0, known.price)
    booked = 0
    if known.before and known.price.unit_price is not None:
        (amounts,) = sold([whole], tax_percent=Decimal(0), exchange=exchange)
        booked = amounts.net_minor
    return Goods(quantity, cost_minor, known.price, before=known.before, booked_minor=booked)


async def _with_earlier_profit(
    milestone: Milestone, costs: CostBook, exchange: Exchange
) -> Milestone:
    """What entities before the supplier earned on its goods is in them still: each line took the
    cost that was taken in its turn."""
    earlier = await profits_taken(costs)
    lines = (
        replace(line, profit_minor=line.profit_minor + exchange.passed_on(earlier.get(-n, 0)))
        for n, line in enumerate(milestone.lines, start=1)
    )
    return replace(milestone, lines=tuple(lines))


def _bought(milestone: Milestone, agreement: Agreement, costs: CostBook) -> Milestone:
    """The goods are the buyer's at what it pays, with the profit that the group has not earned."""
    entered = [
        costs.add(
            CostAdded(
                agreement.buyer_id,
                line.item_id,
                line.quantity,
                line.amounts.buyer_net_minor,
                profit_minor=line.profit_minor,
            )
        )
        for line in milestone.lines
    ]
    return replace(milestone, entered=tuple(entered_legs(entered)))


async def _count(work: Work, lines: Mapping[int, _Line], passed: Sequence[Passed]) -> None:
    line = IntercompanyTradeLine
    gone = {lines[each.line.id].id: each.quantity for each in passed}
    more = case(gone, value=line.id)
    await work.execute(
        update(line)
        .where(line.tenant_id == work.tenant_id, line.id.in_(sorted(gone)))
        .values(quantity=line.quantity + more, shipped=line.shipped + more)
    )

"""A transfer price was wrong: what is still to leave, and what has left, goes at the right one."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.intercompany.booking import Milestone, Traded, book
from domain.intercompany.models import (
    IntercompanyTrade,
    IntercompanyTradeLine,
    TradeAgreement,
)
from domain.intercompany.outcomes import PriceStands
from domain.intercompany.policies.agreeing import sound_prices
from domain.intercompany.policies.mirroring import corrected
from domain.intercompany.policies.pricing import CORRECTED, priced
from domain.intercompany.shipping import TradedLine, exchanges, sides, tell, traded_lines
from domain.kernel import text
from domain.kernel.errors import NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.locking import lock_order


@operation("intercompany.manage")
async def correct_transfer_price(
    work: Work, *, trade_line_id: int, unit_price: Decimal, reason: str
) -> None:
    """One base unit of a trade line costs so much (major units of its currency) after all.

    What has left and was not returned is corrected in both books, in the transaction that says so;
    what is still to leave goes at the new price. Raises NotFound, InvalidInput, PriceStands,
    ExchangeRateMissing."""
    reason = text.name(reason, path=("reason",))
    sound_prices({0: unit_price})
    await _lock(work, trade_line_id)
    (line,) = await traded_lines(work, IntercompanyTradeLine.id == trade_line_id)
    if line.row.unit_price == unit_price:
        raise PriceStands("That is its price already.", number=line.row.number)
    await work.execute(
        update(IntercompanyTradeLine)
        .where(
            IntercompanyTradeLine.tenant_id == work.tenant_id,
            IntercompanyTradeLine.id == trade_line_id,
        )
        .values(unit_price=unit_price, basis=CORRECTED, percent=0)
    )
    work.audit(
        "correct_transfer_price",
        subject="intercompany_trade",
        subject_id=line.row.trade_id,
        before={"unit_price": line.row.unit_price, "basis": line.row.basis},
        after={"unit_price": unit_price, "trade_line_id": trade_line_id},
        reason=reason,
    )
    milestone = await _milestone(work, line, unit_price)
    if milestone is not None:
        await book(work, [milestone])
        tell(work, [milestone])


async def _lock(work: Work, trade_line_id: int) -> None:
    """The trade's order, under whose lock everything of its trades changes. Raises NotFound, also
    for a line of a transfer: its goods stand in the buyer's stock at what they cost."""
    line, trade = IntercompanyTradeLine, IntercompanyTrade
    order_id = await work.value(
        select(trade.order_id)
        .join(line, (line.tenant_id == trade.tenant_id) & (line.trade_id == trade.id))
        .where(trade.tenant_id == work.tenant_id, line.id == trade_line_id)
    )
    if order_id is None:
        raise NotFound("intercompany trade line")
    await lock_order(work, order_id)


async def _milestone(work: Work, line: TradedLine, unit_price: Decimal) -> Milestone | None:
    row, agreement = line.row, line.agreement
    kept = row.shipped - row.returned
    difference = priced(unit_price, kept, agreement.currency) - int(row.booked_minor)
    if not difference or not kept:
        return None
    exchange = (await exchanges(work, [agreement]))[agreement.id]
    (amounts,) = corrected(
        differences=[difference], tax_percent=agreement.tax_percent, exchange=exchange
    )
    supplier, buyer = sides(agreement)
    sold_on = await _next_sale(work, line)
    return Milestone(
        kind="correction",
        trade_id=row.trade_id,
        number=row.number,
        supplier=supplier,
        buyer=buyer,
        currency=agreement.currency,
        lines=(
            Traded(trade_line_id=row.id, item_id=row.item_id, quantity=Decimal(0), amounts=amounts),
        ),
        source_kind="intercompany_trade_line",
        source_id=row.id,
        settlement_days=agreement.settlement_days,
        accounts=agreement.accounts,
        bought_as="cost_of_goods" if sold_on is None else "intercompany_cost",
        bought_account_id=None if sold_on is None else sold_on.cost_account_id,
        trace={"order_id": row.order_id},
    )


async def _next_sale(work: Work, line: TradedLine) -> Row[Any] | None:
    """Under what the buyer sold the goods on to another entity, and not to the customer."""
    other, trade, agreement = IntercompanyTradeLine, IntercompanyTrade, TradeAgreement
    return await work.row(
        select(agreement.id, agreement.cost_account_id)
        .join(
            trade, (trade.tenant_id == agreement.tenant_id) & (trade.agreement_id == agreement.id)
        )
        .join(other, (other.tenant_id == trade.tenant_id) & (other.trade_id == trade.id))
        .where(
            agreement.tenant_id == work.tenant_id,
            other.allocation_id == line.row.allocation_id,
            other.leg == line.row.leg + 1,
        )
    )

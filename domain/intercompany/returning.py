"""Goods that a customer returns go back over the legs by which they came, as far as each agreement
says; what goes back is credited at what it was sold for, in both books, and is its owner's again
at what it cost. The order is locked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update

from domain.intercompany.booking import Booked, Milestone, Side, Traded, prepare, record
from domain.intercompany.models import IntercompanyEntryLine, IntercompanyTradeLine
from domain.intercompany.policies.mirroring import LineAmounts
from domain.intercompany.policies.pricing import whole
from domain.intercompany.policies.returning import way_back
from domain.intercompany.shipping import TradedLine, lines_of_allocations, sides, tell
from domain.kernel.work import Work
from domain.ledger.entries import Entry


@dataclass(frozen=True, slots=True)
class MirroredReturn:
    """Returned goods that were bought from another entity: whose they are now (the selling
    entity's, where nothing goes back), as what they are dealt with there, what they cost that
    owner, in its own currency, and what of that is profit the group has not earned."""

    owner_id: int
    disposition: str
    cost_minor: int
    profit_minor: int
    seller: Side
    seller_cost_minor: int
    milestones: tuple[Milestone, ...]


async def mirror_return(
    work: Work, *, order_line_id: int, quantity: Decimal, disposition: str
) -> MirroredReturn | None:
    """Whose so much (base units) of an order line, which was shipped, becomes when this is done
    with it. None: nothing of it was bought; one statement finds that out.

    What goes back is counted here. Book it with `prepare_return` and `record_return` in the same
    work; enter the goods into the owner's stock at their cost, and say what they stand at there."""
    allocation_id = await _bought(work, order_line_id, quantity)
    if allocation_id is None:
        return None
    legs = await lines_of_allocations(work, {allocation_id})
    from_customer = legs[::-1]
    way = way_back(disposition, [line.agreement.dispositions for line in from_customer])
    left = await _outstanding(work, [line.row.id for line in from_customer])
    bought = [left[line.row.id][1].part(quantity, left[line.row.id][0]) for line in from_customer]
    _, seller = sides(from_customer[0].agreement)
    going, parts = from_customer[: way.legs], bought[: way.legs]
    if not going:
        cost = bought[0].buyer_net_minor
        profit = _profit(cost, bought)
        return MirroredReturn(seller.entity_id, way.disposition, cost, profit, seller, cost, ())
    # What each entity between the two ends gets back is what it gives back.
    costs = [*(part.buyer_net_minor for part in parts[1:]), parts[-1].cost_minor]
    parts = [replace(p, cost_minor=cost) for p, cost in zip(parts, costs, strict=True)]
    await _count(work, [line.row.id for line in going], quantity)
    supplier, _ = sides(going[-1].agreement)
    return MirroredReturn(
        owner_id=supplier.entity_id,
        disposition=way.disposition,
        cost_minor=parts[-1].cost_minor,
        profit_minor=_profit(parts[-1].cost_minor, bought[way.legs :]),
        seller=seller,
        seller_cost_minor=parts[0].buyer_net_minor,
        milestones=tuple(
            _credit(line, part, quantity) for line, part in zip(going, parts, strict=True)
        ),
    )


def _profit(cost_minor: int, bought: Sequence[LineAmounts]) -> int:
    """What of a cost is profit of the sales behind it: sale by sale, what it cost of what it was
    sold for is the group's."""
    groups = Decimal(1)
    for each in bought:
        if each.supplier_net_minor:
            groups *= Decimal(each.cost_minor) / each.supplier_net_minor
    return cost_minor - whole(cost_minor * groups)


async def prepare_return(
    work: Work,
    mirrored: MirroredReturn,
    *,
    source_kind: str,
    source_id: int,
    description: str,
    cost_minor: int | None = None,
    trace: Mapping[str, Any],
) -> Booked:
    """The journals of what goes back: post `entries` with those of the return, which itself posts
    nothing of the goods' cost. `cost_minor` is at what they entered the owner's stock, where that
    says better than the trade."""
    *others, last = mirrored.milestones
    if cost_minor is not None:
        last = replace(last, lines=(_at_cost(last.lines[0], cost_minor),))
    booked = await prepare(
        work,
        [
            replace(each, source_kind=source_kind, source_id=source_id, trace=trace)
            for each in (*others, last)
        ],
    )
    taken_back = Entry(
        entity_id=mirrored.seller.entity_id,
        milestone="intercompany_taken_back",
        source_kind=source_kind,
        source_id=source_id,
        currency=mirrored.seller.currency,
        legs=(
            ("inventory", mirrored.seller_cost_minor),
            ("cost_of_goods", -mirrored.seller_cost_minor),
        ),
        posted_on=work.now.date(),
        description=description,
        trace=trace,
    )
    return replace(booked, entries=(*booked.entries, taken_back))


async def record_return(work: Work, booked: Booked) -> None:
    """Write what is owed now, once the journals are posted."""
    await record(work, booked)
    tell(work, booked.milestones)


def _at_cost(line: Traded, cost_minor: int) -> Traded:
    return replace(line, amounts=replace(line.amounts, cost_minor=-cost_minor))


def _credit(line: TradedLine, part: LineAmounts, quantity: Decimal) -> Milestone:
    row, agreement = line.row, line.agreement
    supplier, buyer = sides(agreement)
    traded = Traded(trade_line_id=row.id, item_id=row.item_id, quantity=-quantity, amounts=-part)
    return Milestone(
        kind="return",
        trade_id=row.trade_id,
        number=row.number,
        supplier=supplier,
        buyer=buyer,
        currency=agreement.currency,
        lines=(traded,),
        source_kind="",
        source_id=0,
        settlement_days=agreement.settlement_days,
    )


async def _bought(work: Work, order_line_id: int, quantity: Decimal) -> int | None:
    """An allocation of which so much was bought for the order line and has not come back."""
    line = IntercompanyTradeLine
    found: int | None = await work.value(
        select(line.allocation_id)
        .where(
            line.tenant_id == work.tenant_id,
            line.order_line_id == order_line_id,
            line.leg == 1,
            line.shipped - line.returned >= quantity,
        )
        .order_by(line.id)
        .limit(1)
    )
    return found


async def _outstanding(
    work: Work, trade_line_ids: Sequence[int]
) -> dict[int, tuple[Decimal, LineAmounts]]:
    """What of each line the buyer keeps, and what all of that was sold for."""
    part = IntercompanyEntryLine
    sums = [func.sum(getattr(part, name)).label(name) for name in LineAmounts.__slots__]
    rows = await work.rows(
        select(part.trade_line_id, func.sum(part.quantity).label("quantity"), *sums)
        .where(part.tenant_id == work.tenant_id, part.trade_line_id.in_(trade_line_ids))
        .group_by(part.trade_line_id)
    )
    return {
        row.trade_line_id: (
            row.quantity,
            LineAmounts(*(int(getattr(row, name)) for name in LineAmounts.__slots__)),
        )
        for row in rows
    }


async def _count(work: Work, trade_line_ids: Sequence[int], quantity: Decimal) -> None:
    line = IntercompanyTradeLine
    await work.execute(
        update(line)
        .where(line.tenant_id == work.tenant_id, line.id.in_(trade_line_ids))
        .values(returned=line.returned + quantity)
    )

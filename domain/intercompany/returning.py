"""Goods that a customer returns go back over the legs by which they came, as far as each agreement
says; what goes back is credited at what it was sold for, in both books, and is its owner's again
at what it cost. The order is locked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.engine import Row

from domain.intercompany.booking import Booked, Milestone, Side, Traded, prepare, record
from domain.intercompany.models import (
    IntercompanyEntry,
    IntercompanyEntryLine,
    IntercompanyTradeLine,
)
from domain.intercompany.policies.mirroring import LineAmounts
from domain.intercompany.policies.pricing import whole
from domain.intercompany.policies.returning import way_back
from domain.intercompany.shipping import TradedLine, lines_of_allocations, sides, tell
from domain.inventory.models import CostIssue
from domain.inventory.valuation.profits import profits_of_issues
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


async def bought_of_line(work: Work, *, order_line_id: int) -> Sequence[Row[Any]]:
    """By which allocations an order line was bought: `allocation_id`, what of it is with the
    customer (`left`) and what came `back`, in base units. One statement."""
    line = IntercompanyTradeLine
    back = line.returned + line.kept
    return await work.rows(
        select(line.allocation_id, (line.shipped - back).label("left"), back.label("back"))
        .where(
            line.tenant_id == work.tenant_id,
            line.order_line_id == order_line_id,
            line.leg == 1,
            line.shipped > 0,
        )
        .order_by(line.id)
    )


async def mirror_return(
    work: Work, *, allocation_id: int, quantity: Decimal, disposition: str
) -> MirroredReturn:
    """Whose so much (base units) becomes, which was bought by an allocation and is with the
    customer no more, when this is done with it.

    What goes back, and what stays with its buyer, is counted here. Book it with `prepare_return`
    and `record_return` in the same work; enter the goods into the owner's stock at their cost, and
    say what they stand at there."""
    from_customer = (await lines_of_allocations(work, {allocation_id}))[::-1]
    way = way_back(disposition, [line.agreement.dispositions for line in from_customer])
    stood = await _outstanding(work, [line.row.id for line in from_customer])
    going, staying = from_customer[: way.legs], from_customer[way.legs :]
    parts = [_part_of(line.row, stood[line.row.id], quantity) for line in going]
    kept = [_kept_part_of(line.row, stood[line.row.id], quantity) for line in staying]
    await _count(work, returned=[line.row.id for line in going], quantity=quantity)
    await _count(work, kept=[line.row.id for line in staying], quantity=quantity)
    _, seller = sides(from_customer[0].agreement)
    earned = await _groups_part(work, from_customer[-1])
    if not going:
        cost = kept[0].buyer_net_minor
        profit = _profit(cost, kept, earned)
        return MirroredReturn(seller.entity_id, way.disposition, cost, profit, seller, cost, ())
    # What each entity between the two ends gets back is what it gives back.
    costs = [*(part.buyer_net_minor for part in parts[1:]), parts[-1].cost_minor]
    parts = [replace(p, cost_minor=cost) for p, cost in zip(parts, costs, strict=True)]
    supplier, _ = sides(going[-1].agreement)
    return MirroredReturn(
        owner_id=supplier.entity_id,
        disposition=way.disposition,
        cost_minor=parts[-1].cost_minor,
        profit_minor=_profit(parts[-1].cost_minor, kept, earned),
        seller=seller,
        seller_cost_minor=parts[0].buyer_net_minor,
        milestones=tuple(
            _credit(line, part, quantity) for line, part in zip(going, parts, strict=True)
        ),
    )


def _part_of(row: Row[Any], stood: LineAmounts, quantity: Decimal) -> LineAmounts:
    """What goes back of what the customer still has: the last of it takes the rest."""
    left = row.shipped - row.returned
    return (stood + -stood.part(row.kept, left)).part(quantity, left - row.kept)


def _kept_part_of(row: Row[Any], stood: LineAmounts, quantity: Decimal) -> LineAmounts:
    """What stays with the buyer; all that ever stays adds up to what it was sold for."""
    left = row.shipped - row.returned
    return stood.part(row.kept + quantity, left) + -stood.part(row.kept, left)


def _profit(cost_minor: int, bought: Sequence[LineAmounts], groups: Decimal) -> int:
    """What of a cost is profit of the sales behind it: sale by sale, what it cost of what it was
    sold for is the group's; of what it cost the first of them, `groups` is."""
    for each in bought:
        if each.supplier_net_minor:
            groups *= Decimal(each.cost_minor) / each.supplier_net_minor
    return cost_minor - whole(cost_minor * groups)


async def _groups_part(work: Work, first: TradedLine) -> Decimal:
    """What of the cost at which the goods left their owner's stock the group has paid: the rest is
    profit of entities that sold them to the owner before."""
    entry, part = IntercompanyEntry, IntercompanyEntryLine
    shipments = (
        select(entry.source_id)
        .join(part, (part.tenant_id == entry.tenant_id) & (part.entry_id == entry.id))
        .where(
            entry.tenant_id == work.tenant_id,
            entry.kind == "shipment",
            part.trade_line_id == first.row.id,
        )
    )
    async with work.house() as house:
        rows = await house.rows(
            select(CostIssue.id, CostIssue.cost_minor).where(
                CostIssue.tenant_id == work.tenant_id,
                CostIssue.source_kind == "shipment",
                CostIssue.source_id.in_(shipments),
                CostIssue.owner_id == first.agreement.supplier_id,
                CostIssue.item_id == first.row.item_id,
            )
        )
    cost = sum(row.cost_minor for row in rows)
    profits = await profits_of_issues(work, [row.id for row in rows])
    return 1 - Decimal(sum(profits.values())) / cost if cost and profits else Decimal(1)


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
        accounts=agreement.accounts,
    )


async def _outstanding(work: Work, trade_line_ids: Sequence[int]) -> dict[int, LineAmounts]:
    """What each line was sold for that has not gone back."""
    part = IntercompanyEntryLine
    sums = [func.sum(getattr(part, name)).label(name) for name in LineAmounts.__slots__]
    rows = await work.rows(
        select(part.trade_line_id, *sums)
        .where(part.tenant_id == work.tenant_id, part.trade_line_id.in_(trade_line_ids))
        .group_by(part.trade_line_id)
    )
    return {
        row.trade_line_id: LineAmounts(*(int(getattr(row, name)) for name in LineAmounts.__slots__))
        for row in rows
    }


async def _count(
    work: Work,
    *,
    quantity: Decimal,
    returned: Collection[int] = (),
    kept: Collection[int] = (),
) -> None:
    line = IntercompanyTradeLine
    counted = {"returned": line.returned + quantity} if returned else {"kept": line.kept + quantity}
    if ids := [*returned, *kept]:
        await work.execute(
            update(line).where(line.tenant_id == work.tenant_id, line.id.in_(ids)).values(counted)
        )

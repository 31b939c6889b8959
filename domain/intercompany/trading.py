"""Trades follow allocations: what is allocated of another entity's stock is expected to be bought
from it, and what is given back is not any more. The orders are locked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, column, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.intercompany.agreements import Agreement
from domain.intercompany.events import TradeExpected
from domain.intercompany.known import agreements_of_ids, transfer_prices
from domain.intercompany.models import QUANTITY, IntercompanyTrade, IntercompanyTradeLine
from domain.intercompany.policies.pricing import TransferPrice
from domain.kernel.inserting import insert_rows
from domain.kernel.work import Work
from domain.orders.models import SalesOrder, SalesOrderLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A quantity (base units) of another owner's stock that an allocation keeps for an order line,
    and the agreements by which it comes: the owner's own first."""

    order_id: int
    order_line_id: int
    allocation_id: int
    quantity: Decimal
    agreement_ids: tuple[int, ...]


async def expect_trades(work: Work, expected: Sequence[Expected]) -> None:
    """Write the sales and purchases that allocations will make, at the prices of today's versions
    of the agreements. Nothing is sent when nothing is bought."""
    if not expected:
        return
    agreements = await agreements_of_ids(
        work, {agreement_id for each in expected for agreement_id in each.agreement_ids}
    )
    items = await _items(work, {each.order_line_id for each in expected})
    quantities: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for each in expected:
        for agreement_id in each.agreement_ids:
            quantities[agreement_id, items[each.order_line_id]] += each.quantity
    prices = await transfer_prices(work, agreements, quantities)
    trades = await _trades(work, expected, agreements)
    rows = [
        _line(each, items[each.order_line_id], leg, trades[each.order_id, agreement_id], price)
        for each in expected
        for leg, agreement_id in enumerate(each.agreement_ids, start=1)
        if (price := prices[agreement_id, items[each.order_line_id]])
    ]
    await insert_rows(work, IntercompanyTradeLine, rows)


async def reduce_expected(work: Work, given_up: Mapping[int, Decimal]) -> None:
    """So much (base units) of traded allocations, by their ids, will not be bought after all."""
    if not given_up:
        return
    less = _quantities(given_up)
    line = IntercompanyTradeLine
    await work.execute(
        update(line)
        .where(line.tenant_id == work.tenant_id, line.allocation_id == less.c.allocation_id)
        .values(cancelled=line.cancelled + less.c.quantity)
    )


async def repeat_expected(work: Work, moved: Mapping[int, tuple[int, Decimal]]) -> None:
    """An allocation, by its id, goes on as another one with so much (base units): its trades go on
    under the same terms."""
    if not moved:
        return
    line = IntercompanyTradeLine
    rows = await work.rows(
        select(*line.__table__.c).where(
            line.tenant_id == work.tenant_id,
            line.allocation_id.in_(sorted({before for before, _ in moved.values()})),
        )
    )
    kept = ("trade_id", "leg", "order_line_id", "item_id", "basis", "percent", "unit_price")
    await insert_rows(
        work,
        line,
        [
            {name: getattr(row, name) for name in kept}
            | {"allocation_id": after, "quantity": quantity}
            for after, (before, quantity) in moved.items()
            for row in rows
            if row.allocation_id == before
        ],
    )


def _quantities(quantities: Mapping[int, Decimal]) -> Any:
    return (
        func.unnest(
            literal(list(quantities), ARRAY(BigInteger)),
            literal(list(quantities.values()), ARRAY(QUANTITY)),
        )
        .table_valued(column("allocation_id", BigInteger), column("quantity", QUANTITY))
        .render_derived(name="less")
    )


def _line(
    each: Expected, item_id: int, leg: int, trade_id: int, price: TransferPrice
) -> dict[str, Any]:
    return {
        "trade_id": trade_id,
        "leg": leg,
        "order_line_id": each.order_line_id,
        "allocation_id": each.allocation_id,
        "item_id": item_id,
        "quantity": each.quantity,
        "basis": price.basis,
        "percent": price.percent,
        "unit_price": price.unit_price,
    }


async def _items(work: Work, order_line_ids: set[int]) -> dict[int, int]:
    rows = await work.rows(
        select(SalesOrderLine.id, SalesOrderLine.item_id).where(
            SalesOrderLine.tenant_id == work.tenant_id,
            SalesOrderLine.id.in_(sorted(order_line_ids)),
        )
    )
    return {row.id: row.item_id for row in rows}


async def _trades(
    work: Work, expected: Sequence[Expected], agreements: Mapping[int, Agreement]
) -> dict[tuple[int, int], int]:
    """The trade of each (order, agreement); those that are missing are made, numbered on."""
    wanted = {(each.order_id, n): None for each in expected for n in each.agreement_ids}
    orders = sorted({order_id for order_id, _ in wanted})
    trade = IntercompanyTrade
    known = await work.rows(
        select(SalesOrder.id.label("order_id"), SalesOrder.number, trade.id, trade.agreement_id)
        .outerjoin(
            trade, (trade.tenant_id == SalesOrder.tenant_id) & (trade.order_id == SalesOrder.id)
        )
        .where(SalesOrder.tenant_id == work.tenant_id, SalesOrder.id.in_(orders))
    )
    found = {(row.order_id, row.agreement_id): row.id for row in known if row.id is not None}
    numbers = {row.order_id: row.number for row in known}
    missing = [pair for pair in wanted if pair not in found]
    if not missing:
        return found
    counts: dict[int, int] = defaultdict(int)
    for order_id, _ in found:
        counts[order_id] += 1
    rows: list[dict[str, Any]] = []
    for order_id, agreement_id in missing:
        counts[order_id] += 1
        agreement = agreements[agreement_id]
        rows.append(
            {
                "tenant_id": work.tenant_id,
                "number": f"{numbers[order_id]}-IC{counts[order_id]}",
                "agreement_id": agreement_id,
                "supplier_id": agreement.supplier_id,
                "buyer_id": agreement.buyer_id,
                "currency": agreement.currency,
                "order_id": order_id,
                "created_at": work.now,
            }
        )
    made = await work.values(insert(trade).returning(trade.id, sort_by_parameter_order=True), rows)
    for trade_id, row in zip(made, rows, strict=True):
        work.record(
            TradeExpected(
                aggregate_id=trade_id,
                number=row["number"],
                supplier_id=row["supplier_id"],
                buyer_id=row["buyer_id"],
            )
        )
    return found | dict(zip(missing, made, strict=True))

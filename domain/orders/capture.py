"""Capture: accepted orders become rows, many orders in a handful of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.orders.models import SalesOrder, SalesOrderLine
from domain.orders.policy import (
    GivenTotals,
    LineFigures,
    LinePrice,
    OrderAmounts,
    gross_minor,
    order_amounts,
    order_status,
)

NOTHING_GIVEN = GivenTotals()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """A line to be: `quantity_ordered` in `unit`, `quantity` the same in base units.

    `unit_price` is per `unit` in major units; `amount_minor`, where given, wins over
    price × quantity. Discount and tax are the line's own."""

    item_id: int
    quantity_ordered: Decimal
    unit: str
    quantity: Decimal
    unit_price: Decimal
    amount_minor: int | None = None
    discount_minor: int = 0
    tax_minor: int = 0
    external_line: str | None = None
    external_code: str | None = None
    description: str | None = None

    def price(self, currency: str) -> LinePrice:
        """The line's money before the order's totals are shared over the lines."""
        gross = self.amount_minor
        if gross is None:
            gross = gross_minor(self.unit_price, self.quantity_ordered, currency)
        return LinePrice(gross, self.discount_minor, self.tax_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order to be. Its items, party, channel and entity are the tenant's: the caller saw to it.

    Addresses are mappings (name, line1, line2, city, region, postal_code, country)."""

    channel_id: int
    entity_id: int
    party_id: int | None
    currency: str
    ordered_at: datetime
    lines: tuple[NewLine, ...]
    ship_to: dict[str, Any] | None = None
    bill_to: dict[str, Any] | None = None
    external_id: str | None = None
    external_number: str | None = None
    source_version: str | None = None
    content_hash: str | None = None
    intake_message_id: int | None = None
    totals: GivenTotals = NOTHING_GIVEN
    prices_include_tax: bool = False
    payment_state: str = "unknown"
    hold_reason: str | None = None
    all_or_nothing: bool = False

    @property
    def external_key(self) -> tuple[int, str] | None:
        """What makes the same document one order: the channel and its id for the order."""
        return (self.channel_id, self.external_id) if self.external_id is not None else None

    def amounts(self) -> OrderAmounts:
        """The order's money and each line's part of it."""
        return order_amounts(
            [line.price(self.currency) for line in self.lines],
            self.totals,
            prices_include_tax=self.prices_include_tax,
        )


@dataclass(frozen=True, slots=True)
class Captured:
    """An order as it was written; `line_ids` in the order of the new order's lines."""

    order_id: int
    number: str
    status: str
    line_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Existing:
    """An order that was there before, under the same external id."""

    order_id: int
    number: str
    status: str
    content_hash: str | None
    source_version: str | None


async def existing_orders(
    reader: Reader, keys: Sequence[tuple[int, str]]
) -> dict[tuple[int, str], Existing]:
    """The orders that exist under (channel id, external id)."""
    if not keys:
        return {}
    rows = await reader.rows(
        select(
            SalesOrder.channel_id,
            SalesOrder.external_id,
            SalesOrder.id,
            SalesOrder.number,
            SalesOrder.status,
            SalesOrder.content_hash,
            SalesOrder.source_version,
        ).where(
            SalesOrder.tenant_id == reader.tenant_id,
            tuple_(SalesOrder.channel_id, SalesOrder.external_id).in_(keys),
        )
    )
    return {
        (row.channel_id, row.external_id or ""): Existing(
            row.id, row.number, row.status, row.content_hash, row.source_version
        )
        for row in rows
    }


async def capture(
    work: Work,
    orders: Sequence[NewOrder],
    numbers: Sequence[str],
    allocated: Sequence[Sequence[Decimal]],
) -> list[Captured | None]:
    """Write orders and lines under `numbers`, with what each line was allocated (base units).

    None stands for an order that another transaction wrote first under the same external id."""
    figures = [_figures(order, given) for order, given in zip(orders, allocated, strict=True)]
    amounts = [order.amounts() for order in orders]
    rows = [_order_row(work, *each) for each in zip(orders, numbers, amounts, figures, strict=True)]
    ids = await _insert_orders(work, rows)
    line_ids = await _insert_lines(work, orders, [ids.get(n) for n in numbers], amounts, figures)
    return [
        Captured(ids[row["number"]], row["number"], row["status"], tuple(line_ids[position]))
        if row["number"] in ids
        else None
        for position, row in enumerate(rows)
    ]


def _figures(order: NewOrder, allocated: Sequence[Decimal]) -> list[LineFigures]:
    return [
        LineFigures(line.quantity, given)
        for line, given in zip(order.lines, allocated, strict=True)
    ]


def _order_row(
    work: Work, order: NewOrder, number: str, amounts: OrderAmounts, figures: list[LineFigures]
) -> dict[str, Any]:
    taken_over = (
        "channel_id entity_id party_id external_id external_number source_version content_hash "
        "intake_message_id currency ordered_at ship_to bill_to payment_state hold_reason"
    )
    totals = "subtotal_minor discount_minor tax_minor shipping_minor total_minor"
    return {
        "tenant_id": work.tenant_id,
        "number": number,
        "received_at": work.now,
        "status": order_status(figures, held=order.hold_reason is not None),
        **{name: getattr(order, name) for name in taken_over.split()},
        **{name: getattr(amounts, name) for name in totals.split()},
    }


async def _insert_orders(work: Work, rows: list[dict[str, Any]]) -> dict[str, int]:
    if not rows:
        return {}
    inserted = await work.rows(
        insert(SalesOrder)
        .on_conflict_do_nothing(
            index_elements=["tenant_id", "channel_id", "external_id"],
            index_where=SalesOrder.external_id.is_not(None),
        )
        .returning(SalesOrder.number, SalesOrder.id),
        rows,
    )
    return {row.number: row.id for row in inserted}


async def _insert_lines(
    work: Work,
    orders: Sequence[NewOrder],
    order_ids: Sequence[int | None],
    amounts: Sequence[OrderAmounts],
    figures: Sequence[Sequence[LineFigures]],
) -> list[list[int]]:
    rows: list[dict[str, Any]] = []
    counts = []
    for order, order_id, money, progress in zip(orders, order_ids, amounts, figures, strict=True):
        lines = [] if order_id is None else list(order.lines)
        rows += [
            line_row(work, line, order_id=order_id, party_id=order.party_id, line_number=n)
            | {
                "allocated": figure.allocated,
                "discount_minor": part.discount_minor,
                "tax_minor": part.tax_minor,
                "net_minor": part.net_minor,
            }
            for n, (line, part, figure) in enumerate(
                zip(lines, money.lines[: len(lines)], progress[: len(lines)], strict=True), start=1
            )
        ]
        counts.append(len(lines))
    ids = iter(await insert_lines(work, rows))
    return [[next(ids) for _ in range(count)] for count in counts]


async def insert_lines(work: Work, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Write order lines; their ids in the order of `rows`."""
    if not rows:
        return []
    statement = insert(SalesOrderLine).returning(SalesOrderLine.id, sort_by_parameter_order=True)
    return list(await work.values(statement, rows))


def line_row(
    work: Work, line: NewLine, *, order_id: int | None, party_id: int | None, line_number: int
) -> dict[str, Any]:
    """What a line says of itself, as a row; amounts and figures are added by the caller."""
    taken_over = (
        "item_id quantity_ordered unit quantity unit_price external_line external_code description"
    )
    return {
        "tenant_id": work.tenant_id,
        "order_id": order_id,
        "party_id": party_id,
        "line_number": line_number,
        **{name: getattr(line, name) for name in taken_over.split()},
    }

"""Capture: accepted orders become rows, many orders in a handful of statements."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.value_objects import value_object
from domain.kernel.work import Actor, Work
from domain.orders.just_written import line_as_read, order_as_read
from domain.orders.kit_writing import (
    KitToWrite,
    first_lines_of_kits,
    insert_kits,
    kit_columns,
)
from domain.orders.kit_writing import NewKit as NewKit
from domain.orders.known import Existing as Existing
from domain.orders.known import existing_orders as existing_orders
from domain.orders.models import SalesOrder, SalesOrderLine
from domain.orders.policy import (
    ZERO,
    GivenTotals,
    LineFigures,
    LinePrice,
    OrderAmounts,
    gross_minor,
    order_amounts,
    order_status,
)
from domain.pricing.policies.deviation import Deviation

NOTHING_GIVEN = GivenTotals()
# On which day a line was promised to leave, and to be there.
PromisedDays = tuple[date | None, date | None]
NO_DAYS: PromisedDays = (None, None)


@value_object(kw_only=True)
class NewLine:
    """A line to be: `quantity_ordered` in `unit`, `quantity` the same in base units.

    `unit_price` is per `unit` in major units; `amount_minor`, where given, wins over
    price × quantity. Discount and tax are the line's own. `wanted_on` is the day on which it is to
    be there, `wanted_ship_on` on which it is to leave. A line of a virtual kit (`is_kit`) is
    replaced by lines of its components, which share its `kit` and are `per_kit` of each."""

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
    wanted_on: date | None = None
    wanted_ship_on: date | None = None
    # Somebody said it, a person or a document: no list of ours. Further from the list than allowed?
    own_price: bool = False
    price_beyond_limit: bool = False
    is_kit: bool = False
    kit: NewKit | None = None
    per_kit: Decimal | None = None

    def price(self, currency: str) -> LinePrice:
        """The line's money before the order's totals are shared over the lines."""
        gross = self.amount_minor
        if gross is None:
            gross = gross_minor(self.unit_price, self.quantity_ordered, currency)
        return LinePrice(gross, self.discount_minor, self.tax_minor)


@value_object(kw_only=True)
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
    service_level: str | None = None
    wanted_on: date | None = None
    wanted_ship_on: date | None = None
    early_delivery_allowed: bool = True
    substitutes_allowed: bool | None = None
    # How far its prices beyond the limit are off in all: it is held until somebody approves them.
    deviation: Deviation | None = None
    # Whether the customer may have a limit of credit (None: nobody has looked), and whether it
    # would owe more than that: then it is held for credit.
    may_have_limit: bool | None = None
    over_limit: bool = False
    # On whose behalf, where orders of several callers are placed together.
    by: Actor | None = None

    @property
    def external_key(self) -> tuple[int, str] | None:
        """What makes the same document one order: the channel and its id for the order."""
        return (self.channel_id, self.external_id) if self.external_id is not None else None

    @property
    def is_held(self) -> bool:
        """Whether it is kept from being released from the beginning."""
        return self.hold_reason is not None or self.deviation is not None or self.over_limit

    def amounts(self) -> OrderAmounts:
        """The order's money and each line's part of it."""
        return order_amounts(
            [line.price(self.currency) for line in self.lines],
            self.totals,
            prices_include_tax=self.prices_include_tax,
        )


@value_object()
class Captured:
    """An order as it was written; `line_ids` in the order of the new order's lines. The rows are
    what a read of the order and its lines would give."""

    order_id: int
    number: str
    status: str
    line_ids: tuple[int, ...]
    row: Any = field(default=None, repr=False)
    line_rows: tuple[Any, ...] = field(default=(), repr=False)


async def capture(
    work: Work,
    orders: Sequence[NewOrder],
    numbers: Sequence[str],
    allocated: Sequence[Sequence[Decimal]],
    without_backorder: Collection[int] = (),
    promised: Sequence[Sequence[PromisedDays]] | None = None,
) -> list[Captured | None]:
    """Write orders and lines under `numbers`, with what each line was allocated (base units), and
    on which day it was promised to leave and to be there.

    Of the orders at the positions `without_backorder`, what was not allocated is cancelled.

    None stands for an order that another transaction wrote first under the same external id."""
    figures = [
        _figures(order, given, cancels=place in without_backorder)
        for place, (order, given) in enumerate(zip(orders, allocated, strict=True))
    ]
    amounts = [order.amounts() for order in orders]
    rows = [_order_row(work, *each) for each in zip(orders, numbers, amounts, figures, strict=True)]
    ids = await _insert_orders(work, rows)
    kits = await insert_kits(
        work,
        [
            KitToWrite(kit, ids[number], order.party_id, place)
            for order, number in zip(orders, numbers, strict=True)
            if number in ids
            for place, kit in first_lines_of_kits([line.kit for line in order.lines])
        ],
    )
    days = promised or [[NO_DAYS] * len(order.lines) for order in orders]
    lines = [
        _line_rows(order, ids.get(number), money, progress, dated, kits)
        for order, number, money, progress, dated in zip(
            orders, numbers, amounts, figures, days, strict=True
        )
    ]
    line_ids = iter(await insert_lines(work, [line for each in lines for line in each]))
    return [
        _captured(ids[row["number"]], row, own, [next(line_ids) for _ in own])
        if row["number"] in ids
        else None
        for row, own in zip(rows, lines, strict=True)
    ]


def _captured(
    order_id: int, row: dict[str, Any], lines: list[dict[str, Any]], line_ids: list[int]
) -> Captured:
    return Captured(
        order_id,
        row["number"],
        row["status"],
        tuple(line_ids),
        order_as_read(order_id, row),
        tuple(
            line_as_read(line_id, line, currency=row["currency"])
            for line_id, line in zip(line_ids, lines, strict=True)
        ),
    )


def _figures(order: NewOrder, allocated: Sequence[Decimal], *, cancels: bool) -> list[LineFigures]:
    return [
        LineFigures(line.quantity, given, cancelled=line.quantity - given if cancels else ZERO)
        for line, given in zip(order.lines, allocated, strict=True)
    ]


_OF_ORDER = (
    "channel_id entity_id party_id external_id external_number source_version content_hash "
    "intake_message_id currency ordered_at ship_to bill_to payment_state hold_reason "
    "service_level wanted_on wanted_ship_on early_delivery_allowed"
).split()
_TOTALS = "subtotal_minor discount_minor tax_minor shipping_minor total_minor".split()
_read_order, _read_totals = attrgetter(*_OF_ORDER), attrgetter(*_TOTALS)


def _order_row(
    work: Work, order: NewOrder, number: str, amounts: OrderAmounts, figures: list[LineFigures]
) -> dict[str, Any]:
    return {
        "number": number,
        "received_at": work.now,
        "version": 1,
        "status": order_status(figures, held=order.is_held),
        **dict(zip(_OF_ORDER, _read_order(order), strict=True)),
        **dict(zip(_TOTALS, _read_totals(amounts), strict=True)),
    }


async def _insert_orders(work: Work, rows: list[dict[str, Any]]) -> dict[str, int]:
    if not rows:
        return {}
    inserted = await insert_rows(
        work,
        SalesOrder,
        rows,
        returning=("number", "id"),
        unless_there=("tenant_id", "channel_id", "external_id"),
    )
    return {row.number: row.id for row in inserted}


def _line_rows(
    order: NewOrder,
    order_id: int | None,
    money: OrderAmounts,
    figures: Sequence[LineFigures],
    days: Sequence[PromisedDays],
    kits: Mapping[NewKit, int],
) -> list[dict[str, Any]]:
    if order_id is None:
        return []
    return [
        line_row(line, order_id=order_id, party_id=order.party_id, line_number=number)
        | {
            "allocated": figure.allocated,
            "cancelled": figure.cancelled,
            "discount_minor": part.discount_minor,
            "tax_minor": part.tax_minor,
            "net_minor": part.net_minor,
            "promised_ship_on": ships_on,
            "promised_on": arrives_on,
            "expected_ship_on": ships_on,
            "expected_on": arrives_on,
        }
        | kit_columns(line.kit, line.per_kit, kits)
        for number, (line, part, figure, (ships_on, arrives_on)) in enumerate(
            zip(order.lines, money.lines, figures, days, strict=True), start=1
        )
    ]


async def insert_lines(work: Work, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Write order lines; their ids in the order of `rows`."""
    return await insert_ids(work, SalesOrderLine, rows)


_OF_LINE = (
    "item_id quantity_ordered unit quantity unit_price external_line external_code description "
    "wanted_on wanted_ship_on price_beyond_limit"
).split()
_read_line = attrgetter(*_OF_LINE)


def line_row(
    line: NewLine, *, order_id: int | None, party_id: int | None, line_number: int
) -> dict[str, Any]:
    """What a line says of itself, as a row; amounts and figures are added by the caller."""
    own = dict(zip(_OF_LINE, _read_line(line), strict=True))
    return {"order_id": order_id, "party_id": party_id, "line_number": line_number, **own}

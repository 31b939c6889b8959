"""What came of an order's lines, as it is told, and what that makes of what is to come."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity, Location
from domain.inventory.goods import Goods, goods_of
from domain.inventory.lines import ReceiptLine
from domain.inventory.policies.purchases import Parts, open_of, received_parts, unsent_again
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import SCALE, plain
from domain.kernel.work import Work
from domain.ledger.rates import rates_on
from domain.procurement.notices import NoticeUnderWay
from domain.procurement.outcomes import ReceivedTooMuch
from domain.procurement.policies.counting import counted_from, given_up
from domain.procurement.policies.receiving import counts_as_all, most

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedPurchaseLine:
    """What came of a line: a quantity of a unit (the line's if absent), damaged ones as well.

    `closes`: no more of the line will come. Lot, days and serial numbers as in a receipt."""

    line_number: int
    quantity: Decimal
    unit: str | None = None
    damaged: Decimal = ZERO
    closes: bool = False
    lot: str = ""
    manufactured_on: date | None = None
    expires_on: date | None = None
    serials: Sequence[str] = ()
    damaged_serials: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Arrived:
    """The same with its line, in base units, and the notice's line that it came with."""

    line: Row[Any]
    told: ReceivedPurchaseLine
    quantity: Decimal
    damaged: Decimal
    notice_line_id: int | None


async def local_day(work: Work, location_id: int) -> date:
    """The day that it is at a location now. Only for one that was found before."""
    zone = await work.value(
        select(Location.time_zone).where(
            Location.tenant_id == work.tenant_id, Location.id == location_id
        )
    )
    return work.now.astimezone(ZoneInfo(zone)).date()


async def arrived_of(
    work: Work,
    order: Row[Any],
    named: Sequence[Row[Any]],
    lines: Sequence[ReceivedPurchaseLine],
    notice: NoticeUnderWay | None,
) -> list[Arrived]:
    """What came, checked. Raises InvalidInput, QuantityNotExact, ReceivedTooMuch."""
    goods = await goods_of(work, {line.item_id for line in named})
    came: dict[int, Decimal] = defaultdict(Decimal)
    arrived = []
    for place, (line, told) in enumerate(zip(named, lines, strict=True)):
        each = _arrived(line, told, goods[line.item_id], notice, path=("lines", place))
        came[line.id] += each.quantity
        expected = max(line.quantity - line.cancelled, line.received)
        limit = most(expected, order.over_percent) + line.over_allowed
        if line.received + came[line.id] > limit:
            raise ReceivedTooMuch(
                f"Of line {line.line_number} at most {plain(limit)} may be received.",
                path=("lines", place, "quantity"),
                line_number=line.line_number,
                received=plain(line.received + came[line.id]),
                most=plain(limit),
            )
        arrived.append(each)
    return arrived


def _arrived(
    line: Row[Any],
    told: ReceivedPurchaseLine,
    goods: Goods,
    notice: NoticeUnderWay | None,
    *,
    path: tuple[str | int, ...],
) -> Arrived:
    unit = told.unit or line.unit
    quantity = goods.in_base(told.quantity, unit, path=(*path, "quantity"))
    if quantity <= 0:
        raise InvalidInput("Must be more than zero.", path=(*path, "quantity"))
    damaged = goods.in_base(told.damaged, unit, path=(*path, "damaged"))
    notice_line = None if notice is None else notice.line_of(line.id, told.lot)
    return Arrived(line, told, quantity, damaged, notice_line)


async def books_rate(work: Work, order: Row[Any], day: date) -> Decimal:
    """What one of the order's currency is worth in the buyer's books on a day. Raises
    ExchangeRateMissing."""
    books = await work.value(
        select(LegalEntity.currency).where(
            LegalEntity.tenant_id == work.tenant_id, LegalEntity.id == order.entity_id
        )
    )
    pair = (order.currency, str(books))
    return (await rates_on(work, [pair], on=day))[pair]


def stock_line(arrived: Arrived, rate: Decimal) -> ReceiptLine:
    """The line of the receipt, at the order's price for the line's unit; in the currency of the
    buyer's books at the rate."""
    told, line = arrived.told, arrived.line
    return ReceiptLine(
        item_id=line.item_id,
        quantity=told.quantity,
        unit=told.unit or line.unit,
        lot=told.lot,
        unit_cost=(line.unit_price * rate).quantize(SCALE, rounding=ROUND_HALF_UP),
        cost_unit=line.unit,
        manufactured_on=told.manufactured_on,
        expires_on=told.expires_on,
        serials=told.serials,
        damaged=told.damaged,
        damaged_serials=told.damaged_serials,
    )


def taken_in(
    line: Row[Any],
    came: Sequence[Arrived],
    parts: Parts,
    *,
    order: Row[Any],
    missing: Collection[int],
    day: date,
) -> tuple[Parts, dict[str, Any]]:
    """What is to come of a line after so much came of it, and what changes of the line.

    What the `missing` notice lines had sent and did not come is to be sent still."""
    received, cancelled = line.received, line.cancelled
    for each in came:
        parts = received_parts(parts, each.quantity, today=day, notice_line_id=each.notice_line_id)
        received += each.quantity
    parts = unsent_again(parts, missing)
    ordered = line.quantity - cancelled
    closes = any(each.told.closes for each in came)
    if closes or counts_as_all(received, ordered, order.under_percent):
        parts, lost = given_up(parts, open_of(parts), ordered=ordered, received=received)
        cancelled += lost
    done = not open_of(parts)
    damaged = sum((each.damaged for each in came), line.damaged)
    return parts, {
        **counted_from(parts, received=received),
        "received": received,
        "damaged": damaged,
        "cancelled": cancelled,
        "completed_on": day if done else None,
    }

"""Goods of a return that came are brought to its lines and written down; they wait, outside of
stock. The return is locked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Row

from domain.inventory.goods import Goods, goods_of
from domain.inventory.lines import named_pieces
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.numbers import draw_numbers
from domain.kernel.work import Work
from domain.orders.models import SalesOrderLine
from domain.returns.asked import order_lines
from domain.returns.claims import Sales, claim, lock_sales
from domain.returns.events import ReturnReceived
from domain.returns.models import ReturnLine, ReturnReceipt, ReturnUnit
from domain.returns.policies.arriving import (
    ANNOUNCED,
    Came,
    Delivered,
    Expected,
    Placed,
    bring_home,
)
from domain.returns.rows import change_lines, line_state, lines_of, order_ids_of
from domain.returns.tracking import shipped_lots, shipped_pieces

MOST_LINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedGoods:
    """Goods that came: a quantity of a unit of an item (the base unit if absent), with the lot and
    the serial number of every piece, where the item is tracked so."""

    item_id: int
    quantity: Decimal
    unit: str | None = None
    lot: str = ""
    serials: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Arrived:
    """Goods in base units, one of these for each piece that is told apart."""

    item_id: int
    quantity: Decimal
    lot: str
    serial: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """How goods came: with which authorisation (if any), to where, and carried by whom."""

    location_id: int
    authorization_id: int | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    comment: str | None = None


async def arrived_of(work: Work, told: Sequence[ReturnedGoods]) -> list[Arrived]:
    """What came, in base units and pieces. Raises InvalidInput, NotFound, QuantityNotExact."""
    if not 1 <= len(told) <= MOST_LINES:
        raise InvalidInput(f"1 to {MOST_LINES} lines came.", path=("lines",))
    goods = await goods_of(work, {each.item_id for each in told})
    return [part for n, each in enumerate(told) for part in _parts(n, each, goods[each.item_id])]


def _parts(number: int, each: ReturnedGoods, goods: Goods) -> list[Arrived]:
    path = ("lines", number)
    if not each.quantity.is_finite() or each.quantity <= 0:
        raise InvalidInput("Must be more than nothing.", path=(*path, "quantity"))
    if goods.kind == "kit":
        raise InvalidInput("Name the components of a kit.", path=(*path, "item_id"))
    quantity = goods.in_base(each.quantity, each.unit, path=(*path, "quantity"))
    lot = text.optional(each.lot, path=(*path, "lot")) or ""
    if (goods.tracking == "lot") != bool(lot):
        message = "Name the lot." if goods.tracking == "lot" else "The item has no lots."
        raise InvalidInput(message, path=(*path, "lot"))
    serials = named_pieces(each.serials, quantity, goods, path=path)
    if goods.tracking != "serial":
        return [Arrived(each.item_id, quantity, lot)]
    return [Arrived(each.item_id, Decimal(1), lot, serial) for serial in serials]


async def take_in(
    work: Work, row: Row[Any], arrived: Sequence[Arrived], parcel: Parcel, also_of: Sequence[int]
) -> int:
    """Write down what came of a locked return; `also_of` are orders that it may be of beside those
    that its lines name. Gives the receipt's id. Raises SerialNotReturnable."""
    lines = await lines_of(work, row.id)
    sales = await lock_sales(work, [*order_ids_of(lines), *also_of])
    placed = await _placed(work, lines, sales, arrived)
    number = (await draw_numbers(work, return_receipt=1))["return_receipt"][0]
    line_ids = await _count(work, row, lines, sales, arrived, placed)
    receipt_id = await _write(work, row, number, parcel)
    await insert_rows(
        work,
        ReturnUnit,
        [
            {
                "return_id": row.id,
                "receipt_id": receipt_id,
                "line_id": line_id,
                "item_id": arrived[each.place].item_id,
                "location_id": parcel.location_id,
                "owner_id": row.entity_id,
                "quantity": each.quantity,
                "lot": arrived[each.place].lot,
                "serial": arrived[each.place].serial,
                "created_at": work.now,
            }
            for each, line_id in zip(placed, line_ids, strict=True)
        ],
    )
    work.record(
        ReturnReceived(
            aggregate_id=row.id,
            number=row.number,
            receipt_id=receipt_id,
            receipt=number,
            location_id=parcel.location_id,
            item_ids=tuple(sorted({each.item_id for each in arrived})),
        )
    )
    return receipt_id


async def _placed(
    work: Work, lines: Sequence[Row[Any]], sales: Sales, arrived: Sequence[Arrived]
) -> list[Placed]:
    of_items = await _order_lines(work, sales)
    pieces = [(each.item_id, each.serial) for each in arrived if each.serial is not None]
    left_by = await shipped_pieces(work, pieces)
    tracked = any(each.lot for each in arrived)
    lots = await shipped_lots(work, list(of_items)) if tracked else {}
    came = []
    for each in arrived:
        allowed = None
        if each.serial is not None:
            allowed = frozenset({left_by.get((each.item_id, each.serial), 0)})
        elif each.lot:
            allowed = frozenset(n for n, known in lots.items() if each.lot in known)
        came.append(Came(item_id=each.item_id, quantity=each.quantity, order_line_ids=allowed))
    expected = [
        Expected(
            line_id=line.id,
            item_id=line.item_id,
            order_line_id=line.order_line_id,
            to_come=line_state(line).to_come,
        )
        for line in lines
    ]
    delivered = [
        Delivered(order_line_id=line_id, item_id=item_id, returnable=sales.returnable(line_id))
        for line_id, item_id in of_items.items()
    ]
    return bring_home(came, expected, delivered)


async def _order_lines(work: Work, sales: Sales) -> dict[int, int]:
    """The item of each order line of which something was shipped."""
    rows = await order_lines(work, SalesOrderLine.id.in_(list(sales.lines)))
    return {line_id: row.item_id for line_id, row in rows.items()}


async def _count(
    work: Work,
    row: Row[Any],
    lines: Sequence[Row[Any]],
    sales: Sales,
    arrived: Sequence[Arrived],
    placed: Sequence[Placed],
) -> list[int]:
    """Count what came on the lines, and make lines for what none announced; the line of each."""
    received: dict[int, Decimal] = {}
    for each in placed:
        if each.line_id is not None:
            received[each.line_id] = received.get(each.line_id, Decimal(0)) + each.quantity
    by_id = {line.id: line for line in lines}
    await change_lines(work, {n: {"received": by_id[n].received + q} for n, q in received.items()})
    new = [each for each in placed if each.kind != ANNOUNCED]
    owed = [(e.order_line_id, e.quantity) for e in new if e.order_line_id is not None]
    await claim(work, sales, owed)
    order_of = {line_id: counter.order_id for line_id, counter in sales.lines.items()}
    rows = [
        _new_line(row, len(lines) + n, each, arrived[each.place], order_of)
        for n, each in enumerate(new, start=1)
    ]
    ids = iter(await insert_ids(work, ReturnLine, rows) if rows else [])
    return [next(ids) if each.line_id is None else each.line_id for each in placed]


def _new_line(
    row: Row[Any], number: int, each: Placed, arrived: Arrived, order_of: Mapping[int, int]
) -> dict[str, Any]:
    return {
        "return_id": row.id,
        "line_number": number,
        "kind": each.kind,
        "order_id": order_of.get(each.order_line_id or 0),
        "order_line_id": each.order_line_id,
        "item_id": arrived.item_id,
        "quantity": each.quantity,
        "received": each.quantity,
        "status": "authorized",
        "explanation": ["It came without being announced."],
    }


async def _write(work: Work, row: Row[Any], number: str, parcel: Parcel) -> int:
    receipt_id = await work.value(
        insert(ReturnReceipt)
        .values(
            tenant_id=work.tenant_id,
            number=number,
            return_id=row.id,
            authorization_id=parcel.authorization_id,
            location_id=parcel.location_id,
            carrier=parcel.carrier,
            tracking_number=parcel.tracking_number,
            note=parcel.comment,
            received_at=work.now,
            received_by=work.actor.principal.name,
        )
        .returning(ReturnReceipt.id)
    )
    return int(receipt_id)

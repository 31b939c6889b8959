"""What a caller wants to send back, made into lines: of orders, of kits' components, or of items
alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.fulfilment.models import Shipment, ShipmentLine
from domain.inventory.goods import Goods, goods_of
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrder, SalesOrderKit, SalesOrderLine
from domain.returns.models import ReturnReason
from domain.returns.policies.rules import CONDITIONS

MOST_LINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedReturn:
    """Goods that somebody wants to send back: of an order's line, of a kit that was ordered (its
    components in their measure), or of an item without any order.

    The quantity is of `unit` (the base unit if absent; of a kit: kits). `reason` is a code."""

    quantity: Decimal
    reason: str
    order_line_id: int | None = None
    kit_id: int | None = None
    item_id: int | None = None
    unit: str | None = None
    condition: str | None = None
    note: str | None = None
    delivered_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a return to be, in base units, with its order and what is known of the item."""

    item_id: int
    item_group: str | None
    quantity: Decimal
    reason_id: int | None = None
    reason: str | None = None
    order: Row[Any] | None = None
    order_line_id: int | None = None
    condition: str | None = None
    note: str | None = None
    delivered_on: date | None = None


async def lines_asked(reader: Reader, wanted: Sequence[WantedReturn]) -> list[Line]:
    """The lines that are wanted, as far as the caller may see what they are of.

    Raises NotFound (order line, kit, item), InvalidInput, QuantityNotExact."""
    if not 1 <= len(wanted) <= MOST_LINES:
        raise InvalidInput(f"1 to {MOST_LINES} lines make a return.", path=("lines",))
    reasons = await _reasons(reader, wanted)
    kits = await _kits(reader, wanted)
    ordered = await _ordered(reader, wanted, kits)
    items = {row.item_id for row in ordered.values()}
    items |= {each.item_id for each in wanted if each.item_id is not None}
    goods = await goods_of(reader, items)
    groups = await item_groups(reader, items)
    found: list[Line] = []
    for place, each in enumerate(wanted):
        reason = reasons[each.reason]
        fields: dict[str, Any] = {
            "reason_id": reason.id,
            "reason": reason.code,
            "condition": _condition(each, place),
            "note": text.prose(each.note, path=("lines", place, "note")),
            "delivered_on": each.delivered_on,
        }
        found += _lines(each, place, kits, ordered, goods, groups, fields)
    return found


async def item_groups(reader: Reader, item_ids: set[int]) -> dict[int, str | None]:
    """The group of each item, by its id."""
    rows = await reader.rows(
        select(Item.id, Item.item_group).where(
            Item.tenant_id == reader.tenant_id, Item.id.in_(item_ids)
        )
    )
    return {row.id: row.item_group for row in rows}


@dataclass(frozen=True, slots=True)
class Shipped:
    """When goods of an order's line last left, and from where."""

    shipped_on: date
    location_id: int


async def last_shipments(reader: Reader, order_line_ids: Sequence[int]) -> dict[int, Shipped]:
    """The last shipment of each order line of which anything left."""
    rows = await reader.rows(
        select(ShipmentLine.order_line_id, Shipment.shipped_at, Shipment.location_id)
        .ext(distinct_on(ShipmentLine.order_line_id))
        .join(
            Shipment,
            and_(
                Shipment.tenant_id == ShipmentLine.tenant_id,
                Shipment.id == ShipmentLine.shipment_id,
            ),
        )
        .where(
            ShipmentLine.tenant_id == reader.tenant_id,
            ShipmentLine.order_line_id.in_(order_line_ids),
        )
        .order_by(ShipmentLine.order_line_id, Shipment.id.desc())
    )
    return {row.order_line_id: Shipped(row.shipped_at.date(), row.location_id) for row in rows}


def _lines(
    each: WantedReturn,
    place: int,
    kits: Mapping[int, Row[Any]],
    ordered: Mapping[int, Row[Any]],
    goods: Mapping[int, Goods],
    groups: Mapping[int, str | None],
    fields: Mapping[str, Any],
) -> list[Line]:
    path = ("lines", place, "quantity")
    if not each.quantity.is_finite() or each.quantity <= 0:
        raise InvalidInput("Must be more than nothing.", path=path)
    if each.item_id is not None:
        if goods[each.item_id].kind == "kit":
            raise InvalidInput("Name the components of a kit.", path=("lines", place, "item_id"))
        quantity = goods[each.item_id].in_base(each.quantity, each.unit, path=path)
        group = groups[each.item_id]
        return [Line(item_id=each.item_id, item_group=group, quantity=quantity, **fields)]
    if each.kit_id is not None:
        parts = [row for row in ordered.values() if row.kit_id == each.kit_id]
        return [_of_order(row, each.quantity * row.per_kit, groups, fields) for row in parts]
    row = ordered[each.order_line_id or 0]
    quantity = goods[row.item_id].in_base(each.quantity, each.unit, path=path)
    return [_of_order(row, quantity, groups, fields)]


def _of_order(
    row: Row[Any], quantity: Decimal, groups: Mapping[int, str | None], fields: Mapping[str, Any]
) -> Line:
    return Line(
        item_id=row.item_id,
        item_group=groups[row.item_id],
        quantity=quantity,
        order=row,
        order_line_id=row.id,
        **fields,
    )


def _condition(each: WantedReturn, place: int) -> str | None:
    if each.condition is None:
        return None
    return text.choice(each.condition, CONDITIONS, path=("lines", place, "condition"))


async def _reasons(reader: Reader, wanted: Sequence[WantedReturn]) -> dict[str, Row[Any]]:
    rows = await reader.rows(
        select(ReturnReason.id, ReturnReason.code).where(
            ReturnReason.tenant_id == reader.tenant_id,
            ReturnReason.code.in_({each.reason for each in wanted}),
            ReturnReason.status == "active",
        )
    )
    found = {row.code: row for row in rows}
    for place, each in enumerate(wanted):
        if each.reason not in found:
            raise InvalidInput("No such reason.", path=("lines", place, "reason"))
    return found


async def _kits(reader: Reader, wanted: Sequence[WantedReturn]) -> dict[int, Row[Any]]:
    ids = {each.kit_id for each in wanted if each.kit_id is not None}
    for place, each in enumerate(wanted):
        if sum(x is not None for x in (each.order_line_id, each.kit_id, each.item_id)) != 1:
            message = "Name an order's line, a kit of an order, or an item."
            raise InvalidInput(message, path=("lines", place))
    if not ids:
        return {}
    rows = await reader.rows(
        select(SalesOrderKit.id).where(
            SalesOrderKit.tenant_id == reader.tenant_id, SalesOrderKit.id.in_(ids)
        )
    )
    if len(rows) != len(ids):
        raise NotFound("kit")
    return {row.id: row for row in rows}


async def _ordered(
    reader: Reader, wanted: Sequence[WantedReturn], kits: Mapping[int, Row[Any]]
) -> dict[int, Row[Any]]:
    """The order lines that are named, or of the kits that are: with their orders."""
    ids = {each.order_line_id for each in wanted if each.order_line_id is not None}
    if not ids and not kits:
        return {}
    found = await order_lines(
        reader, SalesOrderLine.id.in_(ids) | SalesOrderLine.kit_id.in_(list(kits))
    )
    if ids - found.keys():
        raise NotFound("order line")
    return found


async def order_lines(reader: Reader, condition: Any) -> dict[int, Row[Any]]:
    """Order lines, each with what of its order a return needs to know, by their ids."""
    rows = await reader.rows(
        select(
            SalesOrderLine.id,
            SalesOrderLine.order_id,
            SalesOrderLine.item_id,
            SalesOrderLine.kit_id,
            SalesOrderLine.per_kit,
            SalesOrderLine.external_line,
            SalesOrderLine.line_number,
            SalesOrder.party_id,
            SalesOrder.entity_id,
            SalesOrder.channel_id,
            SalesOrder.currency,
            SalesOrder.ship_to,
            SalesOrder.number,
        )
        .join(
            SalesOrder,
            and_(
                SalesOrder.tenant_id == SalesOrderLine.tenant_id,
                SalesOrder.id == SalesOrderLine.order_id,
            ),
        )
        .where(SalesOrderLine.tenant_id == reader.tenant_id, condition)
        .order_by(SalesOrderLine.order_id, SalesOrderLine.line_number)
    )
    return {row.id: row for row in rows}

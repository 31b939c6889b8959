"""How much comes back of what is sold, why, and how long it takes; and what of orders came back."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Text, and_, cast, func, literal, select

from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.fulfilment.models import Shipment, ShipmentLine
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrder
from domain.returns.models import (
    ReturnCredit,
    ReturnLine,
    ReturnReason,
    ReturnReceipt,
    ReturnRequest,
)
from tenancy.models import UserAccount

BY = ("reason", "item", "channel")
MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class Window:
    """Returns that were asked for, and goods that were shipped, from a day to another."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What came back of one thing: quantities in base units, hours from asking to the last receipt
    and to the last credit. `shipped` is what was shipped of it (of all, where a reason is told)."""

    key: str
    name: str
    owner: str | None
    returns: int
    asked: Decimal
    received: Decimal
    shipped: Decimal
    hours_to_receipt: Decimal | None
    hours_to_credit: Decimal | None


@query("returns.read")
async def return_rates(reader: Reader, *, by: str, window: Window) -> list[Rate]:
    """How much of what was shipped came back, the most first: by reason, item or channel."""
    key, name, owner = _what(by)
    received, credited = _last(ReturnReceipt, "received_at"), _last(ReturnCredit, "granted_at")
    asked = func.sum(ReturnLine.quantity)
    rows = await reader.rows(
        _joined(
            select(
                key.label("key"),
                name.label("name"),
                owner.label("owner"),
                func.count(func.distinct(ReturnRequest.id)).label("returns"),
                asked.label("asked"),
                func.sum(ReturnLine.received).label("received"),
                _hours(received).label("hours_to_receipt"),
                _hours(credited).label("hours_to_credit"),
            ),
            by,
        )
        .where(
            ReturnRequest.tenant_id == reader.tenant_id,
            func.date(ReturnRequest.requested_at).between(window.first, window.last),
            ReturnLine.status != "refused",
        )
        .group_by(key, name, owner)
        .order_by(asked.desc(), key)
        .limit(MOST_ROWS)
    )
    shipped = await _shipped(reader, by, window)
    whole = sum(shipped.values(), Decimal(0))
    return [
        Rate(
            **row._asdict(),
            shipped=whole if by == "reason" else shipped.get(row.key, Decimal(0)),
        )
        for row in rows
    ]


def _what(by: str) -> tuple[Any, Any, Any]:
    """What is counted by: its key, its name, and who answers for it."""
    nobody = cast(literal(None), Text)
    if by == "item":
        return Item.sku, Item.name, nobody
    if by == "channel":
        return Channel.code, Channel.name, nobody
    return (
        func.coalesce(ReturnReason.code, "?"),
        func.coalesce(ReturnReason.name, "Not told"),
        UserAccount.display_name,
    )


def _joined(statement: Any, by: str) -> Any:
    statement = statement.select_from(ReturnLine).join(
        ReturnRequest,
        and_(
            ReturnRequest.tenant_id == ReturnLine.tenant_id,
            ReturnRequest.id == ReturnLine.return_id,
        ),
    )
    if by == "item":
        return statement.join(
            Item, and_(Item.tenant_id == ReturnLine.tenant_id, Item.id == ReturnLine.item_id)
        )
    if by == "channel":
        return statement.join(
            Channel,
            and_(
                Channel.tenant_id == ReturnRequest.tenant_id,
                Channel.id == ReturnRequest.channel_id,
            ),
        )
    return statement.outerjoin(
        ReturnReason,
        and_(
            ReturnReason.tenant_id == ReturnLine.tenant_id,
            ReturnReason.id == ReturnLine.reason_id,
        ),
    ).outerjoin(
        UserAccount,
        and_(
            UserAccount.tenant_id == ReturnReason.tenant_id,
            UserAccount.id == ReturnReason.owner_id,
        ),
    )


def _last(table: Any, moment: str) -> Any:
    """When the last of a return's documents of a kind was made."""
    return (
        select(func.max(getattr(table, moment)))
        .where(table.tenant_id == ReturnRequest.tenant_id, table.return_id == ReturnRequest.id)
        .scalar_subquery()
    )


def _hours(until: Any) -> Any:
    seconds = func.avg(func.extract("epoch", until - ReturnRequest.requested_at))
    return func.round(seconds / 3600, 2)


async def _shipped(reader: Reader, by: str, window: Window) -> dict[str, Decimal]:
    key = Channel.code if by == "channel" else Item.sku
    rows = await reader.rows(
        select(key.label("key"), func.sum(ShipmentLine.quantity).label("quantity"))
        .select_from(ShipmentLine)
        .join(
            Shipment,
            and_(
                Shipment.tenant_id == ShipmentLine.tenant_id,
                Shipment.id == ShipmentLine.shipment_id,
            ),
        )
        .join(
            SalesOrder,
            and_(SalesOrder.tenant_id == Shipment.tenant_id, SalesOrder.id == Shipment.order_id),
        )
        .join(
            Channel,
            and_(Channel.tenant_id == SalesOrder.tenant_id, Channel.id == SalesOrder.channel_id),
        )
        .join(Item, and_(Item.tenant_id == ShipmentLine.tenant_id, Item.id == ShipmentLine.item_id))
        .where(
            Shipment.tenant_id == reader.tenant_id,
            func.date(Shipment.shipped_at).between(window.first, window.last),
        )
        .group_by(key)
    )
    return {row.key: row.quantity for row in rows}

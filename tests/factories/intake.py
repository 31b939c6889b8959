"""Channels that take documents, and documents to put through them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import func, select

from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.entities.models import Party
from domain.intake.models import IntakeDocument, IntakeMessage
from domain.intake.operations import process_message, receive_message
from domain.intake.processing import Processed
from domain.orders.models import SalesOrder, SalesOrderLine
from tests.factories.masters import new_channel, new_entity
from tests.factories.orders import Shop, new_shop
from tests.factories.tenants import TenantUnderTest

_serial = count(1)


@dataclass(frozen=True, slots=True)
class Door:
    """One channel of a tenant, and what came through it."""

    tenant: TenantUnderTest
    channel_id: int
    code: str

    async def receive(self, raw: bytes | str | dict[str, Any], **fields: Any) -> int:
        """Keep a document; its message's id."""
        async with self.tenant.work() as work:
            return await receive_message(work, channel_code=self.code, raw=as_bytes(raw), **fields)

    async def process(self, message_id: int) -> Processed | None:
        """Read and book a kept message, as the worker does."""
        async with self.tenant.work() as work:
            return await process_message(work, message_id=message_id)

    async def take(self, raw: bytes | str | dict[str, Any], **fields: Any) -> Processed:
        """Keep a document, then read and book it, in one transaction as the command line does."""
        async with self.tenant.work() as work:
            message_id = await receive_message(
                work, channel_code=self.code, raw=as_bytes(raw), **fields
            )
            processed = await process_message(work, message_id=message_id)
        assert processed is not None
        return processed

    async def message(self, message_id: int) -> Any:
        """The message's row."""
        (row,) = await self._rows(IntakeMessage, IntakeMessage.id == message_id)
        return row

    async def documents(self, message_id: int) -> Sequence[Any]:
        """The orders that were read out of the message."""
        return await self._rows(IntakeDocument, IntakeDocument.message_id == message_id)

    async def orders(self) -> Sequence[Any]:
        """The orders of the channel, oldest first."""
        return await self._rows(SalesOrder, SalesOrder.channel_id == self.channel_id)

    async def order(self) -> Any:
        """The only order of the channel."""
        (row,) = await self.orders()
        return row

    async def lines(self, order_id: int) -> Sequence[Any]:
        """The lines of an order."""
        return await self._rows(SalesOrderLine, SalesOrderLine.order_id == order_id)

    async def counted(self, table: type[Item] | type[Party] | type[SalesOrder]) -> int:
        """How many rows of the table the tenant has."""
        async with self.tenant.read() as reader:
            return int(
                await reader.value(select(func.count()).where(table.tenant_id == self.tenant.id))
            )

    async def _rows(self, table: Any, *conditions: Any) -> Sequence[Any]:
        async with self.tenant.read() as reader:
            return await reader.rows(
                select(*table.__table__.c)
                .where(table.tenant_id == self.tenant.id, *conditions)
                .order_by(table.id)
            )


async def new_door(tenant: TenantUnderTest, **fields: Any) -> Door:
    """A Shopify channel in euros of an entity of its own, unless told otherwise."""
    entity_id = fields.pop("entity_id", None) or await new_entity(tenant)
    code = fields.pop("code", None) or f"DOOR{next(_serial)}"
    channel_id = await new_channel(tenant, entity_id=entity_id, code=code, **fields)
    return Door(tenant, channel_id, code)


async def stocked_door(tenant: TenantUnderTest) -> tuple[Shop, Door, str]:
    """A shop that has 10 of its item, the door of its channel, and the item's SKU."""
    shop = await new_shop(tenant)
    await shop.stock(10)
    async with tenant.read() as reader:
        code = await reader.value(
            select(Channel.code).where(
                Channel.tenant_id == tenant.id, Channel.id == shop.channel_id
            )
        )
        sku = await reader.value(
            select(Item.sku).where(Item.tenant_id == tenant.id, Item.id == shop.setting.item_ids[0])
        )
    return shop, Door(tenant, shop.channel_id, code), sku


def as_bytes(raw: bytes | str | dict[str, Any] | list[Any]) -> bytes:
    """A document as it comes over the wire."""
    if isinstance(raw, bytes):
        return raw
    return (raw if isinstance(raw, str) else json.dumps(raw)).encode()


@dataclass(frozen=True, slots=True)
class ShopLine:
    """A line of a Shopify order."""

    sku: str
    quantity: int = 1
    price: str = "10.00"
    current: int | None = None


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """A Shopify order at one moment of its life."""

    number: int = 1001
    lines: Sequence[ShopLine] = (ShopLine("A-1", 2),)
    updated_at: str = "2026-03-01T10:00:00Z"
    currency: str = "EUR"
    financial_status: str = "pending"
    cancelled_at: str | None = None
    city: str = "Bremen"
    more: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As the REST Admin API and its webhooks send it."""
        subtotal = sum((Decimal(line.price) * line.quantity for line in self.lines), Decimal(0))
        address = {"name": "Kim Muster", "address1": "Kai 1", "city": self.city}
        return {
            "id": 900_000_000 + self.number,
            "name": f"#{self.number}",
            "order_number": self.number,
            "created_at": "2026-03-01T09:00:00Z",
            "updated_at": self.updated_at,
            "cancelled_at": self.cancelled_at,
            "currency": self.currency,
            "financial_status": self.financial_status,
            "subtotal_price": str(subtotal),
            "total_discounts": "0.00",
            "total_tax": "0.00",
            "total_price": str(subtotal),
            "taxes_included": False,
            "test": False,
            "shipping_address": {**address, "zip": "28195", "country_code": "DE"},
            "line_items": [self._line(place, line) for place, line in enumerate(self.lines, 1)],
            **self.more,
        }

    def _line(self, place: int, line: ShopLine) -> dict[str, Any]:
        current = {} if line.current is None else {"current_quantity": line.current}
        return {
            "id": self.number * 100 + place,
            "sku": line.sku,
            "title": f"Thing {line.sku}",
            "quantity": line.quantity,
            "price": line.price,
            **current,
        }


def purchase_order(
    number: str = "PO-1", *, lines: str = "PO1*1*12*EA*2.50**VN*A-1~", buyer: str = "BUYER7"
) -> str:
    """An X12 850 interchange with one order."""
    return interchange(purchase_order_set(number, lines=lines, buyer=buyer))


def purchase_order_set(
    number: str,
    *,
    lines: str = "PO1*1*12*EA*2.50**VN*A-1~",
    buyer: str = "BUYER7",
    control: str = "0001",
) -> str:
    """One transaction set 850."""
    body = f"BEG*00*SA*{number}**20260301~N1*BY*Buyer Ltd*92*{buyer}~{lines}"
    count_ = body.count("~") + 2
    return f"ST*850*{control}~{body}SE*{count_}*{control}~"


def interchange(*sets: str) -> str:
    """Transaction sets in one group of one interchange."""
    head = (
        "ISA*00*          *00*          *ZZ*PARTNER        *ZZ*CROSSDOCK      "
        "*260301*0900*U*00401*000000001*0*P*>~GS*PO*PARTNER*CROSSDOCK*20260301*0900*1*X*004010~"
    )
    return f"{head}{''.join(sets)}GE*{len(sets)}*1~IEA*1*000000001~"

"""A shop: an entity with locations, items and a channel that orders come through."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import func, insert, select, text

from domain.allocation.invariants import INVARIANTS as OF_ALLOCATION
from domain.allocation.operations.place_order import place_order
from domain.allocation.ordering import OrderedLine
from domain.allocation.placing import PlacedOrder
from domain.approvals.invariants import INVARIANTS as OF_APPROVALS
from domain.channels.models import Channel
from domain.finance.invariants import INVARIANTS as OF_FINANCE
from domain.fulfilment.invariants import INVARIANTS as OF_FULFILMENT
from domain.inventory.invariants import INVARIANTS as OF_INVENTORY
from domain.inventory.lines import ReceiptLine
from domain.inventory.models import StockBalance
from domain.inventory.operations.receiving import receive_stock
from domain.ledger.invariants import INVARIANTS as OF_LEDGER
from domain.orders.invariants import INVARIANTS as OF_ORDERS
from domain.orders.models import SalesOrder, SalesOrderLine
from domain.promise.invariants import INVARIANTS as OF_PROMISES
from domain.returns.invariants import INVARIANTS as OF_RETURNS
from tests.factories.stock import StockSetting, new_stock_setting
from tests.factories.tenants import TenantUnderTest

_serial = count(1)


@dataclass(frozen=True, slots=True)
class Shop:
    """A stock setting with a channel; items and locations are named by their position."""

    setting: StockSetting
    channel_id: int

    @property
    def tenant(self) -> TenantUnderTest:
        """The tenant of the shop."""
        return self.setting.tenant

    async def stock(
        self,
        quantity: int,
        *,
        item: int = 0,
        location: int = 0,
        value_minor: int = 0,
        lot: str = "",
    ) -> None:
        """Receive stock of an item at a location, worth `value_minor` in all."""
        unit_cost = (Decimal(value_minor) / 100 / quantity).quantize(Decimal("0.000001"))
        line = ReceiptLine(
            item_id=self.setting.item_ids[item],
            quantity=Decimal(quantity),
            unit_cost=unit_cost,
            lot=lot,
        )
        async with self.tenant.work() as work:
            place = self.setting.location_ids[location]
            await receive_stock(work, location_id=place, lines=[line])

    def line(
        self, quantity: int | str, *, item: int = 0, unit: str = "EA", price: str = "10.00"
    ) -> OrderedLine:
        """An ordered line of an item."""
        return OrderedLine(
            item_id=self.setting.item_ids[item],
            quantity=Decimal(quantity),
            unit=unit,
            unit_price=Decimal(price),
        )

    async def place(self, *lines: OrderedLine, **fields: Any) -> PlacedOrder:
        """Place an order in a transaction of its own."""
        async with self.tenant.work() as work:
            return await place_order(work, channel_id=self.channel_id, lines=lines, **fields)

    async def order(self, order_id: int) -> Any:
        """The order's row."""
        async with self.tenant.read() as reader:
            return await reader.row(
                select(*SalesOrder.__table__.c).where(
                    SalesOrder.tenant_id == self.tenant.id, SalesOrder.id == order_id
                )
            )

    async def lines(self, order_id: int) -> Sequence[Any]:
        """The order's lines."""
        async with self.tenant.read() as reader:
            return await reader.rows(
                select(*SalesOrderLine.__table__.c)
                .where(
                    SalesOrderLine.tenant_id == self.tenant.id, SalesOrderLine.order_id == order_id
                )
                .order_by(SalesOrderLine.line_number)
            )

    async def figures(self, order_id: int) -> list[tuple[int, ...]]:
        """(allocated, shipped, cancelled, backordered) of each line."""
        return [
            (int(row.allocated), int(row.shipped), int(row.cancelled), int(row.backordered))
            for row in await self.lines(order_id)
        ]

    async def available(self, *, item: int = 0, location: int | None = None) -> Decimal:
        """What is available of an item, at one location or at all."""
        statement = select(func.coalesce(func.sum(StockBalance.available), 0)).where(
            StockBalance.tenant_id == self.tenant.id,
            StockBalance.item_id == self.setting.item_ids[item],
        )
        if location is not None:
            place = self.setting.location_ids[location]
            statement = statement.where(StockBalance.location_id == place)
        async with self.tenant.read() as reader:
            return Decimal(await reader.value(statement))


async def new_shop(
    tenant: TenantUnderTest,
    *,
    locations: int = 1,
    items: int = 1,
    split_allowed: bool = True,
    tracking: str = "none",
) -> Shop:
    """A shop that sells in euros and has no stock yet."""
    setting = await new_stock_setting(tenant, locations=locations, items=items, tracking=tracking)
    return Shop(setting, await new_channel(tenant, setting.entity_id, split_allowed=split_allowed))


async def new_channel(
    tenant: TenantUnderTest, entity_id: int, *, split_allowed: bool = True, kind: str = "portal"
) -> int:
    """The id of a new channel of the entity."""
    code = f"CH{next(_serial)}"
    async with tenant.work() as work:
        return int(
            await work.value(
                insert(Channel)
                .values(
                    tenant_id=tenant.id,
                    code=code,
                    name=code,
                    kind=kind,
                    source="generic",
                    currency="EUR",
                    entity_id=entity_id,
                    split_allowed=split_allowed,
                    created_at=tenant.now,
                )
                .returning(Channel.id)
            )
        )


async def violations(tenant: TenantUnderTest) -> dict[str, list[Any]]:
    """What breaks an invariant of the books, stock or orders, by the invariant's name."""
    broken: dict[str, list[Any]] = {}
    async with tenant.read() as reader:
        for each in (
            *OF_LEDGER,
            *OF_APPROVALS,
            *OF_INVENTORY,
            *OF_ORDERS,
            *OF_PROMISES,
            *OF_ALLOCATION,
            *OF_FULFILMENT,
            *OF_RETURNS,
            *OF_FINANCE,
        ):
            parameters = {"tenant_id": tenant.id}
            await reader.value(text(each.counted_sql), parameters)
            found = [tuple(row) for row in await reader.rows(text(each.violations_sql), parameters)]
            if found:
                broken[each.name] = found
    return broken

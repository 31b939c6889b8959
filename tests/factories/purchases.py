"""Purchase orders of a shop, and its suppliers."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import select, text

from domain.entities.operations.parties import create_party
from domain.inventory.invariants import INVARIANTS as OF_INVENTORY
from domain.inventory.models import ExpectedSupply
from domain.ledger.invariants import INVARIANTS as OF_LEDGER
from domain.procurement.answering import AnsweredLine, PromisedPart
from domain.procurement.arriving import ReceivedPurchaseLine
from domain.procurement.drafts import WantedPurchaseLine
from domain.procurement.invariants import INVARIANTS
from domain.procurement.models import PurchaseOrder, PurchaseOrderLine
from domain.procurement.operations.confirming import confirm_purchase_order
from domain.procurement.operations.ordering import create_purchase_order, send_purchase_order
from domain.procurement.operations.receiving import receive_purchase_order
from domain.procurement.operations.shipping import SentLine, ship_purchase_order
from tenancy.principals import Principal
from tests.factories.orders import Shop

_serial = count(1)
WANTED = 10


@dataclass(frozen=True, slots=True)
class Buying:
    """A shop with a supplier; days are counted from today."""

    shop: Shop
    supplier_id: int

    @property
    def supplier(self) -> Principal:
        """The supplier's user."""
        asked = ("procurement.read", "procurement.confirm", "procurement.ship")
        user = self.shop.tenant.user(*asked, name="supplier", id=90)
        return replace(user, party_id=self.supplier_id)

    def day(self, days: int) -> date:
        """So many days from today."""
        return self.shop.tenant.now.date() + timedelta(days=days)

    async def ordered(self, *quantities: int, sent: bool = True, **fields: Any) -> int:
        """The id of an order of the first items, wanted in ten days, at 2.50 each."""
        lines = [
            WantedPurchaseLine(
                item_id=self.shop.setting.item_ids[n],
                quantity=Decimal(quantity),
                unit_price=Decimal("2.50"),
                wanted_on=self.day(WANTED),
            )
            for n, quantity in enumerate(quantities)
        ]
        async with self.shop.tenant.work() as work:
            order_id = await create_purchase_order(
                work,
                supplier_id=self.supplier_id,
                location_id=self.shop.setting.location_ids[0],
                lines=lines,
                **fields,
            )
            if sent:
                await send_purchase_order(work, order_id=order_id)
        return order_id

    async def confirm(
        self, order_id: int, *parts: tuple[int, int], line: int = 1, **fields: Any
    ) -> None:
        """The supplier answers a line: (quantity, days from today) each."""
        promised = [
            PromisedPart(quantity=Decimal(quantity), delivers_on=self.day(days))
            for quantity, days in parts
        ]
        told = AnsweredLine(line_number=line, parts=promised, **fields)
        async with self.shop.tenant.work(as_=self.supplier) as work:
            await confirm_purchase_order(work, order_id=order_id, lines=[told])

    async def ship(
        self, order_id: int, *quantities: int, number: str = "ASN-1", days: int = WANTED
    ) -> None:
        """The supplier sends so much of each line."""
        lines = [
            SentLine(line_number=n, quantity=Decimal(quantity))
            for n, quantity in enumerate(quantities, start=1)
        ]
        async with self.shop.tenant.work(as_=self.supplier) as work:
            await ship_purchase_order(
                work, order_id=order_id, number=number, expected_on=self.day(days), lines=lines
            )

    async def receive(
        self, order_id: int, *quantities: int, damaged: int = 0, closes: bool = False, **fields: Any
    ) -> None:
        """So much of each line comes; of the first, some is damaged."""
        lines = [
            ReceivedPurchaseLine(
                line_number=n,
                quantity=Decimal(quantity),
                damaged=Decimal(damaged if n == 1 else 0),
                closes=closes,
            )
            for n, quantity in enumerate(quantities, start=1)
        ]
        async with self.shop.tenant.work() as work:
            await receive_purchase_order(work, order_id=order_id, lines=lines, **fields)

    async def order(self, order_id: int) -> Any:
        """The order's row."""
        async with self.shop.tenant.read() as reader:
            return await reader.row(
                select(*PurchaseOrder.__table__.c).where(
                    PurchaseOrder.tenant_id == reader.tenant_id, PurchaseOrder.id == order_id
                )
            )

    async def status(self, order_id: int) -> str:
        """How far it has come."""
        return str((await self.order(order_id)).status)

    async def figures(self, order_id: int) -> list[tuple[int, ...]]:
        """(ordered, confirmed, shipped, received, damaged, cancelled) of each line."""
        names = ("quantity", "confirmed", "shipped", "received", "damaged", "cancelled")
        async with self.shop.tenant.read() as reader:
            rows = await reader.rows(
                select(*(getattr(PurchaseOrderLine, name) for name in names))
                .where(
                    PurchaseOrderLine.tenant_id == reader.tenant_id,
                    PurchaseOrderLine.order_id == order_id,
                )
                .order_by(PurchaseOrderLine.line_number)
            )
        return [tuple(int(value) for value in row) for row in rows]

    async def coming(self, *, item: int = 0) -> list[tuple[int, int, bool]]:
        """(what is to come, in how many days, whether confirmed) of an item, by day."""
        today = self.shop.tenant.now.date()
        async with self.shop.tenant.read() as reader:
            rows = await reader.rows(
                select(ExpectedSupply.open, ExpectedSupply.expected_on, ExpectedSupply.confirmed_on)
                .where(
                    ExpectedSupply.tenant_id == reader.tenant_id,
                    ExpectedSupply.item_id == self.shop.setting.item_ids[item],
                    ExpectedSupply.status == "open",
                )
                .order_by(ExpectedSupply.expected_on, ExpectedSupply.open)
            )
        return [
            (int(row.open), (row.expected_on - today).days, row.confirmed_on is not None)
            for row in rows
        ]

    async def violations(self) -> list[tuple[str, dict[str, Any]]]:
        """Everything that breaks an invariant of procurement, stock or books."""
        found = []
        async with self.shop.tenant.read() as reader:
            for each in (*INVARIANTS, *OF_INVENTORY, *OF_LEDGER):
                rows = await reader.rows(text(each.violations_sql), {"tenant_id": reader.tenant_id})
                found += [(each.name, row._asdict()) for row in rows]
        return found


async def new_buying(shop: Shop) -> Buying:
    """The shop with a new supplier."""
    return Buying(shop, await new_supplier(shop))


async def new_supplier(shop: Shop) -> int:
    """The id of a new supplier."""
    code = f"SUP{next(_serial)}"
    async with shop.tenant.work() as work:
        return await create_party(
            work, code=code, name=f"Supplier {code}", is_customer=False, is_supplier=True
        )

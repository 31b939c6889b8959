"""Shops whose channel pays out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from domain.channels.models import Channel
from domain.finance.models import Payment, Settlement, SettlementDifference
from domain.finance.prepaying import note_prepayments
from domain.intake.operations import process_message, receive_message
from domain.intake.processing import Processed
from domain.orders.models import SalesOrder
from tests.factories.money import balances, rows_of
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.payouts import V2, amount, flat_file
from tests.factories.tenants import TenantUnderTest


@dataclass(frozen=True, slots=True)
class Market:
    """A shop on a marketplace."""

    shop: Shop
    code: str

    @property
    def tenant(self) -> TenantUnderTest:
        """The tenant of the shop."""
        return self.shop.tenant

    def at(self, moment: datetime) -> "Market":
        """The same at another moment."""
        setting = replace(self.shop.setting, tenant=self.tenant.at(moment))
        return replace(self, shop=replace(self.shop, setting=setting))

    async def sell(
        self, name: str, *, price: str = "100.00", paid: bool = True, **fields: Any
    ) -> int:
        """An order of one piece that the marketplace calls by a name; its id."""
        await self.shop.stock(1, value_minor=400)
        placed = await self.shop.place(
            self.shop.line(1, price=price),
            external_id=name,
            external_number=f"#{name}",
            **fields,
        )
        if paid:
            await self.paid(placed.order_id)
        return placed.order_id

    async def paid(self, order_id: int) -> None:
        """The marketplace says that an order is paid."""
        async with self.tenant.work() as work:
            await work.execute(
                update(SalesOrder)
                .where(SalesOrder.tenant_id == self.tenant.id, SalesOrder.id == order_id)
                .values(payment_state="paid")
            )
            await note_prepayments(work, [order_id])

    async def take(self, raw: bytes, **fields: Any) -> Processed:
        """A document comes in and is read."""
        async with self.tenant.work() as work:
            message_id = await receive_message(work, channel_code=self.code, raw=raw, **fields)
            processed = await process_message(work, message_id=message_id)
        assert processed is not None
        return processed

    async def pay_out(self, *sales: tuple[str, str], settlement: str = "7001") -> Processed:
        """A report that pays out sales: (the marketplace's name of the order, how much)."""
        return await self.take(report(*sales, settlement=settlement))

    async def differences(self, **same: Any) -> list[tuple[str, str, int, int]]:
        """(kind, status, amount, held) of each."""
        rows = await rows_of(self.tenant, SettlementDifference, **same)
        return [(row.kind, row.status, row.amount_minor, row.held_minor) for row in rows]

    async def settlements(self) -> list[tuple[str, int, str]]:
        """(name, revision, status) of each."""
        rows = await rows_of(self.tenant, Settlement)
        return [(row.external_id, row.revision, row.status) for row in rows]

    async def uncleared(self) -> list[int]:
        """What of each payment is not paid out."""
        return [row.uncleared_minor for row in await rows_of(self.tenant, Payment)]

    async def stands(self) -> dict[str, int]:
        """What stands on the accounts, once it is sure that all agrees."""
        assert await violations(self.tenant) == {}
        return await balances(self.tenant)


def report(
    *sales: tuple[str, str],
    settlement: str = "7001",
    more: tuple[dict[str, str], ...] = (),
    **head: str,
) -> bytes:
    """A settlement report of sales, and of other lines."""
    lines = [
        *(amount("Order", "ItemPrice", "Principal", text, order_id=name) for name, text in sales),
        *more,
    ]
    total = sum((Decimal(each["amount"]) for each in lines), Decimal(0))
    names = {"settlement_id": settlement, "total_amount": str(total)} | head
    return flat_file(V2, [line | {"settlement-id": settlement} for line in lines], **names)


async def new_market(tenant: TenantUnderTest, **fields: Any) -> Market:
    """A shop that sells in euros through a marketplace."""
    shop = await new_shop(tenant, **fields)
    async with tenant.read() as reader:
        code = await reader.value(
            select(Channel.code).where(
                Channel.tenant_id == tenant.id, Channel.id == shop.channel_id
            )
        )
    return Market(shop, str(code))


def only(stands: Mapping[str, int], *roles: str) -> dict[str, int]:
    """What stands on some accounts."""
    return {role: stands[role] for role in roles if role in stands}

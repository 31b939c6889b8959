"""Companies of one tenant that sell each other's stock: a shop of one, and its suppliers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text

from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.fulfilment.progress import LineQuantity
from domain.intercompany.invariants import INVARIANTS
from domain.intercompany.models import (
    IntercompanyBalance,
    IntercompanyEntry,
    IntercompanyTrade,
    IntercompanyTradeLine,
)
from domain.intercompany.operations.agreements import agree_trade
from domain.inventory.lines import ReceiptLine
from domain.inventory.models import StockBalance
from domain.inventory.operations.receiving import receive_stock
from domain.ledger.models import Account, Journal, JournalLine
from tests.factories.books import set_rate
from tests.factories.orders import Shop, new_shop
from tests.factories.orders import violations as violations_of_orders
from tests.factories.stock import new_entity, new_location
from tests.factories.tenants import TenantUnderTest

# What one unit is worth in euros.
RATES = {"USD": "0.8", "GBP": "1.25", "JPY": "0.005"}


@dataclass(frozen=True, slots=True)
class Affiliates:
    """A shop that sells in euros, and the other entities with a location each: by their place,
    from 1 on. The shop's own entity is 0."""

    shop: Shop
    entity_ids: tuple[int, ...]
    location_ids: tuple[int, ...]

    @property
    def tenant(self) -> TenantUnderTest:
        """The tenant of all of them."""
        return self.shop.tenant

    async def agree(self, supplier: int, buyer: int = 0, **terms: Any) -> int:
        """An agreement in euros at cost, unless told otherwise; its id."""
        async with self.tenant.work() as work:
            return await agree_trade(
                work,
                supplier_id=self.entity_ids[supplier],
                buyer_id=self.entity_ids[buyer],
                **{"currency": "EUR", **terms},
            )

    async def stock(
        self, quantity: int, *, of: int, item: int = 0, at: int | None = None, value_minor: int = 0
    ) -> None:
        """Receive stock of an entity, at its own location unless told otherwise, worth so much in
        its own currency."""
        unit_cost = (Decimal(value_minor) / 100 / quantity).quantize(Decimal("0.000001"))
        line = ReceiptLine(
            item_id=self.shop.setting.item_ids[item],
            quantity=Decimal(quantity),
            unit_cost=unit_cost,
        )
        async with self.tenant.work() as work:
            await receive_stock(
                work,
                location_id=self.location_ids[of if at is None else at],
                owner_id=self.entity_ids[of],
                lines=[line],
            )

    async def release(self, order_id: int) -> list[int]:
        """Give the order to its locations; the fulfilment orders' ids."""
        async with self.tenant.work() as work:
            return await release_order(work, order_id=order_id)

    async def ship(self, order_id: int) -> list[int]:
        """Release the order, pick, pack and ship all of it at each location."""
        return [await self.ship_fulfilment(each) for each in await self.release(order_id)]

    async def ship_fulfilment(self, fulfilment_id: int, quantity: int | None = None) -> int:
        """Pick, pack and ship a fulfilment order of one line, or so much of it."""
        asked: Sequence[LineQuantity] | None = None
        if quantity is not None:
            line_id = await self.value(
                "SELECT min(id) FROM fulfilment_line WHERE tenant_id = :tenant_id "
                "AND fulfilment_order_id = :id",
                id=fulfilment_id,
            )
            asked = [LineQuantity(line_id=line_id, quantity=Decimal(quantity))]
        async with self.tenant.work() as work:
            await record_pick(work, fulfilment_order_id=fulfilment_id, lines=asked)
        async with self.tenant.work() as work:
            await pack_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
        async with self.tenant.work() as work:
            return await ship_fulfilment_order(work, fulfilment_order_id=fulfilment_id)

    async def pack(self, order_id: int) -> list[int]:
        """Release the order, pick and pack all of it at each location; the fulfilment orders."""
        released = await self.release(order_id)
        for each in released:
            async with self.tenant.work() as work:
                await record_pick(work, fulfilment_order_id=each)
            async with self.tenant.work() as work:
                await pack_fulfilment_order(work, fulfilment_order_id=each)
        return released

    async def owned(self) -> list[int]:
        """How much lies there of each entity's, in all."""
        balances = await self.rows(StockBalance)
        return [
            int(sum(each.on_hand for each in balances if each.owner_id == entity_id))
            for entity_id in self.entity_ids
        ]

    async def trades(self) -> list[tuple[Any, ...]]:
        """(supplier, buyer, currency) of all trades, by their places."""
        rows = await self.rows(IntercompanyTrade)
        places = {entity_id: place for place, entity_id in enumerate(self.entity_ids)}
        return [(places[row.supplier_id], places[row.buyer_id], row.currency) for row in rows]

    async def trade_lines(self) -> Sequence[Any]:
        """All trade lines."""
        return await self.rows(IntercompanyTradeLine)

    async def entries(self) -> list[tuple[Any, ...]]:
        """(kind, creditor, debtor, currency, amount, in the creditor's own, in the debtor's)."""
        places = {entity_id: place for place, entity_id in enumerate(self.entity_ids)}
        return [
            (
                row.kind,
                places[row.creditor_id],
                places[row.debtor_id],
                row.currency,
                row.amount_minor,
                row.creditor_base_minor,
                row.debtor_base_minor,
            )
            for row in await self.rows(IntercompanyEntry)
        ]

    async def balances(self) -> dict[tuple[int, int, str], int]:
        """What is owed, by (creditor, debtor, currency)."""
        places = {entity_id: place for place, entity_id in enumerate(self.entity_ids)}
        return {
            (places[row.creditor_id], places[row.debtor_id], row.currency): row.amount_minor
            for row in await self.rows(IntercompanyBalance)
        }

    async def books(self, entity: int) -> dict[str, int]:
        """What stands on each account of an entity's books, by its role, in its own currency."""
        async with self.tenant.read() as reader:
            rows = await reader.rows(
                select(Account.role, JournalLine.base_amount_minor)
                .join(
                    JournalLine,
                    (JournalLine.tenant_id == Account.tenant_id)
                    & (JournalLine.account_id == Account.id),
                )
                .join(
                    Journal,
                    (Journal.tenant_id == JournalLine.tenant_id)
                    & (Journal.id == JournalLine.journal_id),
                )
                .where(
                    Account.tenant_id == self.tenant.id,
                    Account.entity_id == self.entity_ids[entity],
                )
            )
        sums: dict[str, int] = {}
        for role, amount in rows:
            sums[role] = sums.get(role, 0) + amount
        return {role: amount for role, amount in sums.items() if amount}

    async def value(self, statement: str, **parameters: Any) -> Any:
        """The first value of a statement."""
        async with self.tenant.read() as reader:
            return await reader.value(text(statement), {"tenant_id": self.tenant.id, **parameters})

    async def rows(self, table: Any) -> Sequence[Any]:
        """All rows of a table, by id."""
        async with self.tenant.read() as reader:
            return await reader.rows(
                select(*table.__table__.c)
                .where(table.tenant_id == self.tenant.id)
                .order_by(table.id)
            )


async def new_affiliates(
    tenant: TenantUnderTest,
    *currencies: str,
    items: int = 1,
    split_allowed: bool = True,
    tracking: str = "none",
) -> Affiliates:
    """A shop in euros and an entity in each of these currencies, with the rates of RATES."""
    shop = await new_shop(tenant, items=items, split_allowed=split_allowed, tracking=tracking)
    entities, locations = [shop.setting.entity_id], [shop.setting.location_ids[0]]
    async with tenant.work() as work:
        for currency in currencies:
            entity_id = await new_entity(work, currency=currency)
            entities.append(entity_id)
            locations.append(await new_location(work, entity_id))
        for currency in sorted({*currencies} - {"EUR"}):
            await set_rate(work, currency, "EUR", RATES[currency])
            for other in sorted({*currencies} - {"EUR", currency}):
                rate = Decimal(RATES[currency]) / Decimal(RATES[other])
                await set_rate(work, currency, other, str(rate.quantize(Decimal("0.000001"))))
    return Affiliates(shop, tuple(entities), tuple(locations))


async def violations(tenant: TenantUnderTest) -> dict[str, list[Any]]:
    """What breaks an invariant of orders, stock, books or of trade between entities."""
    broken = await violations_of_orders(tenant)
    async with tenant.read() as reader:
        for each in INVARIANTS:
            parameters = {"tenant_id": tenant.id}
            await reader.value(text(each.counted_sql), parameters)
            found = [tuple(row) for row in await reader.rows(text(each.violations_sql), parameters)]
            if found:
                broken[each.name] = found
    return broken

"""A shop that has sold and sent goods, and takes them back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from domain.allocation.placing import PlacedOrder, place
from domain.entities.operations.parties import create_party
from domain.fulfilment.models import FulfilmentLine
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.fulfilment.progress import LineQuantity
from domain.orders.capture import NewLine, NewOrder
from domain.orders.models import SalesOrderLine
from domain.orders.policy import GivenTotals
from domain.returns.arriving import ReturnedGoods
from domain.returns.asked import WantedReturn
from domain.returns.models import ReturnAuthorization, ReturnLine, ReturnRequest, ReturnUnit
from domain.returns.operations.crediting import WantedCredit, credit_return
from domain.returns.operations.disposing import dispose_return
from domain.returns.operations.inspecting import Finding, inspect_return
from domain.returns.operations.receiving import receive_return
from domain.returns.operations.requesting import request_return
from domain.returns.operations.setup import set_return_policy, set_return_reason
from tests.factories.orders import Shop, new_shop
from tests.factories.tenants import TenantUnderTest

LET: Mapping[str, Any] = {"name": "Everything", "decision": "approve"}


@dataclass(frozen=True, slots=True)
class Returns:
    """A shop with a customer, the reason UNWANTED, and a policy."""

    shop: Shop
    party_id: int
    serials: dict[int, Sequence[str]] = field(default_factory=dict)

    @property
    def tenant(self) -> TenantUnderTest:
        """The tenant of the shop."""
        return self.shop.tenant

    async def sell(
        self,
        *quantities: int,
        prices_minor: Sequence[int] = (),
        discount_minor: int = 0,
        tax_minor: int = 0,
        shipping_minor: int = 0,
        items: Sequence[int] = (),
        serials: Sequence[str] = (),
        currency: str = "EUR",
        channel_id: int | None = None,
        **fields: Any,
    ) -> int:
        """An order of so many of the items, at 10.00 a line unless priced, sent at once; its id.

        Stock is received first, worth 4.00 each, unless `serials` lie there."""
        places = list(items) or list(range(len(quantities)))
        prices = list(prices_minor) or [1000] * len(quantities)
        if not serials and not fields.pop("from_stock", False):
            for item, quantity in zip(places, quantities, strict=True):
                await self.shop.stock(quantity, item=item, value_minor=400 * quantity)
        lines = self._sold(quantities, places, prices, fields.get("external_id"))
        subtotal = sum(prices)
        order = NewOrder(
            channel_id=channel_id or self.shop.channel_id,
            entity_id=self.shop.setting.entity_id,
            party_id=self.party_id,
            currency=currency,
            ordered_at=self.tenant.now,
            lines=lines,
            totals=GivenTotals(
                subtotal_minor=subtotal,
                discount_minor=discount_minor,
                tax_minor=tax_minor,
                shipping_minor=shipping_minor,
                total_minor=subtotal - discount_minor + tax_minor + shipping_minor,
            ),
            **fields,
        )
        async with self.tenant.work() as work:
            [placed] = await place(work, [order])
        assert isinstance(placed, PlacedOrder)
        await self.send(placed.order_id, serials)
        return int(placed.order_id)

    def _sold(
        self,
        quantities: Sequence[int],
        places: Sequence[int],
        prices: Sequence[int],
        external_id: str | None,
    ) -> tuple[NewLine, ...]:
        return tuple(
            NewLine(
                item_id=self.shop.setting.item_ids[item],
                quantity_ordered=Decimal(quantity),
                unit="EA",
                quantity=Decimal(quantity),
                unit_price=Decimal(price) / 100 / quantity,
                amount_minor=price,
                external_line=external_id and f"{external_id}-{n}",
            )
            for n, (item, quantity, price) in enumerate(
                zip(places, quantities, prices, strict=True), start=1
            )
        )

    async def send(self, order_id: int, serials: Sequence[str] = ()) -> None:
        """All of an order leaves."""
        async with self.tenant.work() as work:
            released = await release_order(work, order_id=order_id)
        for fulfilment_id in released:
            async with self.tenant.work() as work:
                lines = None
                if serials:
                    line_id = await work.value(
                        select(FulfilmentLine.id).where(
                            FulfilmentLine.fulfilment_order_id == fulfilment_id
                        )
                    )
                    lines = [LineQuantity(line_id, Decimal(len(serials)), serials=tuple(serials))]
                await record_pick(work, fulfilment_order_id=fulfilment_id, lines=lines)
            async with self.tenant.work() as work:
                await pack_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
            async with self.tenant.work() as work:
                await ship_fulfilment_order(work, fulfilment_order_id=fulfilment_id)

    async def order_lines(self, order_id: int) -> list[int]:
        """The ids of an order's lines."""
        async with self.tenant.read() as reader:
            return list(
                await reader.values(
                    select(SalesOrderLine.id)
                    .where(SalesOrderLine.order_id == order_id)
                    .order_by(SalesOrderLine.line_number)
                )
            )

    async def request(self, order_id: int, *quantities: int, **fields: Any) -> int:
        """A return of so many of the order's lines; its id."""
        condition = fields.pop("condition", None)
        wanted = [
            WantedReturn(
                order_line_id=line_id,
                quantity=Decimal(quantity),
                reason="UNWANTED",
                condition=condition,
            )
            for line_id, quantity in zip(await self.order_lines(order_id), quantities, strict=False)
            if quantity
        ]
        async with self.tenant.work() as work:
            return await request_return(work, lines=wanted, **fields)

    async def receive(self, return_id: int, *goods: tuple[int, int], **fields: Any) -> int:
        """(item, quantity) of each thing that came; the receipt's id."""
        lines = [
            ReturnedGoods(
                item_id=self.shop.setting.item_ids[item],
                quantity=Decimal(quantity),
                lot=fields.get("lot", ""),
                serials=fields.get("serials", ()),
            )
            for item, quantity in goods
        ]
        place = self.shop.setting.location_ids[fields.get("location", 0)]
        async with self.tenant.work() as work:
            return await receive_return(work, return_id=return_id, location_id=place, lines=lines)

    async def inspect(self, unit_id: int, *found: tuple[int, str]) -> list[int]:
        """(quantity, condition) of each thing that was found; the units' ids."""
        findings = [Finding(condition=how, quantity=Decimal(n)) for n, how in found]
        async with self.tenant.work() as work:
            return await inspect_return(work, unit_id=unit_id, findings=findings)

    async def dispose(self, unit_id: int, kind: str = "restock") -> int:
        """The disposition's id."""
        async with self.tenant.work() as work:
            return await dispose_return(work, unit_id=unit_id, kind=kind, reason="as it is")

    async def credit(self, return_id: int, *lines: WantedCredit, **fields: Any) -> list[int]:
        """The credits' ids."""
        async with self.tenant.work() as work:
            return await credit_return(
                work,
                return_id=return_id,
                reason="came back",
                lines=list(lines) or None,
                **fields,
            )

    async def come_back(self, order_id: int, *quantities: int, **fields: Any) -> int:
        """A return of an order's lines that came as announced and was found as new; its id."""
        return_id = await self.request(order_id, *quantities, **fields)
        goods = [(item, quantity) for item, quantity in enumerate(quantities) if quantity]
        await self.receive(return_id, *goods)
        for unit in await self.rows(ReturnUnit, return_id=return_id):
            await self.inspect(unit.id, (int(unit.quantity), "new"))
        return return_id

    async def rows(self, table: Any, **same: Any) -> Sequence[Any]:
        """The rows of a table that have these values, by id."""
        async with self.tenant.read() as reader:
            conditions = [getattr(table, name) == value for name, value in same.items()]
            return await reader.rows(
                select(*table.__table__.c)
                .where(table.tenant_id == self.tenant.id, *conditions)
                .order_by(table.id)
            )

    async def state(self, return_id: int) -> tuple[str, list[tuple[Any, ...]]]:
        """The return's status, and (status, received, accepted, disposed, credited) of its
        lines."""
        [row] = await self.rows(ReturnRequest, id=return_id)
        names = ("received", "accepted", "disposed", "credited")
        return row.status, [
            (line.status, *(int(getattr(line, name)) for name in names))
            for line in await self.rows(ReturnLine, return_id=return_id)
        ]

    async def authorization(self, return_id: int) -> Any:
        """The return's one authorisation."""
        [row] = await self.rows(ReturnAuthorization, return_id=return_id)
        return row

    async def settle_policy(self, *rules: Mapping[str, Any]) -> int:
        """Put these rules into effect."""
        async with self.tenant.work() as work:
            return await set_return_policy(work, name="Policy", rules=list(rules))


async def new_returns(tenant: TenantUnderTest, *rules: Mapping[str, Any], **fields: Any) -> Returns:
    """A shop that lets everything come back, unless rules are given."""
    return await returns_to(await new_shop(tenant, **fields), *rules)


async def returns_to(shop: Shop, *rules: Mapping[str, Any]) -> Returns:
    """A shop that is there already lets everything come back, unless rules are given."""
    async with shop.tenant.work() as work:
        party_id = await create_party(
            work, code="C-RET", name="Customer", is_customer=True, is_supplier=False
        )
        await set_return_reason(work, code="UNWANTED", name="Not wanted any more")
    returns = Returns(shop, party_id)
    await returns.settle_policy(*(rules or (LET,)))
    return returns

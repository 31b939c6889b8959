"""The company of the random workload: three entities that sell each other's stock in three
currencies, with customers and suppliers, and a clock that every deed moves on."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import insert, select

from domain.channels.models import Channel
from domain.finance.operations.settings import set_party_finance
from domain.inventory.operations.costing import set_costing_method, set_standard_costs
from domain.kernel.work import Work
from domain.ledger.operations.rates import WantedRate, set_exchange_rates
from domain.returns.operations.setup import set_return_reason
from tests.factories.affiliates import RATES, Affiliates, new_affiliates
from tests.factories.money import new_customer, taxed
from tests.factories.purchases import new_supplier
from tests.factories.returns import Returns
from tests.factories.stock import new_location
from tests.factories.tenants import TenantUnderTest

CURRENCIES = ("EUR", "USD", "GBP")
# Who sells to whom, by place: each for the next, in a circle.
AGREED = ((1, 0), (2, 1), (0, 2))
ITEMS, CUSTOMERS, SUPPLIERS = 4, 5, 2
# What one unit costs in the currency of an entity, and about what it is sold at.
COST, PRICE = Decimal("7.31"), Decimal("13.33")
DAYS = 120
APPROVER = (
    *("approvals.decide", "approvals.read", "finance.approve", "inventory.approve"),
    *("returns.approve", "close.reopen", "ledger.post", "ledger.manage"),
)


class NothingThere(Exception):
    """There is no row on which a deed could be done yet."""


@dataclass
class Scene:
    """The company and its clock. `party_ids` are customers; `entity_ids` go by place."""

    affiliates: Affiliates
    tenant: TenantUnderTest
    location_ids: tuple[tuple[int, ...], ...]
    channel_ids: tuple[int, ...]
    party_ids: tuple[int, ...]
    supplier_ids: tuple[int, ...]
    step: timedelta

    @property
    def entity_ids(self) -> tuple[int, ...]:
        """The entities: the shop's own, its supplier, and that one's."""
        return self.affiliates.entity_ids

    @property
    def item_ids(self) -> list[int]:
        """All items."""
        return self.affiliates.shop.setting.item_ids

    @property
    def today(self) -> date:
        """The day that it is in the scene."""
        return self.tenant.now.date()

    def move_on(self) -> None:
        """A little time passes."""
        self.tenant = self.tenant.at(self.tenant.now + self.step)

    @asynccontextmanager
    async def work(self, *, as_boss: bool = False) -> AsyncIterator[Work]:
        """A unit of work now, of the system or of who approves."""
        tenant = self.tenant
        principal = tenant.user(*APPROVER, name="boss", id=9) if as_boss else None
        async with tenant.work(as_=principal) as work:
            yield work

    async def rows(self, table: Any, *conditions: Any) -> Sequence[Any]:
        """The tenant's rows of a table, by id."""
        async with self.tenant.read() as reader:
            return await reader.rows(
                select(*table.__table__.c)
                .where(table.tenant_id == self.tenant.id, *conditions)
                .order_by(table.id)
            )

    async def some(self, dice: Random, table: Any, *conditions: Any) -> Any:
        """Any of these rows, the latest more often. Raises NothingThere."""
        rows = await self.rows(table, *conditions)
        if not rows:
            raise NothingThere
        return dice.choice(rows[-12:] if dice.random() < 0.7 else rows)


async def new_scene(tenant: TenantUnderTest, *, step: timedelta) -> Scene:
    """The company on its first day; each deed takes `step`."""
    affiliates = await new_affiliates(tenant, *CURRENCIES[1:], items=ITEMS)
    shop = affiliates.shop
    async with tenant.work() as work:
        second = await new_location(work, shop.setting.entity_id)
        await set_exchange_rates(work, rates=list(_rates(tenant.now.date())))
    await _value(affiliates)
    for supplier, buyer in AGREED:
        await affiliates.agree(
            supplier,
            buyer,
            currency=CURRENCIES[supplier],
            percent=Decimal("12.5"),
            tax_percent=Decimal(19 if supplier == 1 else 0),
        )
    await taxed(shop, ("state", "6.5"), ("city", "1.25"))
    own, other = affiliates.location_ids[0], affiliates.location_ids[1:]
    scene = Scene(
        affiliates=affiliates,
        tenant=tenant,
        location_ids=((own, second), *((each,) for each in other)),
        channel_ids=await _channels(affiliates),
        party_ids=tuple([await new_customer(tenant) for _ in range(CUSTOMERS)]),
        supplier_ids=tuple([await new_supplier(shop) for _ in range(SUPPLIERS)]),
        step=step,
    )
    await _settle_terms(scene)
    for place in range(len(CURRENCIES)):
        for item in range(ITEMS):
            await affiliates.stock(20, of=place, item=item, value_minor=int(COST * 2000) + item)
    return scene


def _rates(first: date) -> list[WantedRate]:
    """A rate of every pair for each day, moved up and down."""
    dice, rates = Random(7), []
    for days in range(-40, DAYS + 40):
        worth = {
            one: Decimal(RATES[one]) * (1000 + dice.randint(-30, 30)) / 1000
            for one in CURRENCIES[1:]
        }
        worth["EUR"] = Decimal(1)
        for one, other in (("USD", "EUR"), ("GBP", "EUR"), ("GBP", "USD")):
            rate = (worth[one] / worth[other]).quantize(Decimal("0.000001"))
            day = first + timedelta(days=days)
            rates.append(WantedRate(from_currency=one, to_currency=other, valid_on=day, rate=rate))
    return rates


async def _value(affiliates: Affiliates) -> None:
    """One entity by FIFO, one by average, one at standard."""
    for place, method in enumerate(("fifo", "average", "standard")):
        async with affiliates.tenant.work() as work:
            entity_id = affiliates.entity_ids[place]
            await set_costing_method(work, entity_id=entity_id, method=method)
            if method == "standard":
                costs = dict.fromkeys(affiliates.shop.setting.item_ids, COST)
                await set_standard_costs(work, entity_id=entity_id, costs=costs)


async def _channels(affiliates: Affiliates) -> tuple[int, ...]:
    """In euros and in dollars of the first entity, and of the second in its own dollars."""
    made = [affiliates.shop.channel_id]
    async with affiliates.tenant.work() as work:
        for code, entity in (("CH-USD", 0), ("CH-OTHER", 1)):
            row = {
                "tenant_id": affiliates.tenant.id,
                "code": code,
                "name": code,
                "kind": "portal",
                "source": "generic",
                "currency": "USD",
                "entity_id": affiliates.entity_ids[entity],
                "created_at": work.now,
            }
            made.append(await work.value(insert(Channel).values(row).returning(Channel.id)))
    return tuple(made)


async def _settle_terms(scene: Scene) -> None:
    """Who is billed when, and how far a supplier's price may be off; and what may come back."""
    occasions = (
        {},
        {"invoice_at": "delivery"},
        {"invoice_at": "period", "invoice_every": "week"},
    )
    async with scene.tenant.work() as work:
        for party_id, fields in zip(scene.party_ids, occasions, strict=False):
            await set_party_finance(work, party_id=party_id, fields=fields)
        tolerances = {"price_percent": Decimal(5), "quantity_percent": Decimal(5)}
        await set_party_finance(work, party_id=scene.supplier_ids[0], fields=tolerances)
    async with scene.tenant.work() as work:
        await set_return_reason(work, code="UNWANTED", name="Not wanted any more")
    returns = Returns(scene.affiliates.shop, scene.party_ids[0])
    await returns.settle_policy(
        {"name": "Ask for used", "decision": "ask", "conditions": ["used"]},
        {"name": "Trifles", "decision": "approve", "keep_below_minor": 1500, "currency": "USD"},
        {
            "name": "The rest",
            "decision": "approve",
            "fee_percent": "12.5",
            "refunds_shipping": True,
        },
    )

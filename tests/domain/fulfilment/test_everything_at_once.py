"""Everything done to orders, at once and at random: nothing deadlocks, all figures agree."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from decimal import Decimal

from sqlalchemy import select

from domain.allocation.operations.allocate import reallocate_backorders
from domain.allocation.operations.amend_order import LineAmendment, amend_order
from domain.allocation.operations.cancel_order import cancel_order
from domain.fulfilment.models import FulfilmentLine, FulfilmentOrder
from domain.fulfilment.operations.cancel_fulfilment import cancel_fulfilment_order
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.fulfilment.progress import LineQuantity
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from domain.kernel.errors import Expected, InvalidInput, NotFound
from domain.kernel.work import Work
from domain.orders.models import SalesOrder, SalesOrderLine
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

WORKERS, STEPS = 8, 60


async def _some(shop: Shop, dice: random.Random, column: object) -> int:
    """The id of a row of the tenant, any."""
    table = column.class_  # type: ignore[attr-defined]
    wanted = select(column).where(table.tenant_id == shop.tenant.id)  # type: ignore[call-overload]
    if hasattr(table, "status"):
        wanted = wanted.where(table.status.not_in(["shipped", "cancelled"]))
    async with shop.tenant.read() as reader:
        ids = await reader.values(wanted)
    return int(dice.choice(ids)) if ids else 1


async def _place(shop: Shop, dice: random.Random) -> None:
    items = dice.sample([0, 1, 2], k=dice.randint(1, 3))
    lines = [shop.line(dice.randint(1, 4), item=item, price="3.33") for item in items]
    await shop.place(*lines, all_or_nothing=dice.random() < 0.2)


async def _receive(shop: Shop, dice: random.Random) -> None:
    item, location = dice.randrange(3), dice.randrange(2)
    line = ReceiptLine(
        item_id=shop.setting.item_ids[item],
        quantity=Decimal(dice.randint(1, 6)),
        unit_cost=Decimal("1.37"),
    )
    async with shop.tenant.work() as work:
        await receive_stock(work, location_id=shop.setting.location_ids[location], lines=[line])
    async with shop.tenant.work() as work:
        await reallocate_backorders(work, item_ids=shop.setting.item_ids)


async def _amend(shop: Shop, dice: random.Random) -> None:
    line_id = await _some(shop, dice, SalesOrderLine.id)
    async with shop.tenant.work() as work:
        order_id = await work.value(
            select(SalesOrderLine.order_id).where(SalesOrderLine.id == line_id)
        )
        change = LineAmendment(line_id, Decimal(dice.randint(0, 6)))
        await amend_order(work, order_id=order_id, lines=[change])


async def _cancel(shop: Shop, dice: random.Random) -> None:
    order_id = await _some(shop, dice, SalesOrder.id)
    async with shop.tenant.work() as work:
        await cancel_order(work, order_id=order_id)


async def _release(shop: Shop, dice: random.Random) -> None:
    order_id = await _some(shop, dice, SalesOrder.id)
    async with shop.tenant.work() as work:
        await release_order(work, order_id=order_id)


def _step(
    verb: Callable[..., Awaitable[object]],
) -> Callable[[Shop, random.Random], Awaitable[None]]:
    async def step(shop: Shop, dice: random.Random) -> None:
        row_id = await _some(shop, dice, FulfilmentOrder.id)
        async with shop.tenant.work() as work:
            await verb(work, fulfilment_order_id=row_id)

    return step


async def _pick_short(shop: Shop, dice: random.Random) -> None:
    line_id = await _some(shop, dice, FulfilmentLine.id)
    async with shop.tenant.work() as work:
        await _miss_one(work, line_id)


async def _miss_one(work: Work, line_id: int) -> None:
    row_id = await work.value(
        select(FulfilmentLine.fulfilment_order_id).where(FulfilmentLine.id == line_id)
    )
    missing = [LineQuantity(line_id, Decimal(1))]
    await record_pick(work, fulfilment_order_id=row_id, missing=missing)


DEEDS: dict[Callable[[Shop, random.Random], Awaitable[None]], int] = {
    _place: 6,
    _receive: 5,
    _amend: 2,
    _cancel: 1,
    _release: 4,
    _step(record_pick): 5,
    _step(pack_fulfilment_order): 5,
    _step(ship_fulfilment_order): 5,
    _step(cancel_fulfilment_order): 1,
    _pick_short: 1,
}


async def _work(shop: Shop, seed: int) -> int:
    """How many of the deeds were done."""
    dice, done = random.Random(seed), 0
    for _ in range(STEPS):
        try:
            [deed] = dice.choices(list(DEEDS), list(DEEDS.values()))
            await deed(shop, dice)
        except (Expected, InvalidInput, NotFound, LookupError):
            continue
        done += 1
    return done


async def test_everything_at_once_leaves_the_figures_in_order(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2, items=3)
    for _ in range(3):
        await shop.place(shop.line(3), shop.line(2, item=1))
    await _receive(shop, random.Random(0))
    await release_all(shop)
    # Which of them were done is a matter of who came first.
    assert min(await asyncio.gather(*(_work(shop, seed) for seed in range(WORKERS)))) > 0
    assert await violations(tenant) == {}


async def release_all(shop: Shop) -> None:
    """Release whatever can be, so that there is work to begin with."""
    async with shop.tenant.read() as reader:
        ids = await reader.values(
            select(SalesOrder.id).where(SalesOrder.tenant_id == shop.tenant.id)
        )
    for order_id in ids:
        try:
            async with shop.tenant.work() as work:
                await release_order(work, order_id=order_id)
        except Expected:
            continue

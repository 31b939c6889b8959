"""What the random workload does with goods that come back: asked, received, inspected, disposed of,
credited, paid back, replaced."""

from decimal import Decimal
from random import Random

from domain.orders.models import SalesOrder, SalesOrderLine
from domain.returns.arriving import ReturnedGoods
from domain.returns.asked import WantedReturn
from domain.returns.models import ReturnLine, ReturnRequest, ReturnUnit
from domain.returns.operations.crediting import WantedCredit, credit_return
from domain.returns.operations.disposing import dispose_return
from domain.returns.operations.inspecting import Finding, inspect_return
from domain.returns.operations.receiving import receive_return, receive_unannounced
from domain.returns.operations.requesting import cancel_return, close_return, request_return
from domain.returns.policies.states import DISPOSITIONS, RESOLUTIONS
from domain.returns.writing import WantedInstead
from tests.factories.workload_sales import Deed
from tests.factories.workload_scene import Scene

CONDITIONS = ("new", "new", "opened", "used", "damaged")
LIVE = ReturnRequest.status.in_(["approved", "receiving"])


async def request(scene: Scene, dice: Random) -> None:
    """A customer wants to send some of one order back, or of two, or nothing of any order."""
    line = await scene.some(dice, SalesOrderLine, SalesOrderLine.shipped > 0)
    [sold] = await scene.rows(SalesOrder, SalesOrder.id == line.order_id)
    wanted = [
        WantedReturn(
            order_line_id=each.id,
            quantity=Decimal(dice.randint(1, max(1, int(each.shipped)))),
            reason="UNWANTED",
            condition=dice.choice(CONDITIONS),
        )
        for each in await scene.rows(SalesOrderLine, SalesOrderLine.order_id == line.order_id)
        if each.id == line.id or (each.shipped and dice.random() < 0.4)
    ]
    resolution = dice.choice(RESOLUTIONS)
    instead = []
    if resolution == "exchange":
        instead = [
            WantedInstead(
                item_id=dice.choice(scene.item_ids),
                quantity=Decimal(1),
                unit_price=Decimal("9.99"),
            )
        ]
    async with scene.work() as work:
        await request_return(
            work,
            lines=wanted,
            resolution=resolution,
            replaces=dice.choice(["advance", "after_receipt"]) if resolution in GOODS else None,
            instead=instead,
            party_id=sold.party_id,
        )


async def receive(scene: Scene, dice: Random) -> None:
    """Goods of a return come, more or fewer than announced, or others, anywhere."""
    row = await scene.some(dice, ReturnRequest, LIVE)
    lines = await scene.rows(ReturnLine, ReturnLine.return_id == row.id)
    goods = [
        ReturnedGoods(
            item_id=line.item_id if dice.random() < 0.93 else dice.choice(scene.item_ids),
            quantity=Decimal(dice.randint(1, int(line.quantity) + (dice.random() < 0.2))),
        )
        for line in lines
    ]
    if len({each.item_id for each in goods}) < len(goods):
        goods = goods[:1]
    entity = dice.choice([0, 0, 0, 1, 2])
    async with scene.work() as work:
        await receive_return(
            work,
            return_id=row.id,
            location_id=dice.choice(scene.location_ids[entity]),
            lines=goods,
        )


async def receive_stranger(scene: Scene, dice: Random) -> None:
    """Goods come back that nobody announced."""
    goods = ReturnedGoods(item_id=dice.choice(scene.item_ids), quantity=Decimal(1))
    async with scene.work() as work:
        await receive_unannounced(
            work,
            location_id=dice.choice(scene.location_ids[0]),
            lines=[goods],
            party_id=dice.choice(scene.party_ids),
        )


async def inspect(scene: Scene, dice: Random) -> None:
    """What came is looked at, and is of one condition or two."""
    unit = await scene.some(dice, ReturnUnit, ReturnUnit.status == "waiting")
    found = [Finding(condition=dice.choice(CONDITIONS), quantity=unit.quantity)]
    if unit.quantity > 1 and dice.random() < 0.4:
        first, second = dice.sample(sorted(set(CONDITIONS)), k=2)
        found = [
            Finding(condition=first, quantity=Decimal(1)),
            Finding(condition=second, quantity=unit.quantity - 1),
        ]
    async with scene.work() as work:
        await inspect_return(work, unit_id=unit.id, findings=found)


async def dispose(scene: Scene, dice: Random) -> None:
    """A unit goes back into stock, or not."""
    unit = await scene.some(dice, ReturnUnit, ReturnUnit.status == "inspected")
    kind = dice.choice(("restock", "restock", *DISPOSITIONS))
    async with scene.work() as work:
        await dispose_return(work, unit_id=unit.id, kind=kind, reason="as it is")


async def credit(scene: Scene, dice: Random) -> None:
    """All that may be credited of a return, or a part, with the policy's fee or another."""
    row = await scene.some(dice, ReturnRequest, LIVE)
    lines = None
    if dice.random() < 0.4:
        [*there] = await scene.rows(ReturnLine, ReturnLine.return_id == row.id)
        fee = dice.choice([None, 0, 50])
        number = dice.choice(there).line_number
        lines = [WantedCredit(line_number=number, quantity=Decimal(1), fee_minor=fee)]
    async with scene.work() as work:
        await credit_return(
            work,
            return_id=row.id,
            reason="came back",
            lines=lines,
            in_advance=dice.random() < 0.3,
        )


async def end(scene: Scene, dice: Random) -> None:
    """A return is given up, or closed though not all came."""
    row = await scene.some(dice, ReturnRequest, LIVE)
    verb = dice.choice([cancel_return, close_return])
    async with scene.work() as work:
        await verb(work, return_id=row.id, reason="no longer")


GOODS = ("exchange", "replacement")
DEEDS: dict[Deed, int] = {
    request: 7,
    receive: 7,
    receive_stranger: 1,
    inspect: 8,
    dispose: 8,
    credit: 7,
    end: 1,
}

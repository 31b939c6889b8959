"""What the random workload does with channels that pay out: reports of what they took, less their
fees, sometimes wrong, sometimes twice; and what of them is not explained."""

from datetime import timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import select

from domain.channels.models import Channel
from domain.finance.models import Payment, SettlementDifference
from domain.finance.settlement.operations.differences import (
    await_difference,
    book_difference,
    match_difference,
    request_difference_write_off,
)
from domain.intake.models import IntakeMessage
from domain.intake.operations import process_message, receive_message
from domain.ledger.models import Account
from domain.orders.models import SalesOrder
from tests.factories.payouts import Cells, amount
from tests.factories.settling import report
from tests.factories.workload_sales import Deed
from tests.factories.workload_scene import NothingThere, Scene

OPEN = SettlementDifference.status.in_(["open", "waiting"])
LYING = (Payment.method == "channel", Payment.status == "booked", Payment.uncleared_minor > 0)


async def pay_out(scene: Scene, dice: Random) -> None:
    """A channel pays out a few of the orders that it was paid for: each just so or a little off,
    less a fee, and at times an order that nobody knows."""
    first = await scene.some(dice, Payment, *LYING)
    same = (Payment.channel_id == first.channel_id, Payment.currency == first.currency)
    rows = await scene.rows(Payment, *LYING, *same)
    lines = [
        line
        for row in dice.sample(rows, k=min(len(rows), 3))
        for line in await _lines(scene, dice, row)
    ]
    if dice.random() < 0.2:
        lines.append(amount("Order", "ItemPrice", "Principal", "12.34", order_id="unheard-of"))
    if not lines:
        raise NothingThere
    raw = report(
        settlement=f"{dice.getrandbits(40)}",
        more=tuple(lines),
        currency=first.currency,
        deposit_date=f"{scene.today}T00:00:00+00:00",
    )
    await _take(scene, first.channel_id, raw)


async def _lines(scene: Scene, dice: Random, payment: Payment) -> list[Cells]:
    [name] = [
        row.external_id for row in await scene.rows(SalesOrder, SalesOrder.id == payment.order_id)
    ] or [None]
    if name is None:
        return []
    whole = payment.uncleared_minor if payment.kind == "receipt" else -payment.uncleared_minor
    told = whole + dice.choice([0, 0, 0, 1, -dice.randint(1, 500)])
    fee = Decimal(-dice.randint(0, 150)) / 100
    transaction = "Order" if whole > 0 else "Refund"
    return [
        amount(transaction, "ItemPrice", "Principal", f"{Decimal(told) / 100}", order_id=name),
        amount(transaction, "ItemFees", "Commission", f"{fee}", order_id=name),
    ]


async def tell_again(scene: Scene, dice: Random) -> None:
    """A report comes once more."""
    message = await scene.some(dice, IntakeMessage)
    await _take(scene, message.channel_id, message.raw)


async def _take(scene: Scene, channel_id: int, raw: bytes) -> None:
    async with scene.work() as work:
        code = await work.value(
            select(Channel.code).where(
                Channel.tenant_id == scene.tenant.id, Channel.id == channel_id
            )
        )
        message_id = await receive_message(work, channel_code=str(code), raw=raw)
        await process_message(work, message_id=message_id)


async def explain(scene: Scene, dice: Random) -> None:
    """Somebody finds what a difference was, posts it, waits for it, or asks to give it up."""
    row = await scene.some(dice, SettlementDifference, OPEN)
    how = dice.choice(["match", "post", "wait", "write off"])
    if how == "match":
        payment = await scene.some(dice, Payment, *LYING)
        async with scene.work() as work:
            await match_difference(work, difference_id=row.id, payment_id=payment.id)
    elif how == "post":
        own = (Account.entity_id == row.entity_id, Account.kind == "expense")
        account = await scene.some(dice, Account, *own)
        async with scene.work() as work:
            await book_difference(
                work, difference_id=row.id, account_id=account.id, reason="as told"
            )
    elif how == "wait":
        until = scene.today + timedelta(days=dice.randint(1, 20))
        async with scene.work() as work:
            await await_difference(work, difference_id=row.id, until=until, reason="they said so")
    else:
        async with scene.work() as work:
            await request_difference_write_off(work, difference_id=row.id, reason="small")


DEEDS: dict[Deed, int] = {pay_out: 4, tell_again: 1, explain: 4}

"""Goods that come and go by their cost alone, and a plain recomputation of what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from domain.inventory.balances import ensure_balances
from domain.inventory.models import (
    CostingMethod,
    CostIssue,
    CostLayer,
    ItemCost,
    StockBalance,
)
from domain.inventory.movements import Change, move
from domain.inventory.valuation.costs import CostAdded, CostOf, Source, add_cost, take_cost
from domain.inventory.valuation.kinds import entered_legs, merged
from domain.inventory.valuation.returning import Returned, return_cost, return_gone
from domain.inventory.valuation.revising import revalue_layers, settle_order
from domain.kernel.work import Work
from domain.ledger.posting import Entry, post
from tests.factories.stock import StockSetting


@dataclass(frozen=True, slots=True)
class In:
    """So much came, for so much, that many days ago."""

    quantity: int
    value: int
    days_ago: int = 0


@dataclass(frozen=True, slots=True)
class Out:
    """So much left today."""

    quantity: int


@dataclass(frozen=True, slots=True)
class More:
    """The n-th receipt (of those so far) cost so much more."""

    receipt: int
    difference: int


@dataclass(frozen=True, slots=True)
class Back:
    """So much of what left by the n-th issue came back: into the stock, or (its leg) to be got
    rid of."""

    issue: int
    quantity: int
    leg: str | None = None


Step = In | Out | More | Back


def rounded(numerator: int, denominator: int) -> int:
    """A quotient, half to even."""
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return quotient + (twice > denominator or (twice == denominator and quotient % 2))


def recomputed(steps: Sequence[Step], method: str) -> tuple[list[int], int]:
    """What each issue should cost and what should be left, worked out from the beginning with
    all that is known in the end. Written plainly, and apart from the product's own code."""
    costs = [step.value for step in steps if isinstance(step, In)]
    for step in steps:
        if isinstance(step, More):
            costs[step.receipt] += step.difference
    entries: list[tuple[int, int, int, int | None]] = []
    number = 0
    for place, step in enumerate(steps):
        if isinstance(step, In):
            entries.append((-step.days_ago, place, step.quantity, costs[number]))
            number += 1
        elif isinstance(step, Out):
            entries.append((0, place, step.quantity, None))
    issued: dict[int, int] = {}
    queue: list[list[int]] = []
    for _, place, quantity, cost in sorted(entries):
        if cost is not None:
            queue.append([quantity, cost])
        elif method == "average":
            issued[place] = _from_average(queue, quantity)
        else:
            issued[place] = _from_queue(queue, quantity)
    return [issued[place] for place in sorted(issued)], sum(value for _, value in queue)


def _from_average(queue: list[list[int]], quantity: int) -> int:
    there = sum(amount for amount, _ in queue)
    value = sum(worth for _, worth in queue)
    gone = rounded(value * quantity, there)
    queue[:] = [[there - quantity, value - gone]] if there > quantity else []
    return gone


def _from_queue(queue: list[list[int]], quantity: int) -> int:
    gone = 0
    while quantity:
        there, value = queue[0]
        part = min(there, quantity)
        worth = rounded(value * part, there)
        gone += worth
        quantity -= part
        queue[0] = [there - part, value - worth]
        if there == part:
            queue.pop(0)
    return gone


@dataclass
class Ledgered:
    """An item whose goods come and go by steps, each with its journal."""

    setting: StockSetting
    item: int = 0
    layers: list[int] = field(default_factory=list)
    issues: list[Source] = field(default_factory=list)
    number: int = 0

    @property
    def key(self) -> tuple[int, int]:
        """Owner and item."""
        return self.setting.entity_id, self.setting.item_ids[self.item]

    async def use(self, method: str) -> "Ledgered":
        """By this method from the beginning."""
        async with self.setting.tenant.work() as work:
            await work.execute(
                insert(CostingMethod).values(
                    tenant_id=work.tenant_id,
                    entity_id=self.setting.entity_id,
                    method=method,
                    effective_from=date(2000, 1, 1),
                    created_at=work.now,
                )
            )
        return self

    async def take(self, step: Step) -> None:
        """One step, in a transaction of its own."""
        async with self.setting.tenant.work() as work:
            self.number += 1
            source = Source("step", self.number)
            if isinstance(step, In):
                await self._come(work, step, source)
            elif isinstance(step, Out):
                await self._go(work, step, source)
            elif isinstance(step, Back):
                await self._back(work, step, source)
            else:
                revalued = await revalue_layers(
                    work, {self.layers[step.receipt]: step.difference}, cause=source
                )
                legs = (*revalued.legs, ("goods_received", -step.difference))
                await self._post(work, source, legs)

    async def _come(self, work: Work, step: In, source: Source) -> None:
        await self._move(work, step.quantity)
        day = work.now.date() - timedelta(days=step.days_ago)
        added = CostAdded(*self.key, Decimal(step.quantity), step.value, received_on=day)
        entered = await add_cost(work, [added], source=source)
        layer = await work.value(
            select(CostLayer.id).where(
                CostLayer.tenant_id == work.tenant_id,
                CostLayer.source_kind == source.kind,
                CostLayer.source_id == source.id,
            )
        )
        self.layers.append(layer)
        corrected = await settle_order(work, [layer], cause=source)
        legs = merged(entered_legs(entered), corrected.legs, (("goods_received", -step.value),))
        await self._post(work, source, legs)

    async def _go(self, work: Work, step: Out, source: Source) -> None:
        self.issues.append(source)
        await self._move(work, -step.quantity)
        (value,) = await take_cost(work, [CostOf(*self.key, Decimal(step.quantity))], source=source)
        await self._post(work, source, (("cost_of_goods", value), ("inventory", -value)))

    async def _back(self, work: Work, step: Back, source: Source) -> None:
        returned = [Returned(*self.key, Decimal(step.quantity), self.issues[step.issue])]
        if step.leg is None:
            await self._move(work, step.quantity)
            entered = await return_cost(work, returned, source=source)
            cost, legs = entered[0].value_minor, entered_legs(entered)
        else:
            [cost] = await return_gone(work, returned, leg=step.leg, source=source)
            legs = ((step.leg, cost),)
        await self._post(work, source, merged(legs, (("cost_of_goods", -cost),)))

    async def _move(self, work: Work, quantity: int) -> None:
        place = self.setting.place(self.item)
        balance_id = (await ensure_balances(work, [place]))[place]
        kind = "receipt" if quantity > 0 else "issue"
        change = Change(
            balance_id=balance_id, kind=kind, on_hand=Decimal(quantity), reason="a step"
        )
        await move(work, [change], reference_kind="step", reference_id=self.number)

    async def _post(self, work: Work, source: Source, legs: Any) -> None:
        await post(
            work,
            [
                Entry(
                    entity_id=self.setting.entity_id,
                    milestone="receipt",
                    source_kind=source.kind,
                    source_id=source.id,
                    currency="EUR",
                    legs=legs,
                    posted_on=work.now.date(),
                    description="A step",
                )
            ],
        )

    async def result(self) -> tuple[list[int], int]:
        """What each issue costs by now, and what the stock is worth."""
        async with self.setting.tenant.read() as reader:
            issues = await reader.values(
                select(CostIssue.cost_minor)
                .where(CostIssue.tenant_id == reader.tenant_id, CostIssue.item_id == self.key[1])
                .order_by(CostIssue.position)
            )
            value = await reader.value(
                select(ItemCost.value_minor).where(
                    ItemCost.tenant_id == reader.tenant_id, ItemCost.item_id == self.key[1]
                )
            )
        return list(issues), int(value or 0)

    async def on_hand(self) -> Decimal:
        """What lies there."""
        async with self.setting.tenant.read() as reader:
            return Decimal(
                await reader.value(
                    select(StockBalance.on_hand).where(StockBalance.tenant_id == reader.tenant_id)
                )
            )

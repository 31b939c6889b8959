"""A random workload over everything that moves goods and money, by several actors at once: seeded,
so that one actor's run can be had again just as it was."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from sqlalchemy import select

from app.checking import check
from domain.kernel.errors import Expected, Refusal
from domain.kernel.models import Outbox
from tests.factories import (
    workload_books,
    workload_money,
    workload_paying,
    workload_payouts,
    workload_returns,
    workload_sales,
)
from tests.factories.tenants import TenantUnderTest
from tests.factories.workload_sales import Deed
from tests.factories.workload_scene import DAYS, NothingThere, Scene, new_scene
from workers.handlers import HANDLERS
from workers.once_only import AggregateAddress, Turn, deliver

log = logging.getLogger(__name__)
DELIVERIES = 12


@dataclass
class Told:
    """What a run was like: how each deed ended and how often, what went wrong, what was checked."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    is_broken: bool = False
    checks: int = 0
    deeds: int = 0

    def done(self) -> dict[str, int]:
        """How often each deed was done."""
        return {name: n for (name, how), n in sorted(self.outcomes.items()) if how == "done"}


@dataclass(frozen=True, slots=True)
class Plan:
    """So many actors do so many deeds each; all invariants are checked every so many deeds."""

    seed: int
    actors: int
    deeds: int
    check_every: int


async def run_workload(tenant: TenantUnderTest, plan: Plan) -> tuple[Scene, Told]:
    """Let the actors at it; at the end everything is delivered and checked. It stops at the first
    violation, since what comes after tells nothing."""
    step = timedelta(days=DAYS) / (plan.actors * plan.deeds)
    scene, told = await new_scene(tenant, step=step), Told()
    await asyncio.gather(*(_act(scene, told, plan, number) for number in range(plan.actors)))
    if not told.is_broken:
        while await _deliver(scene, told, at_most=None):
            pass
        await _check(scene, told)
    return scene, told


def all_deeds() -> Mapping[Deed, int]:
    """Every deed, and how often it is done beside the others."""
    return {
        **workload_sales.DEEDS,
        **workload_returns.DEEDS,
        **workload_money.DEEDS,
        **workload_paying.DEEDS,
        **workload_payouts.DEEDS,
        **workload_books.DEEDS,
        deliver_events: 20,
    }


def name_of(deed: Deed) -> str:
    """What a deed is called in what is told."""
    area = deed.__module__.removeprefix("tests.factories.workload_")
    return deed.__name__ if area == deed.__module__ else f"{area}.{deed.__name__}"


async def deliver_events(scene: Scene, _dice: Random) -> None:
    """A worker handles what waits."""
    told = Told()
    await _deliver(scene, told, at_most=DELIVERIES)
    if told.faults:
        raise AssertionError(told.faults)


async def _act(scene: Scene, told: Told, plan: Plan, number: int) -> None:
    dice, deeds = Random(f"{plan.seed}/{number}"), all_deeds()
    for _ in range(plan.deeds):
        if told.is_broken:
            return
        [deed] = dice.choices(list(deeds), list(deeds.values()))
        scene.move_on()
        told.deeds += 1
        place = told.deeds
        try:
            await deed(scene, dice)
        except (Expected, Refusal, NothingThere) as error:
            told.outcomes[name_of(deed), type(error).__name__] += 1
        except Exception as error:
            log.exception("deed %s, %s", place, name_of(deed))
            told.faults.append(f"deed {place}, {name_of(deed)}: {error!r}"[:2000])
        else:
            told.outcomes[name_of(deed), "done"] += 1
        if place % plan.check_every == 0:
            await _check(scene, told, after=f"deed {place}, {name_of(deed)}")


async def _check(scene: Scene, told: Told, *, after: str = "the end") -> None:
    """Every invariant of every area, at one moment."""
    report = await check(scene.tenant.engine, tenant_slug=scene.tenant.slug)
    told.checks += 1
    told.is_broken = bool(report.violations)
    told.faults += [f"after {after}: {each}" for each in report.violations[:20]]


async def _deliver(scene: Scene, told: Told, *, at_most: int | None) -> int:
    """Handle what waits longest; how much waited."""
    addresses = await _waiting(scene, at_most)
    for address in addresses:
        turn = await deliver(scene.tenant.engine, HANDLERS, address, now=scene.tenant.now)
        if turn is Turn.FAILED:
            told.faults += [f"{address}: {why}" for why in await _why(scene, address)]
            return 0
    return len(addresses)


async def _waiting(scene: Scene, at_most: int | None) -> Sequence[AggregateAddress]:
    async with scene.tenant.read() as reader:
        rows = await reader.rows(
            select(Outbox.aggregate, Outbox.aggregate_id)
            .where(Outbox.tenant_id == scene.tenant.id)
            .order_by(Outbox.event_id)
            .limit(at_most)
        )
    found = (AggregateAddress(scene.tenant.id, row.aggregate, row.aggregate_id) for row in rows)
    return list(dict.fromkeys(found))


async def _why(scene: Scene, address: AggregateAddress) -> Sequence[str]:
    async with scene.tenant.read() as reader:
        return await reader.values(
            select(Outbox.last_error).where(
                Outbox.tenant_id == scene.tenant.id,
                Outbox.aggregate == address.aggregate,
                Outbox.aggregate_id == address.aggregate_id,
                Outbox.last_error.is_not(None),
            )
        )

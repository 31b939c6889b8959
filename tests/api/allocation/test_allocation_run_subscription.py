"""An allocation run followed step by step, over a real WebSocket."""

from typing import Any

import pytest

from api.ids import global_id
from domain.allocation.runs import parts
from domain.allocation.runs.asking import Scope
from domain.allocation.runs.operations import (
    apply_allocation_run,
    apply_next_part,
    plan_allocation_run,
    plan_requested_run,
)
from tests.factories.api import ApiUnderTest
from tests.factories.live_api import Subscriber, listening, subscriber
from tests.factories.orders import new_shop
from tests.factories.tenants import TenantUnderTest

WATCH = """
subscription($id: ID, $after: ID) {
  allocationRunChanged(id: $id, after: $after) {
    eventType allocationRun { id status linesChanged linesApplied linesStale }
  }
}
"""


async def _step(watching: Subscriber) -> tuple[str, str, tuple[int, int]]:
    """What happened, and how the run stands: its status, (lines done, lines to be changed)."""
    told: dict[str, Any] = (await watching.next())["allocationRunChanged"]
    run = told["allocationRun"]
    done = run["linesApplied"] + run["linesStale"]
    return told["eventType"], run["status"], (done, run["linesChanged"])


async def test_a_run_is_followed_from_its_wish_to_its_end(
    api: ApiUnderTest, tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART_LINES", 2)
    user = await api.user(tenant, "allocation.read")
    shop = await new_shop(tenant)
    for _ in range(3):
        await shop.place(shop.line(2))
    await shop.stock(6)
    other, mine = await _asked(tenant), await _asked(tenant)

    async def done(step: Any) -> None:
        async with tenant.work() as work:
            await step(work, run_id=mine)
        api.services.feed.touched(tenant.id, [("allocation_run", mine)])

    async with listening(api) as port, subscriber(port, user.token or "") as watching:
        run = {"id": global_id("AllocationRun", mine), "after": global_id("Event", 1)}
        await watching.subscribe(WATCH, **run)
        assert await _step(watching) == ("allocation.run_requested", "PLANNING", (0, 0))
        await done(plan_requested_run)
        assert await _step(watching) == ("allocation.run_planned", "PLANNED", (0, 3))
        await done(apply_allocation_run)
        assert await _step(watching) == ("allocation.run_progressed", "APPLYING", (0, 3))
        await done(apply_next_part)
        assert await _step(watching) == ("allocation.run_progressed", "APPLYING", (2, 3))
        await done(apply_next_part)
        assert await _step(watching) == ("allocation.run_progressed", "APPLYING", (3, 3))
        await done(apply_next_part)
        assert await _step(watching) == ("allocation.run_applied", "APPLIED", (3, 3))
    assert other != mine


async def _asked(tenant: TenantUnderTest) -> int:
    async with tenant.work() as work:
        return await plan_allocation_run(work, method="priority", scope=Scope())

"""Allocation runs in tests: planned and applied as the worker does it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from domain.allocation.models import AllocationRun, AllocationRunLine
from domain.allocation.runs.asking import Scope
from domain.allocation.runs.operations import (
    apply_allocation_run,
    apply_next_part,
    plan_allocation_run,
    plan_requested_run,
)
from tests.factories.tenants import TenantUnderTest


async def planned_run(tenant: TenantUnderTest, method: str, **asked: Any) -> int:
    """The id of a run that has its plan."""
    asked = {"scope": Scope()} | asked
    async with tenant.work() as work:
        run_id = await plan_allocation_run(work, method=method, **asked)
    async with tenant.work() as work:
        await plan_requested_run(work, run_id=run_id)
    return run_id


async def apply_run(tenant: TenantUnderTest, run_id: int) -> None:
    """Apply all parts of a planned run."""
    async with tenant.work() as work:
        await apply_allocation_run(work, run_id=run_id)
    await go_on_applying(tenant, run_id)


async def go_on_applying(tenant: TenantUnderTest, run_id: int) -> None:
    """Apply what is left of a run that is being applied."""
    more = True
    while more:
        async with tenant.work() as work:
            more = await apply_next_part(work, run_id=run_id)


async def run_row(tenant: TenantUnderTest, run_id: int) -> Any:
    """The run's row."""
    async with tenant.read() as reader:
        return await reader.row(
            select(*AllocationRun.__table__.c).where(
                AllocationRun.tenant_id == tenant.id, AllocationRun.id == run_id
            )
        )


async def run_lines(tenant: TenantUnderTest, run_id: int) -> Sequence[Any]:
    """The run's lines, in the order of the queue."""
    async with tenant.read() as reader:
        return await reader.rows(
            select(*AllocationRunLine.__table__.c)
            .where(AllocationRunLine.tenant_id == tenant.id, AllocationRunLine.run_id == run_id)
            .order_by(AllocationRunLine.position)
        )


async def given_by_run(tenant: TenantUnderTest, run_id: int) -> dict[int, Decimal]:
    """What the run has for each order, by order id."""
    given: dict[int, Decimal] = {}
    for line in await run_lines(tenant, run_id):
        given[line.order_id] = given.get(line.order_id, Decimal(0)) + line.given
    return given

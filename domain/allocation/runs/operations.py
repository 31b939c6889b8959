"""Runs are asked for, planned, applied part by part, and cancelled."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row

from domain.allocation.events import RunApplied, RunCancelled, RunProgressed, RunRequested
from domain.allocation.models import AllocationRun, AllocationRunLine
from domain.allocation.priority import Rule
from domain.allocation.queueing import rule_in_effect
from domain.allocation.runs.applying import apply_part
from domain.allocation.runs.asking import (
    Scope,
    checked_rules,
    checked_scope,
    rules_document,
    scope_document,
)
from domain.allocation.runs.demand import Rules
from domain.allocation.runs.making import make_plan, run_to_plan
from domain.allocation.runs.open_lines import STILL_PLANNED, among
from domain.allocation.runs.states import actions
from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.kernel import text
from domain.kernel.errors import InvalidState, NotFound
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record
from domain.kernel.work import Work

STANDARD = Rules()


@operation("allocation.run")
async def plan_allocation_run(
    work: Work,
    *,
    method: str,
    scope: Scope,
    priority: Rule | None = None,
    rules: Rules = STANDARD,
    name: str | None = None,
    may_take_from_open: bool = False,
) -> int:
    """Ask for a plan over the open demand of a scope, by a method; the run's id. A worker plans
    it soon; nothing is given away before it is applied.

    Without `priority` the tenant's own rule for its backorders puts the lines in order. Raises
    InvalidInput with the path, NotFound for an item or channel."""
    scope = checked_scope(scope)
    in_order = await rule_in_effect(work) if priority is None else priority
    rules = checked_rules(method, replace(rules, priority=in_order))
    name = text.optional(name, path=("name",))
    channels = {each for key in rules.priority for each in key.channel_ids}
    await _require(work, Item, set(scope.item_ids), "item")
    await _require(work, Channel, channels | set(scope.channel_ids), "channel")
    numbers = await draw_numbers(work, allocation_run=1)
    number = numbers["allocation_run"][0]
    asked = {
        "number": number,
        "name": name,
        "method": method,
        "scope": scope_document(scope),
        "rules": rules_document(rules),
        "may_take_from_open": may_take_from_open,
    }
    run_id = int(
        await work.value(
            insert(AllocationRun)
            .values(
                tenant_id=work.tenant_id,
                created_at=work.now,
                created_by=work.actor.principal.name,
                **asked,
            )
            .returning(AllocationRun.id)
        )
    )
    work.audit("plan_allocation_run", subject="allocation_run", subject_id=run_id, after=asked)
    work.record(RunRequested(aggregate_id=run_id, number=number))
    return run_id


async def _require(work: Work, table: Any, ids: Collection[int], kind: str) -> None:
    if not ids:
        return
    found = await work.value(
        select(func.count())
        .select_from(table)
        .where(table.tenant_id == work.tenant_id, among(table.id, ids))
    )
    if found != len(ids):
        raise NotFound(kind)


@operation("allocation.run")
async def plan_requested_run(work: Work, *, run_id: int) -> None:
    """Make the plan of a run that waits for one; done outside of requests, once in effect."""
    run = await run_to_plan(work, run_id)
    if run is not None:
        await make_plan(work, run)


@operation("allocation.run")
async def apply_allocation_run(work: Work, *, run_id: int) -> None:
    """Let a planned run be applied, part by part, by the worker; order entry goes on meanwhile.

    Raises NotFound; InvalidState unless it is planned."""
    run = await _lock(work, run_id, "apply")
    await _change(work, run_id, status="applying")
    work.audit(
        "apply_allocation_run",
        subject="allocation_run",
        subject_id=run_id,
        before={"status": run.status},
        after={"status": "applying"},
    )
    work.record(
        RunProgressed(
            aggregate_id=run_id,
            number=run.number,
            lines_changed=run.lines_changed,
            lines_applied=0,
            lines_stale=0,
        )
    )


@operation("allocation.run")
async def apply_next_part(work: Work, *, run_id: int) -> bool:
    """Apply the next part of a run that is being applied; whether there was one.

    Each part is one short transaction: what was cut off begins again where it stood. A line gets
    at most what is there now; lines that get less than planned are counted as stale."""
    run = await lock_record(work, AllocationRun, run_id, kind="allocation run")
    if run.status != "applying":
        return False
    part = await work.value(
        select(func.min(AllocationRunLine.part)).where(
            AllocationRunLine.tenant_id == work.tenant_id,
            AllocationRunLine.run_id == run_id,
            AllocationRunLine.status == STILL_PLANNED,
        )
    )
    if part is None:
        await _end(work, run)
        return False
    done = await apply_part(work, run, int(part))
    figures = run.figures or {}
    items = set(figures.get("items_left", ())) | done.item_ids
    counted = {
        "lines_applied": run.lines_applied + done.applied,
        "lines_stale": run.lines_stale + done.stale,
    }
    await _change(work, run_id, **counted, figures=figures | {"items_left": sorted(items)})
    work.record(
        RunProgressed(
            aggregate_id=run_id, number=run.number, lines_changed=run.lines_changed, **counted
        )
    )
    return True


async def _end(work: Work, run: Row[Any]) -> None:
    figures = dict(run.figures or {})
    items = tuple(figures.pop("items_left", ()))
    await _change(work, run.id, status="applied", ended_at=work.now, figures=figures)
    work.record(
        RunApplied(
            aggregate_id=run.id,
            number=run.number,
            lines_applied=run.lines_applied,
            lines_stale=run.lines_stale,
            item_ids=items,
        )
    )


@operation("allocation.run")
async def cancel_allocation_run(work: Work, *, run_id: int) -> None:
    """Let a run not be planned, not be applied, or not any further; what was applied stays.

    Raises NotFound; InvalidState once it is over."""
    run = await _lock(work, run_id, "cancel")
    await _change(work, run_id, status="cancelled", ended_at=work.now)
    work.audit(
        "cancel_allocation_run",
        subject="allocation_run",
        subject_id=run_id,
        before={"status": run.status},
        after={"status": "cancelled"},
    )
    work.record(RunCancelled(aggregate_id=run_id, number=run.number))


async def _lock(work: Work, run_id: int, action: str) -> Row[Any]:
    run = await lock_record(work, AllocationRun, run_id, kind="allocation run")
    allowed = actions(run.status)
    if action not in allowed:
        raise InvalidState(f"The run is {run.status}.", state=run.status, allowed=list(allowed))
    return run


async def _change(work: Work, run_id: int, **fields: Any) -> None:
    await work.execute(
        update(AllocationRun)
        .where(AllocationRun.tenant_id == work.tenant_id, AllocationRun.id == run_id)
        .values(version=AllocationRun.version + 1, **fields)
    )

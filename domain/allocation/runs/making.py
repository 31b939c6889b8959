"""A plan is made and written, outside of any request."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.allocation.events import RunPlanned
from domain.allocation.models import AllocationRun, AllocationRunLine
from domain.allocation.priority import decided_by
from domain.allocation.runs.asking import read_rules, read_scope
from domain.allocation.runs.demand import Plan, Planned, Situation
from domain.allocation.runs.figures import figures_of, is_late
from domain.allocation.runs.open_lines import MOST_LINES, Held, held_by, open_lines
from domain.allocation.runs.parts import parts_of
from domain.allocation.runs.planning import plan
from domain.allocation.runs.situation import prospect_of
from domain.allocation.stocking import read_stock
from domain.kernel.inserting import insert_rows
from domain.kernel.reading import Reader, one_moment
from domain.kernel.work import Work

TOO_MANY = "too_many_lines"


async def make_plan(work: Work, run: Row[Any]) -> None:
    """Plan a run that is waiting for it, unless it was cancelled meanwhile. Nothing is locked
    while it is planned, all of it is read as of one moment, and the planning itself leaves the
    event loop to others."""
    async with one_moment(work.connection.engine, work.principal) as reader:
        standing = await _standing(reader, run, at=work.now)
    if standing is None:
        await _write_run(work, run, status="failed", failure=TOO_MANY, ended_at=work.now)
        return
    situation = standing.situation
    made = await asyncio.to_thread(plan, run.method, situation)
    parts = parts_of(made.lines, standing.held)
    left_out = standing.lines_open - len(situation.lines)
    figures = figures_of(situation, made) | {"left_out": left_out}
    planned = {"status": "planned", "figures": figures, "lines_changed": len(parts)}
    if await _write_run(work, run, **planned, based_on=work.now, planned_at=work.now):
        await _write_lines(work, run.id, situation, made, parts)


@dataclass(frozen=True, slots=True)
class _Standing:
    """How things stood: what is planned over, what its lines hold, and how many lines were open
    in the run's scope."""

    situation: Situation
    held: Held
    lines_open: int


async def _standing(reader: Reader, run: Row[Any], *, at: datetime) -> _Standing | None:
    """None when more lines are open than a run can plan over."""
    rules = read_rules(run.rules)
    rows = await open_lines(
        reader, read_scope(run.scope), rules, take_from_open=run.may_take_from_open
    )
    if len(rows) > MOST_LINES:
        return None
    held = await held_by(reader, [row.id for row in rows]) if run.may_take_from_open else {}
    stock = await read_stock(reader, {row.item_id for row in rows}, today=at.date())
    prospect = await prospect_of(reader, rows, rules, held=held, at=at)
    return _Standing(await prospect.over(reader, stock), held, len(rows))


async def _write_run(work: Work, run: Row[Any], **fields: Any) -> bool:
    """Whether the run was still waiting to be planned."""
    row = await work.row(
        update(AllocationRun)
        .where(
            AllocationRun.tenant_id == work.tenant_id,
            AllocationRun.id == run.id,
            AllocationRun.status == "planning",
        )
        .values(version=AllocationRun.version + 1, **fields)
        .returning(AllocationRun.number, AllocationRun.status, AllocationRun.lines_changed)
    )
    if row is None:
        return False
    work.record(RunPlanned(aggregate_id=run.id, **row._mapping))
    return True


async def _write_lines(
    work: Work, run_id: int, situation: Situation, made: Plan, parts: Mapping[int, int]
) -> None:
    before = _before_each(made.lines)
    rows = []
    for position, each in enumerate(made.lines, start=1):
        line, part = each.line, parts.get(each.line.id, 0)
        key = decided_by(situation.rules.priority, before[line.id], line.keys)
        rows.append(
            {
                "run_id": run_id,
                "position": position,
                "part": part,
                "order_id": line.order_id,
                "order_line_id": line.id,
                "item_id": line.item_id,
                "demanded": line.demanded,
                "held": line.held,
                "given": each.given,
                "takes": [[t.balance_id, t.location_id, t.quantity] for t in each.takes],
                "because": {"key": key, "rules": {str(p): r for p, r in each.rules.items()}},
                "is_late": is_late(each, situation),
                "is_whole": situation.orders[line.order_id].whole,
                "status": "planned" if part else "unchanged",
            }
        )
    await insert_rows(work, AllocationRunLine, rows)


def _before_each(planned: Sequence[Planned]) -> dict[int, tuple[Any, ...] | None]:
    """The keys of the line that stands before each one in the queue for the same item."""
    last: dict[int, tuple[Any, ...]] = {}
    before: dict[int, tuple[Any, ...] | None] = {}
    for each in planned:
        before[each.line.id] = last.get(each.line.item_id)
        last[each.line.item_id] = each.line.keys
    return before


async def run_to_plan(work: Work, run_id: int) -> Row[Any] | None:
    """The run, if it waits to be planned. It is not locked."""
    return await work.row(
        select(*AllocationRun.__table__.c).where(
            AllocationRun.tenant_id == work.tenant_id,
            AllocationRun.id == run_id,
            AllocationRun.status == "planning",
        )
    )

"""What an import made is removed, and what it changed is put back, unless somebody changed it
since or needs it now: those records are told."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from domain.kernel.work import Work
from domain.onboarding.imports.attempts import Refused, write_apart
from domain.onboarding.imports.footprints import (
    Trace,
    remove_records,
    restore_records,
    traces,
)
from domain.onboarding.imports.kinds import KINDS, ImportKind
from domain.onboarding.job_models import ImportChange

CHANGED_SINCE = "It was changed since."
GONE = "It is gone."
IN_USE = "Something refers to it."


async def undo_next(work: Work, job: Row[Any]) -> tuple[int, int] | None:
    """Undo the next part, the latest first; how many records were, and how many could not be.

    None: nothing is left."""
    kind = KINDS[job.kind]
    changes = await work.rows(
        select(*ImportChange.__table__.c)
        .where(
            ImportChange.tenant_id == work.tenant_id,
            ImportChange.import_id == job.id,
            ImportChange.outcome.is_(None),
        )
        .order_by(ImportChange.id.desc())
        .limit(kind.part_rows)
    )
    if not changes:
        return None
    now = await traces(work, kind.footprint, [c.record_id for c in changes], locks=True)
    problems = {c.id: why for c in changes if (why := _changed_since(c, now))}
    wanted = [c for c in changes if c.id not in problems]

    async def undo(some: Sequence[Row[Any]]) -> None:
        await _undo(work, kind, some, now)

    def refused(change: Row[Any], problem: Refused) -> None:
        problems[change.id] = IN_USE if isinstance(problem, IntegrityError) else problem.message

    undone = await write_apart(work, wanted, undo, refused)
    for change in undone:
        work.audit(
            "undo_import",
            subject=kind.footprint.table.__tablename__,
            subject_id=change.record_id,
            after=change.before,
            reason=f"Import of {job.filename}",
        )
    await _note(work, [change.id for change in undone], "undone", None)
    for why in sorted(set(problems.values())):
        await _note(work, [i for i, problem in problems.items() if problem == why], "refused", why)
    return len(undone), len(problems)


def _changed_since(change: Row[Any], now: dict[int, Trace]) -> str | None:
    if change.record_id not in now:
        return GONE
    return None if now[change.record_id].digest == change.digest else CHANGED_SINCE


async def _undo(
    work: Work, kind: ImportKind, changes: Sequence[Row[Any]], now: dict[int, Trace]
) -> None:
    if kind.take_back is not None:
        await kind.take_back(work, [change.record_id for change in changes])
        return
    made = [change.record_id for change in changes if change.before is None]
    before = {change.record_id: change.before for change in changes if change.before is not None}
    if made:
        await remove_records(work, kind.footprint, made)
    if before:
        standing = {row_id: now[row_id].state for row_id in before}
        await restore_records(work, kind.footprint, before, standing)


async def _note(work: Work, ids: Sequence[int], outcome: str, problem: str | None) -> None:
    if ids:
        await work.execute(
            update(ImportChange)
            .where(ImportChange.tenant_id == work.tenant_id, ImportChange.id.in_(ids))
            .values(outcome=outcome, problem=problem)
        )

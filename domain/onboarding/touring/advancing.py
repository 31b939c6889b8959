"""A tour takes its next step. No permission is asked for: only the worker comes here."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.kernel.errors import Expected, Refusal
from domain.kernel.work import Work
from domain.onboarding.models import Tour
from domain.onboarding.touring.events import TourEnded, TourProgressed
from domain.onboarding.touring.policy import DONE, FAILED, next_step, told
from domain.onboarding.touring.steps import TAKEN


async def advance_tour(work: Work, *, tour_id: int) -> None:
    """Take the next step, in this transaction. A step that is refused ends the tour there, and
    leaves no trace of itself."""
    tour = await work.row(
        select(*Tour.__table__.c)
        .where(Tour.tenant_id == work.tenant_id, Tour.id == tour_id)
        .with_for_update()
    )
    name = None if tour is None or tour.status != "running" else next_step(tour.steps)
    if tour is None or name is None:
        return
    facts: dict[str, Any] = dict(tour.facts)
    try:
        async with work.attempt():
            detail, outcome = await TAKEN[name](work, facts), DONE
    except (Expected, Refusal) as refusal:
        detail, outcome = refusal.message, FAILED
        facts = dict(tour.facts)
    await _note(work, tour, told(tour.steps, name, outcome, detail), facts, outcome, detail)


async def _note(
    work: Work,
    tour: Row[Any],
    steps: list[dict[str, Any]],
    facts: dict[str, Any],
    outcome: str,
    detail: str,
) -> None:
    following = next_step(steps) if outcome == DONE else None
    status = "running" if following else outcome
    await work.execute(
        update(Tour)
        .where(Tour.tenant_id == work.tenant_id, Tour.id == tour.id)
        .values(
            steps=steps,
            facts=facts,
            status=status,
            problem=detail if outcome == FAILED else None,
            ended_at=None if following else work.now,
        )
    )
    if following:
        work.record(TourProgressed(aggregate_id=tour.id, next_step=following))
    else:
        work.record(TourEnded(aggregate_id=tour.id, status=status))

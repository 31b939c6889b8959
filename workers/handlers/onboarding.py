"""Sandboxes are copied, tours taken, files imported and made by the worker, a part in each
transaction."""

from domain.kernel.work import Work
from domain.onboarding.exports.advancing import advance_export
from domain.onboarding.jobs.advancing import advance_import
from domain.onboarding.sandbox.advancing import advance_sandbox
from domain.onboarding.touring.advancing import advance_tour
from workers.registry import Delivered, on


@on("onboarding.sandbox_asked", "onboarding.sandbox_progressed")
async def go_on_with_sandbox(work: Work, event: Delivered) -> None:
    """Do the next part; it records the event by which the one after it has its turn."""
    await advance_sandbox(work, sandbox_id=event.aggregate_id)


@on("onboarding.tour_progressed")
async def go_on_with_tour(work: Work, event: Delivered) -> None:
    """Take the next step; it records the event by which the one after it has its turn."""
    await advance_tour(work, tour_id=event.aggregate_id)


@on("onboarding.import_asked", "onboarding.import_progressed")
async def go_on_with_import(work: Work, event: Delivered) -> None:
    """Do the next part; it records the event by which the one after it has its turn."""
    await advance_import(work, import_id=event.aggregate_id)


@on("onboarding.export_asked", "onboarding.export_progressed")
async def go_on_with_export(work: Work, event: Delivered) -> None:
    """Write the next part; it records the event by which the one after it has its turn."""
    await advance_export(work, export_id=event.aggregate_id)

"""A tour is asked for. The worker takes its steps."""

from sqlalchemy import insert, select

from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.onboarding.models import Tour
from domain.onboarding.touring.events import TourProgressed
from domain.onboarding.touring.outcomes import OnlyInASandbox, TourUnderWay
from domain.onboarding.touring.policy import STEPS, new_steps
from tenancy.models import Tenant


@operation("onboarding.manage")
async def run_tour(work: Work) -> int:
    """Take an order through the sandbox, step by step; the tour's id.

    Raises OnlyInASandbox, TourUnderWay."""
    sandbox_of = await work.value(
        select(Tenant.sandbox_of).where(Tenant.id == work.tenant_id).with_for_update()
    )
    if sandbox_of is None:
        raise OnlyInASandbox("A tour runs in a sandbox: create one, and sign in to it.")
    running = await work.value(
        select(Tour.id).where(Tour.tenant_id == work.tenant_id, Tour.status == "running")
    )
    if running is not None:
        raise TourUnderWay("A tour is under way. Wait until it has ended.", tour_id=running)
    tour_id = int(
        await work.value(
            insert(Tour)
            .values(
                tenant_id=work.tenant_id,
                status="running",
                steps=new_steps(),
                facts={},
                created_at=work.now,
            )
            .returning(Tour.id)
        )
    )
    work.record(TourProgressed(aggregate_id=tour_id, next_step=next(iter(STEPS))))
    work.audit("run_tour", subject="tour", subject_id=tour_id)
    return tour_id

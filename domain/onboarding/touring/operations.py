"""A tour is asked for. The worker takes its steps."""

from sqlalchemy import insert, select

from domain.channels.models import Channel
from domain.kernel.errors import NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.onboarding.models import Tour
from domain.onboarding.touring.events import TourProgressed
from domain.onboarding.touring.outcomes import OnlyInASandbox, TourUnderWay
from domain.onboarding.touring.policy import STEPS, new_steps
from tenancy.models import Tenant


@operation("onboarding.manage")
async def run_tour(work: Work, *, channel_id: int | None = None) -> int:
    """Take an order of this channel (if absent, of one that can) through the sandbox, step by
    step; the tour's id.

    Raises OnlyInASandbox, TourUnderWay, NotFound."""
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
    if channel_id is not None:
        await _require_channel(work, channel_id)
    tour_id = int(
        await work.value(
            insert(Tour)
            .values(
                tenant_id=work.tenant_id,
                status="running",
                steps=new_steps(),
                facts={} if channel_id is None else {"channel_id": channel_id},
                created_at=work.now,
            )
            .returning(Tour.id)
        )
    )
    work.record(TourProgressed(aggregate_id=tour_id, next_step=next(iter(STEPS))))
    work.audit("run_tour", subject="tour", subject_id=tour_id)
    return tour_id


async def _require_channel(work: Work, channel_id: int) -> None:
    found = select(Channel.id).where(Channel.tenant_id == work.tenant_id, Channel.id == channel_id)
    if await work.value(found) is None:
        raise NotFound("channel")

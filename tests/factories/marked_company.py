"""How a company came on, what it may have and how it stands, under names that carry its mark."""

from sqlalchemy import insert

from domain.kernel.work import Work
from domain.onboarding.inviting.operations import invite_user
from domain.onboarding.models import Sandbox, TenantDeletion, Tour
from domain.onboarding.touring.policy import new_steps, told
from tenancy.models import TenantQuota
from tenancy.quotas import ORDERS


async def bring_on(work: Work, mark: str) -> None:
    """An invitation, a tour that failed, a sandbox that is gone, a deletion that was withdrawn."""
    await invite_user(
        work, email=f"{mark}@example.com".lower(), display_name=f"{mark} invited", role_ids=[]
    )
    await work.execute(
        insert(Tour).values(
            tenant_id=work.tenant_id,
            status="failed",
            steps=told(new_steps(), "choose", "failed", f"{mark} has no channel"),
            facts={},
            problem=f"{mark} has no channel",
            created_at=work.now,
            ended_at=work.now,
        )
    )
    await work.execute(
        insert(Sandbox).values(
            tenant_id=work.tenant_id, status="removed", asked_by_id=1, created_at=work.now
        )
    )
    await work.execute(
        insert(TenantDeletion).values(
            tenant_id=work.tenant_id,
            status="withdrawn",
            nonce=f"{mark}-nonce",
            asked_by=f"{mark} boss",
            reason=f"{mark} closes",
            created_at=work.now,
            expires_at=work.now,
        )
    )
    await work.execute(
        insert(TenantQuota).values(tenant_id=work.tenant_id, quota=ORDERS, allowed=1_000_000)
    )

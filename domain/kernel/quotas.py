"""How much of everything a tenant may have is kept to: counted under a lock, so that two who
add at the same time cannot both take the last place."""

from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.errors import Expected
from domain.kernel.models import DocumentCounter
from domain.kernel.work import Work
from tenancy.models import Tenant, TenantPlan, TenantQuota
from tenancy.quotas import ORDERS, STORED, quota_of_plan

MEGABYTE = 1_000_000


class QuotaReached(Expected):
    """The plan allows no more of this. Fields: quota, allowed."""


async def require_room(
    work: Work, quota: str, table: Any, *conditions: Any, adding: int = 1
) -> None:
    """Raise QuotaReached unless so many more rows that meet the conditions may be added.

    The tenant's row stays locked: of those who add at the same time one goes after the other."""
    allowed = await allowed_of(work, quota, locks=True)
    if allowed is None:
        return
    used = await work.value(
        select(func.count())
        .select_from(table)
        .where(table.tenant_id == work.tenant_id, *conditions)
    )
    if used + adding > allowed:
        raise reached(quota, allowed)


async def require_storage(work: Work, adding: int) -> None:
    """Raise QuotaReached unless so many more bytes may be kept. What is kept is counted when
    somebody asks: two who add at the same time take turns."""
    allowed = await allowed_of(work, STORED, locks=True)
    if allowed is None:
        return
    used = await work.value(
        text("SELECT stored_bytes FROM usage_of_tenants(ARRAY[:tenant]::int[])"),
        {"tenant": work.tenant_id},
    )
    if used + adding > allowed * MEGABYTE:
        raise reached(STORED, allowed)


def reached(quota: str, allowed: int) -> QuotaReached:
    """The refusal: which quota, and how much it allows."""
    message = f"Your plan allows {allowed:,} {quota.replace('_', ' ')}. Ask for a larger one."
    return QuotaReached(message, quota=quota, allowed=allowed)


async def allowed_of(work: Work, quota: str, *, locks: bool = False) -> int | None:
    """How much the tenant may have: its own quota, else its plan's; None: without limit."""
    statement = (
        select(TenantPlan.plan, TenantQuota.allowed)
        .select_from(Tenant)
        .outerjoin(TenantPlan, TenantPlan.tenant_id == Tenant.id)
        .outerjoin(TenantQuota, (TenantQuota.tenant_id == Tenant.id) & (TenantQuota.quota == quota))
        .where(Tenant.id == work.tenant_id)
    )
    if locks:
        statement = statement.with_for_update(of=Tenant, key_share=True)
    row = await work.row(statement)
    if row is None or row.allowed is None:
        return quota_of_plan(None if row is None else row.plan, quota)
    return int(row.allowed)


async def set_ceiling(work: Work) -> bool:
    """Let the counter of orders know how far it may count this month; whether it did not yet.

    A new month counts from where the counter stands; the same month goes on from where it
    began. Nothing is counted while orders are placed: the counter is locked there anyway."""
    allowed = await allowed_of(work, ORDERS)
    counter = await work.row(
        select(DocumentCounter)
        .with_only_columns(*DocumentCounter.__table__.c)
        .where(DocumentCounter.tenant_id == work.tenant_id, DocumentCounter.kind == "order")
        .with_for_update()
    )
    begins, until = 0 if counter is None else counter.last, _next_month(work)
    if counter is not None and counter.ceiling_until and counter.ceiling_until > work.now:
        begins, until = counter.counted_from, counter.ceiling_until
    values = {
        "counted_from": begins,
        "ceiling": None if allowed is None else begins + allowed,
        "ceiling_until": until,
    }
    if counter is not None and all(getattr(counter, name) == values[name] for name in values):
        return False
    written = insert(DocumentCounter).values(
        tenant_id=work.tenant_id, kind="order", last=0, **values
    )
    await work.execute(
        written.on_conflict_do_update(index_elements=["tenant_id", "kind"], set_=values)
    )
    return True


def _next_month(work: Work) -> Any:
    first = work.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)

"""Policies of a tenant are changed one after the other."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.allocation.models import AllocationPolicy
from domain.kernel.errors import NotFound
from domain.kernel.work import Work


async def lock_policies(work: Work, policy_id: int) -> tuple[Row[Any], Sequence[Row[Any]]]:
    """The policy, and all others of the tenant; all are locked until the end of the work, so
    that two cannot take effect side by side. Raises NotFound."""
    rows = await work.rows(
        select(*AllocationPolicy.__table__.c)
        .where(AllocationPolicy.tenant_id == work.tenant_id)
        .order_by(AllocationPolicy.id)
        .with_for_update()
    )
    policy = next((row for row in rows if row.id == policy_id), None)
    if policy is None:
        raise NotFound("allocation policy")
    return policy, [row for row in rows if row.id != policy_id]

"""How the tenant stands: whether its deletion was asked for, and from when on."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.onboarding.models import TenantDeletion


@query("onboarding.read")
async def tenant_deletion(reader: Reader) -> Row[Any] | None:
    """The latest wish to delete the tenant (status, asked_by, reason, moments), or None."""
    return await reader.row(
        select(
            TenantDeletion.id,
            TenantDeletion.status,
            TenantDeletion.asked_by,
            TenantDeletion.reason,
            TenantDeletion.created_at,
            TenantDeletion.confirmed_at,
            TenantDeletion.erase_from,
        ).where(TenantDeletion.tenant_id == reader.tenant_id)
    )

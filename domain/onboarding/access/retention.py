"""What is not kept for ever."""

from datetime import datetime

from sqlalchemy import delete, select

from domain.kernel.work import Work
from tenancy.models import UserSession


async def purge_expired_sessions(work: Work, *, before: datetime, limit: int = 1_000) -> int:
    """Delete at most `limit` of the tenant's sessions that expired before a moment; how many."""
    expired = (
        select(UserSession.id)
        .where(UserSession.tenant_id == work.tenant_id, UserSession.expires_at < before)
        .limit(limit)
    )
    return await work.execute(
        delete(UserSession).where(
            UserSession.tenant_id == work.tenant_id, UserSession.id.in_(expired)
        )
    )

"""What is not kept for ever."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from domain.kernel.models import IdempotencyRecord
from domain.kernel.work import Work

IDEMPOTENCY_RECORDS_KEPT = timedelta(days=30)


async def purge_idempotency_records(work: Work, *, before: datetime, limit: int = 1_000) -> int:
    """Delete at most `limit` of the tenant's records made before a moment; returns how many."""
    old = (
        select(IdempotencyRecord.id)
        .where(IdempotencyRecord.tenant_id == work.tenant_id, IdempotencyRecord.created_at < before)
        .limit(limit)
    )
    return await work.execute(
        delete(IdempotencyRecord).where(
            IdempotencyRecord.tenant_id == work.tenant_id, IdempotencyRecord.id.in_(old)
        )
    )

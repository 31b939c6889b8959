"""Sessions that are over are forgotten; those that last are not."""

from datetime import timedelta

from sqlalchemy import insert, select

from domain.onboarding.access.retention import purge_expired_sessions
from tenancy.models import UserAccount, UserSession
from tests.factories.tenants import TenantUnderTest


async def test_only_expired_sessions_are_deleted(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        user_id = await work.value(
            insert(UserAccount)
            .values(
                tenant_id=tenant.id,
                username="ann",
                display_name="Ann",
                tokens_valid_from=tenant.now,
                created_at=tenant.now,
            )
            .returning(UserAccount.id)
        )
        await work.execute(
            insert(UserSession),
            [
                {
                    "tenant_id": tenant.id,
                    "user_id": user_id,
                    "nonce": nonce,
                    "created_at": tenant.now,
                    "refreshed_at": tenant.now,
                    "expires_at": tenant.now + lasts,
                }
                for nonce, lasts in (("old", timedelta(days=-1)), ("new", timedelta(days=1)))
            ],
        )
        assert await purge_expired_sessions(work, before=tenant.now) == 1
        assert await purge_expired_sessions(work, before=tenant.now) == 0
        left = select(UserSession.nonce).where(UserSession.tenant_id == tenant.id)
        assert await work.values(left) == ["new"]

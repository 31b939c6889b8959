"""A suspension in one process is heard in all others, before what they remember runs out."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.asgi import announced_to
from app.http.services import system_clock
from app.manners import TenantManners
from domain.kernel.event_feed import EventFeed
from tenancy.authentication import Authenticator
from tenancy.failures import AuthenticationFailed
from tenancy.models import Tenant, UserAccount
from tenancy.principals import HOUSE
from tests.factories.accounts import new_user
from tests.factories.tenants import TenantUnderTest


async def test_what_a_process_remembers_is_forgotten_when_operators_did_something(
    tenant: TenantUnderTest,
) -> None:
    now = system_clock()
    authenticator = Authenticator(tenant.engine, "s" * 48, remembered_for=timedelta(hours=1))
    manners = TenantManners(tenant.engine, system_clock)
    touched = announced_to(EventFeed(tenant.engine), authenticator, manners)
    await new_user(tenant, "orders.read")
    async with tenant.read() as reader:
        name = await reader.value(select(UserAccount.username))
    header = f"Bearer {await authenticator.issue_token(tenant.slug, name, now)}"
    assert await authenticator.authenticate(header, None, now) is not None
    async with tenant.work() as work:
        await work.execute(update(Tenant).values(status="suspended"))
    assert await authenticator.authenticate(header, None, now) is not None
    touched(tenant.id, [("tenant", tenant.id)])
    assert await authenticator.authenticate(header, None, now) is not None
    touched(HOUSE, [("tenant", tenant.id)])
    with pytest.raises(AuthenticationFailed):
        await authenticator.authenticate(header, None, now)

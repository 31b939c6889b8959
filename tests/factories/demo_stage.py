"""The demo company with the real application before it, and its people signed in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from app.asgi import application_around
from app.database import connect
from app.demo.company import TENANT, seed_demo
from app.demo.people import ADMINISTRATOR, PASSWORD, PEOPLE
from app.http.services import Services, system_clock
from domain.kernel.event_feed import EventFeed
from domain.onboarding.access.provisioning import provision_tenant
from tenancy.authentication import Authenticator
from tenancy.models import TenantQuota
from tenancy.principals import system_principal
from tests.factories.api import ApiUnderTest
from tests.factories.client import operations
from tests.factories.databases import own_database
from tests.factories.in_process import InProcessClient
from tests.factories.keys import KEYS
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest


@dataclass(frozen=True, slots=True)
class Played:
    """What a document gave: its answer, the statements it took and the points it might cost."""

    body: dict[str, Any]
    statements: list[str]

    @property
    def cost(self) -> int:
        """The points that were asked for before it ran."""
        return int(self.body["extensions"]["cost"]["requested"])

    @property
    def value(self) -> Any:
        """The value of the first root field; the test fails here when something was refused."""
        assert "errors" not in self.body, self.body["errors"]
        value = next(iter(self.body["data"].values()))
        refused = value.get("userErrors") if isinstance(value, dict) else None
        assert not refused, refused
        return value


@dataclass(frozen=True, slots=True)
class DemoStage:
    """The application, the demo tenant and a token for each of its people."""

    api: ApiUnderTest
    tenant: TenantUnderTest
    tokens: dict[str, str]

    @property
    def engine(self) -> AsyncEngine:
        """The engine of the application."""
        return self.api.services.engine

    async def send(self, user: str | None, query: str, **variables: Any) -> Played:
        """Send a document of one operation as this user, or as nobody."""
        headers = {"authorization": f"Bearer {self.tokens[user]}"} if user else {}
        if user:
            # The application knows a caller for some seconds, which would show in the count.
            authenticator = self.api.services.authenticator
            authenticator.forget()
            await authenticator.authenticate(headers["authorization"], None, system_clock())
        with counted_statements(self.engine) as statements:
            _, body = await self.api.http.operate({"query": query, "variables": variables}, headers)
        return Played(body, statements)

    async def play(self, user: str | None, operation: str, **variables: Any) -> Played:
        """Send one of graphql/operations by its name."""
        return await self.send(user, operations()[operation], **variables)


@asynccontextmanager
async def demo_stage(database: str, redis_url: str) -> AsyncIterator[DemoStage]:
    """The demo company in a database of its own."""
    async with own_database(database) as place:
        engine = connect(place.url, pool_size=10)
        try:
            await seed_demo(engine, KEYS)
            async with _application(engine, redis_url) as api:
                tenant = await _tenant(engine)
                await _without_limit(tenant)
                yield DemoStage(api, tenant, await _tokens(api))
        finally:
            await engine.dispose()


@asynccontextmanager
async def _application(engine: AsyncEngine, redis_url: str) -> AsyncIterator[ApiUnderTest]:
    services = Services(
        engine=engine,
        authenticator=Authenticator(engine, "s" * 48),
        redis_url=redis_url,
        feed=EventFeed(engine),
    )
    application = application_around(services)
    async with InProcessClient(application) as http:
        yield ApiUnderTest(application, services, http)


async def _tenant(engine: AsyncEngine) -> TenantUnderTest:
    now = system_clock()
    tenant = await provision_tenant(
        engine,
        slug=TENANT,
        name="Harbor Trading",
        username=ADMINISTRATOR.username,
        password=PASSWORD,
        now=now,
    )
    return TenantUnderTest(engine, tenant.id, TENANT, now, system_principal(tenant.id))


async def _without_limit(tenant: TenantUnderTest) -> None:
    """As many legal entities as plays make for themselves."""
    async with tenant.work() as work:
        await work.execute(
            insert(TenantQuota).values(
                tenant_id=work.tenant_id, quota="legal_entities", allowed=10_000
            )
        )


async def _tokens(api: ApiUnderTest) -> dict[str, str]:
    issue = api.services.authenticator.issue_token
    return {p.username: await issue(TENANT, p.username, system_clock()) for p in PEOPLE}

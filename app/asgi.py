"""The ASGI application: `crossdock serve`, or any ASGI server with the factory below."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

import app.subjects  # noqa: F401  (what may be approved is declared there)
from api.limits.budgets import Purse
from api.orders.desk import OrderDesk
from app.budgets import SharedBudgets
from app.database import connect
from app.documents import SharedDocuments
from app.explorer.page import explorer_file
from app.http.graphql import GraphQLEndpoint
from app.http.health import healthz, metrics, readyz
from app.http.intake import intake
from app.http.services import Services, system_clock
from app.long_lived import settle_memory
from app.manners import TenantManners
from app.namespace import namespace_of
from app.observability.watching import watching
from app.places import SharedPlaces
from app.settings import Settings
from app.throttle import SharedThrottle
from domain.kernel.event_feed import EventFeed
from tenancy.authentication import Authenticator
from tenancy.principals import HOUSE
from workers.announcements import Touched, hear_announcements


def application_from_environment() -> Starlette:
    """The factory that servers call in each process."""
    return create_application(Settings.from_environment())


def create_application(settings: Settings) -> Starlette:
    """The application for `settings`; it opens its connections when it starts."""

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        async with running_services(settings) as services:
            application.state.services = services
            settle_memory()
            yield

    return Application(lifespan=lifespan, routes=routes())


class Application(Starlette):
    """The application; requests to /graphql go straight to their door, which answers whatever goes
    wrong itself. The layers between would take some hundredths of a small request's CPU."""

    def __init__(self, *, routes: Sequence[BaseRoute], lifespan: Any = None) -> None:
        super().__init__(routes=routes, lifespan=lifespan)
        self._door = next(
            each.endpoint for each in routes if isinstance(each, Route) and each.path == "/graphql"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, connection, or the server's word that it starts or ends."""
        if scope["type"] == "http" and scope["path"] == "/graphql" and not scope.get("root_path"):
            scope["app"] = self
            await self._door(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def application_around(services: Services) -> Starlette:
    """The application around services that somebody else opens and closes."""
    application = Application(routes=routes())
    application.state.services = services
    return application


def routes() -> list[Route | WebSocketRoute]:
    """Every address that the application answers at."""
    endpoint = GraphQLEndpoint()
    return [
        Route("/graphql", endpoint),
        WebSocketRoute("/graphql", endpoint),
        Route("/graphiql/{digest}/{name}", explorer_file),
        Route("/intake/{channel}", intake, methods=["POST"]),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]


def announced_to(feed: EventFeed, authenticator: Authenticator, manners: TenantManners) -> Touched:
    """Who in this process hears of events that any process committed."""

    def touched(tenant_id: int, aggregates: Sequence[tuple[str, int]]) -> None:
        feed.touched(tenant_id, aggregates)
        if tenant_id == HOUSE:
            # Perhaps a tenant was suspended: who may come in is asked anew, in every process.
            authenticator.forget()
            manners.forget()

    return touched


@asynccontextmanager
async def running_services(settings: Settings) -> AsyncIterator[Services]:
    """The services of one process, closed at the end. Needs DATABASE_URL and REDIS_URL."""
    if settings.database_url is None or settings.redis_url is None:
        raise RuntimeError("DATABASE_URL and REDIS_URL must be set here; `crossdock up` sets them")
    engine = connect(settings.database_url, pool_size=settings.database_pool_size)
    namespace = namespace_of(settings.database_url)
    redis = Redis.from_url(settings.redis_url)
    throttle = SharedThrottle(redis, namespace=namespace)
    feed = EventFeed(engine)
    desk = OrderDesk() if settings.combine_orders else None
    manners = TenantManners(engine, system_clock)
    authenticator = Authenticator(
        engine,
        settings.signing_secret(),
        throttle=throttle,
        sign_ins_of_address=manners.sign_ins_of_address,
    )
    touched = announced_to(feed, authenticator, manners)
    hearing = asyncio.create_task(
        hear_announcements(settings.redis_url, namespace=namespace, touched=touched)
    )
    try:
        async with watching(engine, service="crossdock-api", slow_ms=settings.slow_ms):
            yield Services(
                engine=engine,
                authenticator=authenticator,
                redis_url=settings.redis_url,
                feed=feed,
                webhook_reach=settings.webhook_reach,
                keys=settings.keys(),
                door=settings.door,
                purse=Purse(SharedBudgets(redis, namespace=namespace)),
                documents=SharedDocuments(redis, namespace=namespace),
                order_desk=desk,
                manners_of=manners.manners_of,
                knows_origin=manners.knows_origin,
                document_text=manners.document_text,
                forget_manners=manners.forget,
                places=SharedPlaces(redis, namespace=namespace),
            )
    finally:
        if desk is not None:
            await desk.close()
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await redis.aclose()
        await engine.dispose()

"""Is it alive, may traffic come, how is it doing."""

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.asyncio import Redis
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from app.http.services import Services, system_clock
from app.observability.metrics import measure_outbox
from app.revision import newest_revision
from tenancy.principals import system_principal
from tenancy.transaction import scoped_transaction

PATIENCE_SECONDS = 2.0


async def healthz(request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """Database reachable and migrated, broker reachable; and how far the outbox is behind."""
    services: Services = request.app.state.services
    report: dict[str, object] = {}
    ready = True
    for name, check in (("database", _database), ("broker", _broker)):
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                report[name] = await check(services)
        except Exception as error:
            ready = False
            report[name] = {"ready": False, "problem": type(error).__name__}
    return JSONResponse({"ready": ready, **report}, status_code=200 if ready else 503)


async def _database(services: Services) -> dict[str, object]:
    async with scoped_transaction(services.engine, system_principal(0)) as connection:
        revision = (
            await connection.execute(text("SELECT version_num FROM alembic_version"))
        ).scalar()
        lag = (
            await connection.execute(
                text("SELECT waiting, oldest_seconds, parked FROM outbox_lag(:now)"),
                {"now": system_clock()},
            )
        ).one()
    if revision != newest_revision():
        raise LookupError(f"the schema is at {revision}, the code at {newest_revision()}")
    return {"ready": True, "revision": revision, "outbox": lag._asdict()}


async def _broker(services: Services) -> dict[str, object]:
    async with Redis.from_url(services.redis_url) as client:
        await client.ping()
    return {"ready": True}


async def metrics(request: Request) -> Response:
    """Prometheus metrics of this process, and how far the outbox is behind."""
    await measure_outbox(request.app.state.services.engine, now=system_clock())
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

"""The application as it runs, but with budgets that never end: what is looked for are errors of
ours, and who has spent its points finds none.

python -m tests.fuzzing.server PORT, with DATABASE_URL and REDIS_URL of a migrated database."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from api.limits.budgets import Purse, Spender, Taken
from app.asgi import routes
from app.database import connect
from app.http.services import Services
from app.observability.logs import configure_logging
from domain.kernel.event_feed import EventFeed
from tenancy.authentication import Authenticator
from tests.factories.running import SECRET


class Bottomless:
    """Budgets that are counted but never empty."""

    async def take(self, spender: Spender, points: int) -> Taken:
        """All that is asked for."""
        return Taken(points, 1_000_000)


@asynccontextmanager
async def _lifespan(application: Starlette) -> AsyncIterator[None]:
    engine = connect(os.environ["DATABASE_URL"], pool_size=10)
    application.state.services = Services(
        engine=engine,
        authenticator=Authenticator(engine, SECRET),
        redis_url=os.environ["REDIS_URL"],
        feed=EventFeed(engine),
        purse=Purse(Bottomless()),
    )
    try:
        yield
    finally:
        await engine.dispose()


if __name__ == "__main__":
    configure_logging("WARNING", form="text")
    uvicorn.run(
        Starlette(lifespan=_lifespan, routes=routes()),
        port=int(sys.argv[1]),
        log_config=None,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
    )

"""`crossdock seed`: the demo company."""

import asyncio

from app.database import connect
from app.demo.company import seed_demo
from app.installation import installation
from app.settings import Settings


def seed() -> None:
    """Make the demo tenant, unless it is there already."""
    with installation(Settings.from_environment()) as running:
        made = asyncio.run(_seed(running.settings))
    print("The demo tenant is seeded." if made else "The demo tenant was there already.")


async def _seed(settings: Settings) -> bool:
    engine = connect(settings.database_url or "", pool_size=2)
    try:
        return await seed_demo(engine, settings.keys())
    finally:
        await engine.dispose()

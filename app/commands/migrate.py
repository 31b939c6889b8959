"""`crossdock migrate`: bring the schema to what this code needs."""

import asyncio

from app import database
from app.installation import installation
from app.revision import newest_revision
from app.settings import Settings


def migrate() -> None:
    """Migrate the database to the newest revision; safe to repeat, safe at the same time."""
    with installation(Settings.from_environment()) as running:
        assert running.settings.database_owner_url is not None
        asyncio.run(database.migrate(running.settings.database_owner_url))
    print(f"The schema is at revision {newest_revision()}.")

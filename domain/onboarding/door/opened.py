"""What is closed stays closed."""

from typing import Any

from sqlalchemy.engine import Row

from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.onboarding.door.outcomes import ClientAppIsClosed
from tenancy.models import ClientApp


def require_open(row: Row[Any]) -> None:
    """Raise ClientAppIsClosed for the row of a closed app."""
    if row.closed_at is not None:
        raise ClientAppIsClosed("This app is closed. Make a new one.", name=row.name)


async def lock_open_app(work: Work, app_id: int) -> Row[Any]:
    """The app's row, locked. Raises NotFound, ClientAppIsClosed."""
    row = await lock_record(work, ClientApp, app_id, kind="client app")
    require_open(row)
    return row

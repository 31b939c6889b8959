"""The tenant's sandbox, and the way into it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.kernel.errors import Conflict
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.onboarding.models import Sandbox
from domain.onboarding.sandbox.outcomes import NoSandbox
from domain.onboarding.sandbox.tables import steps


@query("onboarding.read")
async def sandbox(reader: Reader) -> Row[Any] | None:
    """The sandbox's row, or None where none was ever asked for."""
    return await reader.row(
        select(*Sandbox.__table__.c).where(Sandbox.tenant_id == reader.tenant_id)
    )


@query("onboarding.read")
async def sandbox_to_enter(reader: Reader, *, version: int | None = None) -> int:
    """The id of the sandbox's tenant. Raises NoSandbox unless it is ready, and Conflict where it
    is not of this version any more."""
    row = await sandbox(reader)
    if row is None or row.status != "ready":
        raise NoSandbox("There is no sandbox that is ready.")
    if version not in (None, row.version):
        raise Conflict("The sandbox was made anew since. Read it again.")
    return int(row.sandbox_tenant_id)


def progress_of(row: Row[Any]) -> int:
    """How far the copying is, in percent of its steps."""
    if row.status in ("ready", "removed"):
        return 100
    return 0 if row.step is None else 100 * steps().index(row.step) // len(steps())

"""An object of configuration goes back to how it was: by a change request, like any change."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.governance.drafting import draft
from domain.governance.kinds import kind_named
from domain.governance.models import ConfigurationVersion
from domain.governance.outcomes import NoSuchVersion, NotReversible
from domain.governance.policy import restored
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("governance.propose")
async def roll_back_configuration(
    work: Work,
    *,
    kind: str,
    key: str,
    version: int,
    reason: str,
    effective_from: datetime | None = None,
) -> int:
    """Draft the change that takes an object back to a version of it (0: before its first change
    request); the change request's id.

    Raises NotFound, NoSuchVersion, NotReversible (it was made after that), InvalidInput,
    NothingChanges."""
    declared = kind_named(kind)
    later = await _versions_after(work, kind, key, version)
    if any(not row.before for row in later):
        raise NotReversible("It did not exist then; what was made stays.")
    proposal = restored([row.before for row in later], keyed=declared.keyed)
    return await draft(
        work,
        kind=kind,
        key=key,
        proposal=proposal,
        title=f"Back to version {version}",
        reason=reason,
        effective_from=effective_from,
        rolls_back_to=version,
    )


async def _versions_after(work: Work, kind: str, key: str, version: int) -> Sequence[Row[Any]]:
    rows = await work.rows(
        select(ConfigurationVersion.version, ConfigurationVersion.before)
        .where(
            ConfigurationVersion.tenant_id == work.tenant_id,
            ConfigurationVersion.kind == kind,
            ConfigurationVersion.object_key == key,
        )
        .order_by(ConfigurationVersion.version.desc())
    )
    latest = rows[0].version if rows else 0
    if not 0 <= version < latest:
        message = f"It may go back to a version from 0 to {latest - 1}." if latest else ""
        message = message or "It has no earlier version: no change request has changed it."
        raise NoSuchVersion(message, version=version, latest=latest)
    return [row for row in rows if row.version > version]

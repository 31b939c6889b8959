"""What is governed, and who owns the processes."""

from dataclasses import dataclass

from sqlalchemy import select

from domain.governance.governing import settings_of
from domain.governance.kinds import Kind, all_kinds
from domain.governance.models import ProcessOwner
from domain.governance.policy import PROCESSES
from domain.kernel.permissions import query
from domain.kernel.reading import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernedKind:
    """A kind of configuration and the tenant's settings of it."""

    kind: Kind
    mode: str
    channel_variants: bool
    entity_variants: bool


@query("governance.read")
async def governed_kinds(reader: Reader) -> list[GovernedKind]:
    """Every kind of configuration with its settings, by name."""
    kinds = all_kinds()
    settings = await settings_of(reader, [kind.name for kind in kinds])
    return [GovernedKind(kind=kind, **settings[kind.name]) for kind in kinds]


@query("governance.read")
async def process_owners(reader: Reader) -> dict[str, int | None]:
    """The user that owns each process; None where nobody is named."""
    rows = await reader.rows(
        select(ProcessOwner.process, ProcessOwner.user_id).where(
            ProcessOwner.tenant_id == reader.tenant_id
        )
    )
    named = {row.process: row.user_id for row in rows}
    return {process: named.get(process) for process in PROCESSES}

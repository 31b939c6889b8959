"""The audit log, and how far it is sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Row

from domain.kernel.models import AuditEntry, AuditSeal
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

NEWEST_FIRST = Ordering((AuditEntry.id,), descending=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries; what is None does not narrow. `document` is how it begins; `since` is
    inclusive, `until` is not."""

    subject: str | None = None
    subject_id: int | None = None
    actor_kind: str | None = None
    actor_id: int | None = None
    action: str | None = None
    document: str | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """How far the tenant's log is sealed: so many entries, under this hash, at that moment; and
    how many wait for the next round."""

    position: int
    head: bytes | None
    sealed_at: datetime | None
    waiting: int


@query("audit.read")
async def audit_entries(
    reader: Reader, *, where: AuditFilter, ordering: Ordering = NEWEST_FIRST, request: PageRequest
) -> Listing:
    """A page of the audit log, each entry with its place in the chain, if it has one yet."""
    return await list_page(reader, _entries(reader, where), ordering=ordering, request=request)


@query("audit.read")
async def audit_entries_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The entries with these ids; an id of no entry is left out."""
    statement = _entries(reader, AuditFilter()).where(AuditEntry.id.in_(ids))
    return {row.id: row for row in await reader.rows(statement)}


@query("audit.read")
async def audit_chain(reader: Reader) -> Chain:
    """How far the log is sealed, and what waits. Two statements."""
    last = await reader.row(
        select(AuditSeal.position, AuditSeal.hash, AuditSeal.sealed_at, AuditSeal.audit_entry_id)
        .where(AuditSeal.tenant_id == reader.tenant_id)
        .order_by(AuditSeal.position.desc())
        .limit(1)
    )
    # What is about to be sealed has ids above the last one, all but a few latecomers.
    waiting = select(func.count()).where(
        AuditEntry.tenant_id == reader.tenant_id,
        AuditEntry.id > (0 if last is None else last.audit_entry_id),
    )
    count = int(await reader.value(waiting))
    if last is None:
        return Chain(position=0, head=None, sealed_at=None, waiting=count)
    return Chain(position=last.position, head=last.hash, sealed_at=last.sealed_at, waiting=count)


@query("audit.read")
async def seal_at(reader: Reader, *, position: int) -> bytes | None:
    """The hash at a place of the chain; None where there is none. Who kept it from an earlier day
    sees whether all before it is still the same."""
    found: bytes | None = await reader.value(
        select(AuditSeal.hash).where(
            AuditSeal.tenant_id == reader.tenant_id, AuditSeal.position == position
        )
    )
    return found


def _entries(reader: Reader, where: AuditFilter) -> Select[Any]:
    entry = AuditEntry
    statement = (
        select(*entry.__table__.c, AuditSeal.position, AuditSeal.hash)
        .outerjoin(
            AuditSeal,
            (AuditSeal.tenant_id == entry.tenant_id) & (AuditSeal.audit_entry_id == entry.id),
        )
        .where(entry.tenant_id == reader.tenant_id)
    )
    for name in ("subject", "subject_id", "actor_kind", "actor_id", "action", "request_id"):
        wanted = getattr(where, name)
        if wanted is not None:
            statement = statement.where(getattr(entry, name) == wanted)
    if where.document is not None:
        statement = statement.where(entry.document.op("^@")(where.document))
    if where.since is not None:
        statement = statement.where(entry.occurred_at >= where.since)
    if where.until is not None:
        statement = statement.where(entry.occurred_at < where.until)
    return statement

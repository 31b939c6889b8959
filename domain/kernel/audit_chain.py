"""The audit log as a chain: each entry is sealed under a hash that covers it and all before it.

Writers know nothing of it and never wait for one another: a task seals what was committed since,
in parts. So whoever alters, removes or reorders an entry later breaks the chain at its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import func, literal_column, select
from sqlalchemy.engine import Row

from domain.kernel.inserting import insert_rows
from domain.kernel.models import AuditEntry, AuditSeal
from domain.kernel.work import Work

SEALED_AT_ONCE = 5_000
# An entry gets its id at the end of its transaction; by then it is committed, or gone.
LATEST_COMMIT = timedelta(minutes=5)
# What stands before the first entry.
BEGINNING = b""

# All that entry `e` says, as text that is the same wherever it is made. A column that is added
# to the table later is appended only where it is not null, so that old hashes stay true.
CONTENT = """jsonb_build_array(
    e.tenant_id, e.id, extract(epoch FROM e.occurred_at), e.actor_kind, e.actor_id, e.actor,
    e.action, e.subject, e.subject_id, e.before, e.after, e.reason, e.request_id,
    e.behalf_kind, e.behalf_id, e.behalf_of, e.document)::text"""


@dataclass(frozen=True, slots=True)
class _Head:
    """The last link, and the entry below which none can still appear."""

    position: int
    hash: bytes
    settled_id: int


async def seal_audit(work: Work, *, limit: int = SEALED_AT_ONCE) -> int:
    """Seal at most `limit` of the tenant's committed entries; returns how many.

    For the clock, not for people: it asks for no permission. While another seals, it does
    nothing."""
    if not await _take_turn(work):
        return 0
    head = await _head(work)
    entries = await _unsealed(work, head.settled_id, limit)
    await insert_rows(work, AuditSeal, _links(work, head, entries))
    return len(entries)


def link(previous: bytes, content: str) -> bytes:
    """The hash of an entry that says `content` and follows the one with the hash `previous`."""
    return sha256(previous + content.encode()).digest()


async def _take_turn(work: Work) -> bool:
    lock = func.pg_try_advisory_xact_lock(work.tenant_id, func.hashtext("seal_audit"))
    return bool(await work.value(select(lock)))


async def _head(work: Work) -> _Head:
    last = (
        select(AuditSeal.position, AuditSeal.hash)
        .where(AuditSeal.tenant_id == work.tenant_id)
        .order_by(AuditSeal.position.desc())
        .limit(1)
        .subquery()
    )
    # One of the last that were sealed so long ago that all of their time have been seen.
    settled = (
        select(AuditSeal.audit_entry_id)
        .where(
            AuditSeal.tenant_id == work.tenant_id,
            AuditSeal.sealed_at <= work.now - LATEST_COMMIT,
        )
        .order_by(AuditSeal.position.desc())
        .limit(1)
        .scalar_subquery()
    )
    row = await work.row(select(last.c.position, last.c.hash, settled.label("settled_id")))
    return (
        _Head(0, BEGINNING, 0)
        if row is None
        else _Head(row.position, row.hash, row.settled_id or 0)
    )


async def _unsealed(work: Work, settled_id: int, limit: int) -> Sequence[Row[Any]]:
    e = AuditEntry.__table__.alias("e")
    sealed = select(AuditSeal.id).where(
        AuditSeal.tenant_id == work.tenant_id, AuditSeal.audit_entry_id == e.c.id
    )
    return await work.rows(
        select(e.c.id, literal_column(CONTENT).label("content"))
        .where(e.c.tenant_id == work.tenant_id, e.c.id > settled_id, ~sealed.exists())
        .order_by(e.c.id)
        .limit(limit)
    )


def _links(work: Work, head: _Head, entries: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    links = []
    previous = head.hash
    for position, entry in enumerate(entries, start=head.position + 1):
        previous = link(previous, entry.content)
        links.append(
            {
                "position": position,
                "audit_entry_id": entry.id,
                "hash": previous,
                "sealed_at": work.now,
            }
        )
    return links

"""The audit log as a chain: sealed in parts, beside writers, and broken by whoever tampers."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from domain.kernel.audit_chain import BEGINNING, CONTENT, link, seal_audit
from domain.kernel.models import AuditEntry, AuditSeal
from domain.kernel.reading import Reader
from tests.factories.audit import as_owner, broken_links, seal, write_entries
from tests.factories.tenants import TenantUnderTest, new_tenant


async def _sealed(tenant: TenantUnderTest) -> list[tuple[int, int]]:
    """Position and entry of every link."""
    async with tenant.read() as reader:
        return [
            tuple(row)
            for row in await reader.rows(
                select(AuditSeal.position, AuditSeal.audit_entry_id)
                .where(AuditSeal.tenant_id == tenant.id)
                .order_by(AuditSeal.position)
            )
        ]


async def _entry_ids(reader: Reader) -> list[int]:
    wanted = select(AuditEntry.id).where(AuditEntry.tenant_id == reader.tenant_id)
    return list(await reader.values(wanted.order_by(AuditEntry.id)))


async def test_committed_entries_are_sealed_once_in_their_order(tenant: TenantUnderTest) -> None:
    await write_entries(tenant, "A", "B", "C")
    assert [await seal(tenant, limit=2), await seal(tenant), await seal(tenant)] == [2, 1, 0]
    async with tenant.read() as reader:
        ids = await _entry_ids(reader)
    assert await _sealed(tenant) == list(enumerate(ids, start=1))
    assert await broken_links(tenant) == []


async def test_a_hash_covers_the_entry_and_the_hash_before_it(tenant: TenantUnderTest) -> None:
    await write_entries(tenant, "A", "B")
    await seal(tenant)
    async with tenant.read() as reader:
        contents = await reader.values(
            text(f"SELECT {CONTENT} FROM audit_entry e WHERE tenant_id = :t ORDER BY id"),
            {"t": tenant.id},
        )
        hashes = await reader.values(
            select(AuditSeal.hash)
            .where(AuditSeal.tenant_id == tenant.id)
            .order_by(AuditSeal.position)
        )
    first = link(BEGINNING, contents[0])
    assert list(hashes) == [first, link(first, contents[1])]


async def test_an_entry_that_commits_late_is_sealed_after_those_with_higher_ids(
    tenant: TenantUnderTest,
) -> None:
    async with tenant.work() as slow:
        slow.audit("rename", subject="thing", subject_id=9)
        await slow.flush()
        await write_entries(tenant, "A", "B")
        assert await seal(tenant) == 2
        late, *others = await _entry_ids(slow)
    assert await seal(tenant) == 1
    assert await _sealed(tenant) == [(1, others[0]), (2, others[1]), (3, late)]
    assert await broken_links(tenant) == []


async def test_a_rolled_back_entry_leaves_no_gap_in_the_chain(tenant: TenantUnderTest) -> None:
    with pytest.raises(RuntimeError):
        async with tenant.work() as work:
            work.audit("rename", subject="thing", subject_id=9)
            await work.flush()
            raise RuntimeError
    await write_entries(tenant, "A")
    assert await seal(tenant) == 1
    assert [position for position, _ in await _sealed(tenant)] == [1]


async def test_two_sealers_at_once_seal_each_entry_once(tenant: TenantUnderTest) -> None:
    await write_entries(tenant, *"ABCDEFGH")
    async with tenant.work() as first:
        assert await seal_audit(first, limit=3) == 3
        # The other does not wait: it leaves the tenant to whoever is at it.
        assert await seal(tenant) == 0
    await asyncio.gather(*(seal(tenant, limit=2) for _ in range(6)))
    await seal(tenant)
    assert [position for position, _ in await _sealed(tenant)] == list(range(1, 9))
    assert await broken_links(tenant) == []


async def test_the_application_cannot_alter_or_remove_what_was_written(
    tenant: TenantUnderTest,
) -> None:
    await write_entries(tenant, "A")
    for statement in (
        "UPDATE audit_entry SET actor = 'nobody'",
        "DELETE FROM audit_entry",
        "UPDATE audit_seal SET position = 7",
        "DELETE FROM audit_seal",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with tenant.work() as work:
                await work.execute(text(statement))


async def test_an_altered_entry_is_named(tenant: TenantUnderTest, owner_url: str) -> None:
    await write_entries(tenant, "A", "B", "C")
    await seal(tenant)
    (_, altered) = (await _sealed(tenant))[1]
    await as_owner(
        owner_url, 'UPDATE audit_entry SET after = \'{"name": "X"}\' WHERE id = :id', id=altered
    )
    (found,) = await broken_links(tenant)
    assert (found["audit_entry_id"], found["position"]) == (altered, 2)
    assert found["finding"] == "the entry is altered, or was moved"
    assert found["expected"] != found["actual"]


@pytest.mark.parametrize(
    "column",
    [
        "occurred_at = occurred_at + interval '1 microsecond'",
        "actor = 'somebody else'",
        "actor_id = 77",
        "action = 'create'",
        "subject_id = 78",
        "reason = 'because'",
        "document = 'graphql:Other'",
        "behalf_of = 'somebody else'",
        "before = '{}'",
    ],
)
async def test_no_column_can_be_altered_unnoticed(
    tenant: TenantUnderTest, owner_url: str, column: str
) -> None:
    await write_entries(tenant, "A")
    await seal(tenant)
    await as_owner(owner_url, f"UPDATE audit_entry SET {column} WHERE tenant_id = :t", t=tenant.id)
    assert [found["position"] for found in await broken_links(tenant)] == [1]


async def test_a_removed_entry_is_named(tenant: TenantUnderTest, owner_url: str) -> None:
    await write_entries(tenant, "A", "B", "C")
    await seal(tenant)
    (_, removed) = (await _sealed(tenant))[0]
    await as_owner(owner_url, "DELETE FROM audit_entry WHERE id = :id", id=removed)
    (found,) = await broken_links(tenant)
    assert (found["audit_entry_id"], found["finding"]) == (removed, "the entry is removed")


async def test_an_entry_removed_with_its_link_is_missed_by_the_next(
    tenant: TenantUnderTest, owner_url: str
) -> None:
    await write_entries(tenant, "A", "B", "C")
    await seal(tenant)
    (_, removed), (_, following) = (await _sealed(tenant))[1:]
    await as_owner(
        owner_url,
        "DELETE FROM audit_entry WHERE id = :id",
        "DELETE FROM audit_seal WHERE audit_entry_id = :id",
        id=removed,
    )
    (found,) = await broken_links(tenant)
    assert (found["audit_entry_id"], found["position"]) == (following, 3)
    assert found["finding"] == "a link before it is missing"


async def test_entries_that_changed_places_are_named(
    tenant: TenantUnderTest, owner_url: str
) -> None:
    await write_entries(tenant, "A", "B", "C", "D")
    await seal(tenant)
    await as_owner(
        owner_url,
        "UPDATE audit_seal SET position = -position WHERE tenant_id = :t AND position IN (2, 3)",
        "UPDATE audit_seal SET position = 5 + position WHERE tenant_id = :t AND position < 0",
        t=tenant.id,
    )
    assert [found["position"] for found in await broken_links(tenant)] == [2, 3, 4]


async def test_an_entry_put_among_old_ones_is_named(
    tenant: TenantUnderTest, owner_url: str
) -> None:
    await write_entries(tenant, "A", "B")
    await seal(tenant)
    later = tenant.at(tenant.now + timedelta(hours=1))
    await write_entries(later, "C")
    await seal(later)
    ((_, oldest), *_) = await _sealed(tenant)
    await as_owner(
        owner_url,
        "INSERT INTO audit_entry (tenant_id, id, occurred_at, actor_kind, actor_id, actor, action,"
        " subject, subject_id) OVERRIDING SYSTEM VALUE SELECT tenant_id, :forged, occurred_at,"
        " actor_kind, actor_id, actor, action, subject, subject_id FROM audit_entry"
        " WHERE tenant_id = :t AND id = :oldest",
        t=tenant.id,
        oldest=oldest,
        forged=-oldest,
    )
    assert await seal(later) == 0
    (found,) = await broken_links(tenant)
    assert found["audit_entry_id"] == -oldest


async def test_the_chains_of_two_tenants_are_apart(tenant: TenantUnderTest) -> None:
    other = await new_tenant(tenant.engine, now=tenant.now)
    await write_entries(tenant, "A")
    await write_entries(other, "A")
    assert [await seal(tenant), await seal(other)] == [1, 1]
    ours, theirs = await _sealed(tenant), await _sealed(other)
    assert [position for position, _ in (*ours, *theirs)] == [1, 1]
    assert ours[0][1] != theirs[0][1]

"""Slow operations are written down with what they ran and how the database goes about it."""

import io
import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from app.observability.logs import JsonLines
from app.observability.slow import SlowOperations, explain, is_read
from domain.kernel.activity import Activity, Statement, doing, watch_with, watched_by
from domain.kernel.models import AuditEntry, DocumentCounter
from tests.factories.tenants import TenantUnderTest


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    import logging

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("crossdock.slow")
    before = watched_by()
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)
    watch_with(*before)


def _lines(written: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


async def _read_audit(tenant: TenantUnderTest, slow: SlowOperations, actor: str) -> None:
    activity = Activity(
        "graphql", "AuditTrail", tenant_id=tenant.id, request_id="r9", principal=tenant.principal
    )
    with doing(activity):
        async with tenant.read() as reader:
            await reader.rows(
                select(AuditEntry.id).where(
                    AuditEntry.tenant_id == tenant.id, AuditEntry.actor == actor
                )
            )
    await slow.drain()


async def test_a_slow_operation_is_told_with_statements_and_plan_and_no_value(
    engine: AsyncEngine, tenant: TenantUnderTest, written: io.StringIO
) -> None:
    slow = SlowOperations(engine, limit_ms=0)
    watch_with(slow)
    await _read_audit(tenant, slow, "Jane Doe")
    (line,) = _lines(written)
    assert (line["operation"], line["tenant_id"], line["request_id"]) == (
        "AuditTrail",
        tenant.id,
        "r9",
    )
    assert line["statements"] == 2
    told = json.dumps(line["slowest"])
    assert "FROM audit_entry" in told
    assert "$2" in told
    plan = "\n".join(line["plan"])  # type: ignore[arg-type]
    assert "on audit_entry" in plan
    assert "Jane" not in written.getvalue()


async def test_the_plan_is_asked_for_once_and_the_line_is_written_each_time(
    engine: AsyncEngine, tenant: TenantUnderTest, written: io.StringIO
) -> None:
    slow = SlowOperations(engine, limit_ms=0)
    watch_with(slow)
    for _ in range(3):
        await _read_audit(tenant, slow, "somebody")
    assert ["plan" in line for line in _lines(written)] == [True, False, False]


async def test_what_is_fast_is_not_told(
    engine: AsyncEngine, tenant: TenantUnderTest, written: io.StringIO
) -> None:
    slow = SlowOperations(engine, limit_ms=60_000)
    watch_with(slow)
    await _read_audit(tenant, slow, "somebody")
    assert written.getvalue() == ""


async def test_a_write_is_told_and_never_planned(
    engine: AsyncEngine, tenant: TenantUnderTest, written: io.StringIO
) -> None:
    slow = SlowOperations(engine, limit_ms=0)
    watch_with(slow)
    with doing(Activity("graphql", "Change", principal=tenant.principal)):
        async with tenant.work() as work:
            work.connection.info.clear()
            await work.execute(
                update(DocumentCounter)
                .where(DocumentCounter.tenant_id == tenant.id)
                .values(last=DocumentCounter.last + 1)
            )
    await slow.drain()
    (line,) = _lines(written)
    assert "UPDATE document_counter" in json.dumps(line["slowest"])
    assert "document_counter" not in json.dumps(line.get("plan", ""))


async def test_the_plan_is_the_callers_own(engine: AsyncEngine, tenant: TenantUnderTest) -> None:
    read = Statement("SELECT id FROM outbox FOR UPDATE", 1.0, None)
    plan = "\n".join(await explain(engine, tenant.principal, read))
    # Row security has added the tenant: this is what the caller's statement became.
    assert "current_setting(" in plan
    assert "LockRows" in plan


@pytest.mark.parametrize(
    ("statement", "reads"),
    [
        ("SELECT 1", True),
        ("  with x AS (SELECT 1) SELECT * FROM x", True),
        ("SELECT id FROM a FOR UPDATE SKIP LOCKED", True),
        ("SELECT id FROM a FOR NO KEY UPDATE", True),
        ("SELECT 'DELETE FROM a'", True),
        ("WITH x AS (DELETE FROM a RETURNING id) SELECT * FROM x", False),
        ("WITH x AS (UPDATE a SET b = 1 RETURNING id) SELECT * FROM x", False),
        ("INSERT INTO a SELECT 1", False),
        ("UPDATE a SET b = 1", False),
        ("EXPLAIN ANALYZE DELETE FROM a", False),
    ],
)
def test_only_what_reads_is_planned(statement: str, reads: bool) -> None:
    assert is_read(statement) is reads


async def test_a_plan_that_cannot_be_had_costs_the_line_nothing(
    engine: AsyncEngine, tenant: TenantUnderTest, written: io.StringIO
) -> None:
    slow = SlowOperations(engine, limit_ms=0)
    watch_with(slow)
    with doing(Activity("graphql", "Gone", principal=tenant.principal)) as activity:
        activity.ran(Statement("SELECT nothing FROM nowhere", 1.0, None))
    await slow.drain()
    (line,) = _lines(written)
    assert line["message"] == "Gone was slow"
    assert "plan" not in line


async def test_a_plan_does_not_execute_the_statement(
    engine: AsyncEngine, tenant: TenantUnderTest
) -> None:
    made = Statement("SELECT create_tenant('planned', 'planned', now())", 1.0, None)
    await explain(engine, tenant.principal, made)
    async with tenant.read() as reader:
        found = await reader.values(text("SELECT slug FROM all_tenants() AS t(id, slug, status)"))
    assert "planned" not in found

"""One request is one transaction: rows, audit, events and outbox together or not at all."""

from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from domain.kernel.errors import Conflict
from domain.kernel.events import Event
from domain.kernel.idempotency import Repeatable, once
from domain.kernel.models import AuditEntry, EventRecord, Outbox
from domain.kernel.numbers import draw_numbers
from tests.factories.tenants import TenantUnderTest


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Event):
    type = "test.happened"
    aggregate = "thing"
    amount: int


async def _counts(tenant: TenantUnderTest) -> list[int]:
    async with tenant.read() as reader:
        return [
            await reader.value(
                select(func.count()).select_from(table).where(table.tenant_id == tenant.id)
            )
            for table in (EventRecord, Outbox, AuditEntry)
        ]


async def test_events_audit_and_outbox_are_committed_with_the_work(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        work.record(Happened(aggregate_id=1, amount=5), Happened(aggregate_id=2, amount=6))
        work.audit("thing.change", subject="thing", subject_id=1, after={"amount": 5})
    assert await _counts(tenant) == [2, 2, 1]


async def test_a_failed_work_leaves_nothing(tenant: TenantUnderTest) -> None:
    with pytest.raises(RuntimeError):
        async with tenant.work() as work:
            work.record(Happened(aggregate_id=1, amount=5))
            await work.flush()
            raise RuntimeError
    assert await _counts(tenant) == [0, 0, 0]


async def test_what_fails_inside_an_attempt_leaves_no_event(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        with pytest.raises(ValueError, match="no"):
            async with work.attempt():
                work.record(Happened(aggregate_id=1, amount=5))
                raise ValueError("no")
        work.record(Happened(aggregate_id=2, amount=1))
    assert await _counts(tenant) == [1, 1, 0]


async def test_the_same_key_and_input_run_once_and_answer_the_same(tenant: TenantUnderTest) -> None:
    runs = []

    async def run() -> dict[str, object]:
        runs.append(1)
        return {"answer": len(runs)}

    request = Repeatable("key-1", "thing.make", {"a": 1})
    for _ in range(2):
        async with tenant.work() as work:
            assert await once(work, request, run) == {"answer": 1}
    assert len(runs) == 1
    with pytest.raises(Conflict):
        async with tenant.work() as work:
            await once(work, Repeatable("key-1", "thing.make", {"a": 2}), run)


async def test_numbers_ascend_for_each_kind_and_tenant(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        assert await draw_numbers(work, order=2, shipment=1) == {
            "order": ["SO-1", "SO-2"],
            "shipment": ["SH-1"],
        }
    async with tenant.work() as work:
        assert await draw_numbers(work, order=1) == {"order": ["SO-3"]}

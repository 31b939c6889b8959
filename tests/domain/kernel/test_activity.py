"""What is being done, as those who watch are told it."""

import asyncio
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select, text

from domain.kernel.activity import (
    Activity,
    Statement,
    doing,
    plain_trace_context,
    running,
    watch_with,
    watched_by,
)
from domain.kernel.models import EventRecord
from tests.factories.events import ThingHappened
from tests.factories.tenants import TenantUnderTest

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class _Notes:
    told: list[str] = field(default_factory=list)

    def begun(self, activity: Activity) -> None:
        self.told.append(f"begun {activity.name}")

    def ran(self, activity: Activity, statement: Statement, error: BaseException | None) -> None:
        failed = "" if error is None else " failed"
        self.told.append(f"ran {statement.text.split()[0]} in {activity.name}{failed}")

    def ended(self, activity: Activity) -> None:
        self.told.append(f"ended {activity.name} {activity.outcome} {activity.statements}")


@pytest.fixture
def notes() -> object:
    before = watched_by()
    made = _Notes()
    watch_with(made)
    yield made
    watch_with(*before)


def test_a_part_knows_what_the_whole_knows() -> None:
    whole = Activity("graphql", "PlaceOrder", tenant_id=7, request_id="r1", trace_context=TRACE)
    with doing(whole), doing(Activity("mutation", "placeOrder")) as part:
        assert running() is part
        assert (part.tenant_id, part.request_id, part.trace_context) == (7, "r1", TRACE)
        assert part.parent is whole
    assert running() is None


async def test_statements_count_for_the_part_and_for_the_whole(
    tenant: TenantUnderTest, notes: _Notes
) -> None:
    with doing(Activity("graphql", "whole")) as whole:
        async with tenant.read() as reader:
            await reader.value(text("SELECT 1"))
            with doing(Activity("mutation", "part")) as part:
                await reader.value(text("SELECT 2"))
    # One more sets the scope of the transaction.
    assert (whole.statements, part.statements) == (3, 1)
    assert [s.text for s in part.slowest] == ["SELECT 2"]
    assert notes.told == [
        "begun whole",
        "ran SELECT in whole",
        "ran SELECT in whole",
        "begun part",
        "ran SELECT in part",
        "ended part ok 1",
        "ended whole ok 3",
    ]


async def test_a_statement_that_fails_is_told_as_failed(
    tenant: TenantUnderTest, notes: _Notes
) -> None:
    with pytest.raises(Exception, match="division by zero"), doing(Activity("graphql", "broken")):
        async with tenant.read() as reader:
            await reader.value(text("SELECT 1 / 0"))
    assert notes.told[-2:] == ["ran SELECT in broken failed", "ended broken failed 2"]


async def test_tasks_beside_each_other_do_not_mix() -> None:
    async def one(name: str) -> str:
        with doing(Activity("graphql", name)):
            await asyncio.sleep(0)
            activity = running()
            assert activity is not None
            return activity.name

    assert await asyncio.gather(*(one(str(n)) for n in range(5))) == ["0", "1", "2", "3", "4"]
    assert running() is None


async def test_an_event_keeps_the_trace_of_what_recorded_it(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        with doing(Activity("graphql", "any", trace_context=TRACE)):
            work.record(ThingHappened(aggregate_id=1))
        work.record(ThingHappened(aggregate_id=2))
    async with tenant.read() as reader:
        kept = await reader.values(
            select(EventRecord.trace_context)
            .where(EventRecord.tenant_id == tenant.id)
            .order_by(EventRecord.id)
        )
    assert kept == [TRACE, None]


@pytest.mark.parametrize("header", [None, "", "00-xyz", TRACE + "0", TRACE.upper(), "a" * 55])
def test_what_is_no_traceparent_is_not_taken(header: str | None) -> None:
    assert plain_trace_context(header) is None


def test_a_traceparent_is_taken_as_it_is() -> None:
    assert plain_trace_context(TRACE) == TRACE

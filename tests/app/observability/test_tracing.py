"""Traces go through API, SQL and worker, hold no values, and are off by default."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text

from app.observability.tracing import Tracing, is_wanted, start_tracing
from domain.kernel.activity import Activity, doing, running, watch_with, watched_by
from domain.kernel.work import Work
from tests.factories.api import ApiUnderTest
from tests.factories.events import ThingHappened
from tests.factories.tenants import TenantUnderTest
from workers.once_only import AggregateAddress, Turn, deliver
from workers.registry import Delivered, Handlers

TRACE_ID, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{CALLER}-01"
JANE = {"code": "JD", "name": "Jane Doe", "isCustomer": True}
CREATE = """
mutation($input: CreatePartyInput!) {
  createParty(input: $input) { party { id } userErrors { code } }
}
"""


class Spans:
    """What was traced."""

    def __init__(self, tracing: Tracing, exporter: InMemorySpanExporter) -> None:
        self._tracing = tracing
        self._exporter = exporter

    def all(self) -> list[Any]:
        """Every span that has ended."""
        self._tracing._provider.force_flush()
        return list(self._exporter.get_finished_spans())

    def named(self, name: str) -> Any:
        """The one span of this name."""
        (span,) = [span for span in self.all() if span.name == name]
        return span


@pytest.fixture
def spans() -> Iterator[Spans]:
    exporter = InMemorySpanExporter()
    tracing = start_tracing("crossdock-test", exporter=exporter)
    before = watched_by()
    watch_with(tracing)
    yield Spans(tracing, exporter)
    watch_with(*before)
    tracing.close()


def _hex(number: int, digits: int) -> str:
    return format(number, f"0{digits}x")


async def _create_party(api: ApiUnderTest, tenant: TenantUnderTest, **headers: str) -> None:
    caller = await api.user(tenant, "*")
    answer = await api.http.post(
        "/graphql",
        json={
            "query": CREATE,
            "variables": {"input": {"code": "JD", "name": "Jane Doe", "isCustomer": True}},
        },
        headers={"authorization": f"Bearer {caller.token}", **headers},
    )
    assert answer.json()["data"]["createParty"]["userErrors"] == []


async def test_a_request_is_a_span_of_the_callers_trace_with_its_mutation_and_statements(
    api: ApiUnderTest, tenant: TenantUnderTest, spans: Spans
) -> None:
    await _create_party(api, tenant, traceparent=TRACEPARENT, **{"x-request-id": "req-1"})
    whole, part = spans.named("graphql createParty"), spans.named("mutation createParty")
    assert _hex(whole.context.trace_id, 32) == TRACE_ID
    assert _hex(whole.parent.span_id, 16) == CALLER
    assert part.parent.span_id == whole.context.span_id
    assert dict(whole.attributes) == {
        "crossdock.kind": "graphql",
        "crossdock.tenant_id": tenant.id,
        "crossdock.request_id": "req-1",
        "crossdock.outcome": "ok",
        "crossdock.statements": whole.attributes["crossdock.statements"],
    }
    inserts = [span for span in spans.all() if span.name == "INSERT"]
    assert {span.parent.span_id for span in inserts} == {part.context.span_id}
    assert any("INSERT INTO party " in span.attributes["db.query.text"] for span in inserts)
    assert all(whole.start_time <= s.start_time <= s.end_time <= whole.end_time for s in inserts)


async def test_no_span_holds_a_value(
    api: ApiUnderTest, tenant: TenantUnderTest, spans: Spans
) -> None:
    await _create_party(api, tenant)
    assert len(spans.all()) > 5
    assert "Jane" not in "".join(span.to_json() for span in spans.all())


async def test_without_a_callers_trace_each_request_has_its_own(
    api: ApiUnderTest, tenant: TenantUnderTest, spans: Spans
) -> None:
    caller = await api.user(tenant, "entities.read")
    for _ in range(2):
        await caller.ask("{ legalEntities { totalCount } }")
    roots = [span for span in spans.all() if span.name == "graphql legalEntities"]
    assert [span.parent for span in roots] == [None, None]
    assert len({span.context.trace_id for span in roots}) == 2


async def test_a_refused_operation_is_a_failed_span_without_the_message(
    api: ApiUnderTest, tenant: TenantUnderTest, spans: Spans
) -> None:
    caller = await api.user(tenant)
    await caller.ask("{ legalEntities { totalCount } }")
    span = spans.named("graphql legalEntities")
    assert (span.status.is_ok, span.status.description) == (False, "FORBIDDEN")
    assert span.events == ()


async def test_the_worker_goes_on_with_the_trace_of_the_request(
    tenant: TenantUnderTest, spans: Spans
) -> None:
    with doing(Activity("graphql", "Cause", trace_context=TRACEPARENT)):
        async with tenant.work() as work:
            work.record(ThingHappened(aggregate_id=1))
    handlers = Handlers()
    inside: list[str | None] = []

    @handlers.on("test.thing_happened")
    async def handle(work: Work, event: Delivered) -> None:
        activity = running()
        inside.append(None if activity is None else activity.trace_context)
        await work.execute(text("SELECT 'of the handler'"))

    address = AggregateAddress(tenant.id, "thing", 1)
    assert await deliver(tenant.engine, handlers, address, now=tenant.now) is Turn.DONE
    cause, effect = spans.named("graphql Cause"), spans.named("event test.thing_happened")
    assert _hex(effect.context.trace_id, 32) == TRACE_ID
    assert effect.parent.span_id == cause.context.span_id
    own = f"00-{TRACE_ID}-{_hex(effect.context.span_id, 16)}-01"
    assert inside == [own]
    (statement,) = [s for s in spans.all() if "of the handler" in str(s.attributes)]
    assert statement.parent.span_id == effect.context.span_id


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_traces_are_wanted_when_there_is_somewhere_to_send_them(
    environment: dict[str, str], wanted: bool
) -> None:
    assert is_wanted(environment) is wanted


def test_neither_tracer_nor_exporter_is_imported_while_it_is_off() -> None:
    code = (
        "import sys, app.asgi, app.commands.worker; "
        "sys.exit(any(name in sys.modules for name in"
        " ('opentelemetry.sdk.trace', 'opentelemetry.exporter', 'requests')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

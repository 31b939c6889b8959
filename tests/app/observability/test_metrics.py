"""Metrics: names of our own only, the pool, the outbox, and the worker's own port."""

import asyncio
import socket
from datetime import timedelta

import httpx
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from api.metering import known_names
from app.database import connect
from app.observability.metrics import measure_outbox
from app.observability.worker_port import metrics_port
from tests.factories.api import ApiUnderTest
from tests.factories.events import ThingBroke, ThingHappened, tell
from tests.factories.handling import counting_handlers
from tests.factories.keys import KEYS
from tests.factories.tenants import TenantUnderTest
from tests.factories.webhook_receivers import receiving
from tests.factories.webhook_sending import EVERYWHERE, SendingOf, happen
from workers.once_only import AggregateAddress, Turn, deliver


def sample(name: str, **labels: str) -> float:
    """The value of a metric now; 0 where there is none yet."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


def _operations(name: str, outcome: str = "ok") -> float:
    return sample(
        "crossdock_graphql_operations_total",
        operation=name,
        type="query",
        field="legalEntities",
        outcome=outcome,
    )


async def test_operations_of_our_own_documents_are_counted_by_name_and_all_others_together(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    assert {"PlaceOrder", "MyOrders", "OrderChanged", "ReceiveStock"} <= known_names()
    caller = await api.user(tenant, "*")
    before = _operations("MyOrders"), _operations("other")
    await caller.ask("query MyOrders { legalEntities { totalCount } }")
    for number in range(3):
        await caller.ask(f"query Mine{number} {{ legalEntities {{ totalCount }} }}")
    assert (_operations("MyOrders"), _operations("other")) == (before[0] + 1, before[1] + 3)
    shown = (await api.http.get("/metrics")).text
    assert "Mine0" not in shown


async def test_the_statements_of_an_operation_are_counted(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    caller = await api.user(tenant, "*")
    labels = {"operation": "MyOrders", "type": "query"}
    name = "crossdock_graphql_operation_statements"
    before = sample(f"{name}_sum", **labels), sample(f"{name}_count", **labels)
    await caller.ask("query MyOrders { legalEntities { totalCount } }")
    after = sample(f"{name}_sum", **labels), sample(f"{name}_count", **labels)
    # One sets the transaction's scope, one reads the page, one counts.
    assert (after[0] - before[0], after[1] - before[1]) == (3, 1)


async def test_the_operation_that_was_asked_for_is_the_one_that_is_counted(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    caller = await api.user(tenant, "*")
    before = _operations("MyShipments")
    document = (
        "query MyOrders { viewer { __typename } } "
        "query MyShipments { legalEntities { totalCount } }"
    )
    await api.http.post(
        "/graphql",
        json={"query": document, "operationName": "MyShipments"},
        headers={"authorization": f"Bearer {caller.token}"},
    )
    assert _operations("MyShipments") == before + 1


async def test_connections_in_use_are_shown(database_url: str) -> None:
    before = sample("crossdock_database_connections", state="in_use")
    limit = sample("crossdock_database_connections_limit")
    engine = connect(database_url, pool_size=3)
    async with engine.connect():
        assert sample("crossdock_database_connections", state="in_use") == before + 1
        assert sample("crossdock_database_connections_limit") == limit + 3
    await engine.dispose()


async def test_the_outbox_is_measured(tenant: TenantUnderTest, engine: AsyncEngine) -> None:
    await measure_outbox(engine, now=tenant.now)
    before = sample("crossdock_outbox_waiting")
    await tell(tenant, ThingHappened(aggregate_id=1), ThingHappened(aggregate_id=2))
    await measure_outbox(engine, now=tenant.now + timedelta(seconds=90))
    assert sample("crossdock_outbox_waiting") == before + 2
    assert sample("crossdock_outbox_oldest_seconds") >= 90


async def test_while_the_database_is_away_the_outbox_is_unknown(engine: AsyncEngine) -> None:
    gone = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    from app.http.services import system_clock

    await measure_outbox(gone, now=system_clock())
    assert str(sample("crossdock_outbox_waiting")) == "nan"
    await gone.dispose()
    await measure_outbox(engine, now=system_clock())


async def test_events_are_counted_once_in_effect(tenant: TenantUnderTest) -> None:
    def counted() -> tuple[float, float]:
        name = "crossdock_events_handled_total"
        return (
            sample(name, type="test.thing_happened", outcome="ok"),
            sample(name, type="test.thing_broke", outcome="failed"),
        )

    before = counted()
    await tell(tenant, ThingHappened(aggregate_id=1), ThingBroke(aggregate_id=1))
    address = AggregateAddress(tenant.id, "thing", 1)
    turn = await deliver(tenant.engine, counting_handlers(), address, now=tenant.now)
    assert turn is Turn.FAILED
    # The first try of both was rolled back for the second's failure, and is not counted.
    assert counted() == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize(("status", "outcome"), [(204, "delivered"), (500, "refused")])
async def test_calls_to_subscribers_are_counted_by_outcome(
    tenant: TenantUnderTest, status: int, outcome: str
) -> None:
    from domain.integration.operations.subscriptions import create_webhook_subscription

    before = sample("crossdock_webhook_calls_total", outcome=outcome)
    async with receiving() as receiver:
        receiver.answers = [status] * 9
        async with tenant.work() as work:
            await create_webhook_subscription(
                work,
                keys=KEYS,
                name="s",
                url=receiver.url,
                event_types=["test.*"],
                reach=EVERYWHERE,
            )
        await happen(tenant, 1)
        sending = SendingOf(tenant)
        await sending.step()
        await sending.drain()
    assert sample("crossdock_webhook_calls_total", outcome=outcome) == before + 1


async def test_a_worker_answers_on_a_port_of_this_machine_only(engine: AsyncEngine) -> None:
    async with metrics_port(engine, 0) as port, httpx.AsyncClient() as http:
        shown = await http.get(f"http://127.0.0.1:{port}/metrics")
        assert shown.status_code == 200
        assert "crossdock_events_handled_total" in shown.text
        assert "crossdock_outbox_waiting" in shown.text
        assert (await http.get(f"http://127.0.0.1:{port}/healthz")).text == "ok\n"
        assert (await http.get(f"http://127.0.0.1:{port}/other")).status_code == 404
        assert (await http.post(f"http://127.0.0.1:{port}/metrics")).status_code == 404


async def test_what_is_no_request_ends_the_connection(engine: AsyncEngine) -> None:
    async with metrics_port(engine, 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\0" * 100_000)
        assert await reader.read() == b""
        writer.close()


async def test_a_taken_port_costs_the_worker_only_its_metrics(engine: AsyncEngine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with metrics_port(engine, taken.getsockname()[1]) as port:
            assert port == 0
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT 1"))).scalar() == 1

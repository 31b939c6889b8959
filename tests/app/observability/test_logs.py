"""Logs say for whom and for what, and never hold a secret or anything of a person."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.observability.logs import configure_logging
from app.observability.slow import SlowOperations
from domain.kernel.activity import Activity, doing, watch_with, watched_by
from domain.kernel.work import Work
from tests.factories.api import ApiUnderTest
from tests.factories.events import ThingHappened, tell
from tests.factories.tenants import TenantUnderTest
from workers.keep_running import keep_running
from workers.once_only import AggregateAddress, Turn, deliver, handle
from workers.registry import Delivered, Handlers

PLANTED = (
    "correct-horse-battery",
    "Johanna Plantagenet",
    "johanna@plantagenet.example",
    "17 Secret Lane",
    "s3cr3t-in-a-document",
    "whsec_cGxhbnRlZC1zZWNyZXQtb2YtYS1ob29r",
    "planted-in-the-address",
)
PASSWORD, NAME, EMAIL, STREET, DOCUMENT, SIGNING, QUERY = PLANTED
CREATE_PARTY = """
mutation($input: CreatePartyInput!) {
  createParty(input: $input) { party { id } userErrors { code } }
}
"""
SIGN_IN = """
mutation($input: SignInInput!) { signIn(input: $input) { __typename } }
"""


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged at debug level, as a process writes it."""
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    levels = {
        name: logger.level
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger)
    }
    before = watched_by()
    stream = io.StringIO()
    configure_logging("debug", form="json", to=stream)
    yield stream
    logging.captureWarnings(False)
    logging.raiseExceptions = True
    watch_with(*before)
    root.handlers[:] = kept
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


async def test_a_busy_run_with_failures_writes_no_secret_and_nothing_of_a_person(
    api: ApiUnderTest, tenant: TenantUnderTest, written: io.StringIO, monkeypatch: Any
) -> None:
    slow = SlowOperations(tenant.engine, limit_ms=0)
    watch_with(slow)
    caller = await api.user(tenant, "*")
    token = caller.token or "-"
    await caller.ask("{ parties(first: 5) { nodes { id name } } }")
    party = {"code": "JP", "name": NAME, "isCustomer": True}
    assert (await caller.ask(CREATE_PARTY, input=party)).data["createParty"]["party"]
    await caller.ask(CREATE_PARTY, input=party)
    await api.nobody().ask(
        SIGN_IN, input={"tenant": tenant.slug, "username": NAME, "password": PASSWORD}
    )
    await api.http.post("/graphql", content=DOCUMENT, headers={"authorization": f"Bearer {token}x"})
    await _break_the_api(api, caller, monkeypatch)
    await _fail_in_the_worker(tenant)
    _log_carelessly(token)
    await slow.drain()
    everything = written.getvalue()
    assert [secret for secret in (*PLANTED, token) if secret in everything] == []
    loud = {line["logger"] for line in lines(written)}
    assert {"crossdock.api", "crossdock.slow", "workers.once_only", "careless"} <= loud
    assert any("plan" in line for line in lines(written))


async def _break_the_api(api: ApiUnderTest, caller: Any, monkeypatch: Any) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ValueError(f"cannot read {NAME} of {STREET}, {EMAIL}")

    monkeypatch.setattr("api.writing._once_through", broken)
    answer = await caller.ask(CREATE_PARTY, input={"code": "JP", "name": NAME})
    assert answer.error_codes == ["INTERNAL"]


async def _fail_in_the_worker(tenant: TenantUnderTest) -> None:
    handlers = Handlers()

    @handlers.on("test.thing_happened")
    async def fail(work: Work, event: Delivered) -> None:
        await work.value(
            text("SELECT CAST(CAST(:v AS text) AS int)"), {"v": f"{NAME} {DOCUMENT} {STREET}"}
        )

    await tell(tenant, ThingHappened(aggregate_id=1))
    address = AggregateAddress(tenant.id, "thing", 1)
    assert await handle(tenant.engine, handlers, address) is Turn.FAILED


def _log_carelessly(token: str) -> None:
    """What somebody will write one day, in our code or in a library's."""
    careless = logging.getLogger("careless")
    careless.info("sent Authorization: Bearer %s", token)
    careless.info("user %s", {"password": PASSWORD, "email": EMAIL})
    careless.info("signed with %s", SIGNING)
    careless.info("calling https://shop.example/hook?key=%s", QUERY)
    careless.info("failed: %s", ValueError(NAME))
    careless.info("document", extra={"fields": {"raw": DOCUMENT, "body": {"street": STREET}}})
    careless.error("wrong number of %s arguments", "one", "two")
    logging.getLogger("httpx").info("HTTP Request: POST https://x.example/%s", QUERY)
    logging.getLogger("sqlalchemy.engine.Engine").info("[generated] %r", (NAME, STREET))
    logging.getLogger("asyncio").error(
        "Task exception was never retrieved\nfuture: <Task exception=ValueError('%s')>", NAME
    )


async def test_a_line_of_the_api_says_for_whom_and_for_what(
    api: ApiUnderTest, tenant: TenantUnderTest, written: io.StringIO, monkeypatch: Any
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ValueError("-")

    monkeypatch.setattr("api.writing._once_through", broken)
    caller = await api.user(tenant, "*")
    await api.http.post(
        "/graphql",
        json={"query": CREATE_PARTY, "variables": {"input": {"code": "A", "name": "A"}}},
        headers={"authorization": f"Bearer {caller.token}", "x-request-id": "req-17"},
    )
    (line,) = [line for line in lines(written) if line["level"] == "error"]
    assert line["tenant_id"] == tenant.id
    assert line["request_id"] == "req-17"
    assert line["operation"] == "createParty"
    assert line["message"] == "request req-17 failed"
    assert line["error"]["type"] == "builtins.ValueError"
    assert line["error"]["at"][-1].endswith(" broken")


async def test_a_line_of_a_handler_says_which_event_and_which_request_caused_it(
    tenant: TenantUnderTest, written: io.StringIO
) -> None:
    handlers = Handlers()
    seen: list[int] = []

    @handlers.on("test.thing_happened")
    async def say(work: Work, event: Delivered) -> None:
        seen.append(event.id)
        logging.getLogger("workers.test").warning("here")

    async with tenant.work() as work:
        work.request_id = "req-18"
        work.record(ThingHappened(aggregate_id=1))
    address = AggregateAddress(tenant.id, "thing", 1)
    assert await deliver(tenant.engine, handlers, address, now=tenant.now) is Turn.DONE
    (line,) = [line for line in lines(written) if line["message"] == "here"]
    assert (line["tenant_id"], line["request_id"]) == (tenant.id, "req-18")
    assert (line["operation"], line["event_id"]) == ("test.thing_happened", seen[0])


async def test_a_loop_that_fails_says_what_kind_of_fault_and_no_value(
    written: io.StringIO,
) -> None:
    async def step() -> bool:
        if "tries again" in written.getvalue():
            raise asyncio.CancelledError
        raise ValueError(NAME)

    with pytest.raises(asyncio.CancelledError):
        await keep_running("relay", step, idle=timedelta(0))
    (line,) = [line for line in lines(written) if line["logger"] == "workers.keep_running"]
    assert line["message"] == "The relay failed and tries again: ValueError"


def test_a_person_gets_readable_lines(written: io.StringIO) -> None:
    stream = io.StringIO()
    configure_logging("info", form="text", to=stream)
    with doing(Activity("graphql", "PlaceOrder", tenant_id=7, request_id="r1")):
        try:
            raise ValueError(NAME)
        except ValueError:
            logging.getLogger("crossdock.api").exception("it broke")
    head, what, *places = stream.getvalue().splitlines()
    assert head[13:] == (
        "ERROR   it broke  [crossdock.api] tenant_id=7 request_id=r1 operation=PlaceOrder"
    )
    assert what == "  builtins.ValueError"
    assert places[-1].endswith("test_a_person_gets_readable_lines")


def test_the_level_is_kept(written: io.StringIO) -> None:
    configure_logging("warning", form="json", to=written)
    logging.getLogger("crossdock.api").info("not this")
    logging.getLogger("crossdock.api").warning("but this")
    assert [line["message"] for line in lines(written)] == ["but this"]

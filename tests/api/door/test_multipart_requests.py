"""Hostile multipart requests: each is refused for what it is, and leaves nothing behind."""

import asyncio
import gc
import time
import tracemalloc
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from starlette.requests import Request

from api.door.bodies import LARGEST_BODY
from api.door.manners import DoorSettings
from api.door.refusals import Refusal
from api.door.uploads import MEGABYTE, MOST_FILES, read_form
from app.asgi import application_around
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.http_requests import codes
from tests.factories.in_process import InProcessClient
from tests.factories.tenants import TenantUnderTest
from tests.factories.uploads import send_form

TYPENAME = '{"query": "{ __typename }"}'
PLACED = '{"query": "{ __typename }", "variables": {"a": null, "b": [null, null]}}'
FILE = ("a.csv", b"a")
HEAD = {"content-type": "multipart/form-data; boundary=b", "x-requested-with": "test"}


@pytest.mark.parametrize(
    ("operations", "places", "files", "message"),
    [
        (PLACED, '{"0": ["variables.a"]}', {}, "a file that the body does not have"),
        (PLACED, "{}", {"0": FILE}, "a file that map does not name"),
        (PLACED, '{"0": ["variables.c"]}', {"0": FILE}, "not there in operations"),
        (PLACED, '{"0": ["variables.b.2"]}', {"0": FILE}, "not there in operations"),
        (PLACED, '{"0": ["variables.b.-1"]}', {"0": FILE}, "not there in operations"),
        (PLACED, '{"0": ["variables.b.²"]}', {"0": FILE}, "not there in operations"),
        (PLACED, '{"0": ["variables.a.b.c"]}', {"0": FILE}, "not there in operations"),
        (PLACED, '{"0": ["query"]}', {"0": FILE}, "begins with variables"),
        (PLACED, '{"0": ["__proto__.a"]}', {"0": FILE}, "begins with variables"),
        (PLACED, '{"0": [7]}', {"0": FILE}, "begins with variables"),
        (PLACED, '{"0": ["variables.b"]}', {"0": FILE}, "must hold null"),
        (PLACED, '{"0": ["variables.a", "variables.a"]}', {"0": FILE}, "must hold null"),
        (PLACED, '{"0": []}', {"0": FILE}, "1 to 10 places"),
        (PLACED, '{"0": "variables.a"}', {"0": FILE}, "1 to 10 places"),
        ("not json", "{}", {}, "not valid JSON"),
        ("[]", "{}", {}, "must be JSON objects"),
        (TYPENAME, "[]", {}, "must be JSON objects"),
    ],
)
async def test_a_form_that_does_not_fit_its_map_is_refused_with_the_reason(
    api: ApiUnderTest,
    tenant: TenantUnderTest,
    operations: str,
    places: str,
    files: Mapping[str, tuple[str, bytes]],
    message: str,
) -> None:
    answer = await send_form(await api.user(tenant), operations, places, files)
    assert (answer.status_code, codes(answer)) == (400, ["BAD_INPUT"])
    assert message in answer.json()["errors"][0]["message"]


async def test_a_file_may_stand_in_two_places(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    places = '{"0": ["variables.a", "variables.b.1"]}'
    answer = await send_form(await api.user(tenant), PLACED, places, {"0": FILE})
    assert answer.json()["data"] == {"__typename": "Query"}


async def test_too_many_files_too_many_texts_and_two_files_of_one_name_are_refused(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    caller = await api.user(tenant)
    many = {str(n): FILE for n in range(MOST_FILES + 1)}
    answer = await send_form(caller, PLACED, "{}", many)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"] == "At most 10 files are taken."
    for parts, message in (
        ([("extra", (None, "1"))], "and nothing else"),
        ([("0", FILE), ("0", FILE)], "the same name"),
    ):
        answer = await api.http.post(
            "/graphql",
            files=[("operations", (None, PLACED)), ("map", (None, "{}")), *parts],
            headers={"x-requested-with": "test", "authorization": f"Bearer {caller.token}"},
        )
        assert answer.status_code == 400
        assert message in answer.json()["errors"][0]["message"]


async def test_without_a_header_that_forces_a_preflight_nothing_is_read(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    places = '{"0": ["variables.a"]}'
    refused = await send_form(await api.user(tenant), PLACED, places, {"0": FILE}, headers={})
    assert (refused.status_code, codes(refused)) == (403, ["FORBIDDEN"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"--b",
        b"--b--\r\n",
        b"no boundary at all",
        b"--b\r\n\r\nno name\r\n--b--\r\n",
        b"--b\r\nContent-Disposition: form-data; name=operations\r\n\r\n{",
        b"--b\r\n" + b"A: b\r\n" * 50 + b"\r\n",
        b"--b\r\nContent-Disposition: form-data; name=" + b"x" * 100_000 + b"\r\n\r\n\r\n--b--",
    ],
)
async def test_a_body_that_is_no_form_is_refused(api: ApiUnderTest, content: bytes) -> None:
    answer = await api.http.post("/graphql", content=content, headers=HEAD)
    assert (answer.status_code, codes(answer)) == (400, ["BAD_INPUT"])
    assert "x" * 100 not in answer.text


@pytest.fixture
async def small(api: ApiUnderTest) -> AsyncIterator[ApiUnderTest]:
    """An installation that takes three megabytes in a request with files."""
    services = replace(api.services, door=DoorSettings(largest_upload=3 * MEGABYTE))
    application = application_around(services)
    async with InProcessClient(application) as http:
        yield ApiUnderTest(application, services, http)


async def test_more_than_the_setting_allows_is_refused_announced_or_not(
    small: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    caller = await small.user(tenant)
    large = ("a.csv", b"x" * (3 * MEGABYTE))
    announced = await send_form(caller, PLACED, "{}", {"0": large})
    assert (announced.status_code, codes(announced)) == (413, ["BAD_INPUT"])
    read = 0

    async def streamed() -> AsyncIterator[bytes]:
        nonlocal read
        yield b'--b\r\nContent-Disposition: form-data; name="0"; filename="a"\r\n\r\n'
        for _ in range(100):
            read += 1
            yield b"x" * (MEGABYTE // 2)

    answer = await small.http.post(
        "/graphql",
        content=streamed(),
        headers=HEAD | {"authorization": f"Bearer {caller.token}"},
    )
    assert (answer.status_code, codes(answer)) == (413, ["BAD_INPUT"])
    assert answer.json()["errors"][0]["message"] == "At most 3,145,728 bytes are taken."
    fits = await send_form(
        caller, PLACED, '{"0": ["variables.a"]}', {"0": ("a", b"x" * (2 * MEGABYTE + 500_000))}
    )
    assert fits.json()["data"] == {"__typename": "Query"}


async def test_a_stranger_sends_no_more_than_in_json(api: ApiUnderTest) -> None:
    stranger = ApiCaller(api.http, None)
    large = await send_form(stranger, PLACED, "{}", {"0": ("a", b"x" * LARGEST_BODY)})
    assert large.status_code == 413
    texts = await send_form(stranger, PLACED, "{}", {})
    assert texts.json()["data"] == {"__typename": "Query"}


async def test_the_text_of_a_form_is_bounded_as_json_is(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    answer = await send_form(await api.user(tenant), "[" * (LARGEST_BODY + 1), "{}", {})
    assert answer.status_code == 413


def _request(chunks: list[bytes], wait: bool = False) -> Request:
    waiting = list(chunks)

    async def receive() -> dict[str, Any]:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(0), "more_body": True}
        if wait:
            await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    headers = [(b"content-type", b"multipart/form-data; boundary=b")]
    return Request({"type": "http", "headers": headers}, receive)


BEGUN = b'--b\r\nContent-Disposition: form-data; name="0"; filename="a"\r\n\r\n'


async def test_who_goes_away_or_is_too_slow_leaves_no_file_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Rolled over to the disk; an open file that nobody holds warns, and a warning fails the test.
    begun = [BEGUN, b"x" * (2 * MEGABYTE)]
    with pytest.raises(Refusal, match="went away"):
        await read_form(_request(begun), largest=9 * MEGABYTE, is_known=True)
    monkeypatch.setattr("api.door.uploads.SHORTEST_SECONDS", 0.05)
    monkeypatch.setattr("api.door.uploads.SLOWEST_BYTES", 1 << 40)
    with pytest.raises(Refusal) as slow:
        await read_form(_request(begun, wait=True), largest=9 * MEGABYTE, is_known=True)
    assert slow.value.status == 408
    gc.collect()


async def test_a_large_file_lies_on_the_disk_and_takes_little_time() -> None:
    chunk = b"\r\n--a" * (256 * 1024 // 5)
    body = [BEGUN, *[chunk] * 70, b"\r\n--b--\r\n"]
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(Refusal, match="went away"):
        await read_form(_request(body), largest=20 * MEGABYTE, is_known=True)
    spent = time.process_time() - began
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * MEGABYTE
    assert spent < 5

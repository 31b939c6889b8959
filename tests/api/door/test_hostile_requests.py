"""What no honest client sends: a clear answer, little work, and no trace in the next request."""

import asyncio
import gc
import gzip
import json
import time
from typing import Any

import pytest
from starlette.requests import Request

from api.door.bodies import read_body
from api.door.refusals import Refusal
from tests.factories.api import ApiUnderTest
from tests.factories.http_requests import codes, post

# The limit is 0.2 s on an idle machine; the run shares its processors with others.
CPU_SECONDS = 0.6
LONG = "x" * 60_000


def _query(text: str, **more: Any) -> bytes:
    return json.dumps({"query": text, **more}).encode()


_DOUBLING = "query { ...F0 }" + "".join(
    f" fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(50)
)
_PAIRS = "{ %s } %s" % (  # noqa: UP031 - braces of GraphQL
    " ".join(f"...P{i}" for i in range(40)),
    " ".join(
        f"fragment P{i} on Query {{ {' '.join(f'a{j}:__typename' for j in range(20))} }}"
        for i in range(40)
    ),
)
HOSTILE: dict[str, tuple[bytes, int, str]] = {
    "a JSON string": (b'"x"', 400, "BAD_INPUT"),
    "JSON null": (b"null", 400, "BAD_INPUT"),
    "no JSON": (b"{", 400, "BAD_INPUT"),
    "nothing": (b"", 400, "BAD_INPUT"),
    "no query": (b"{}", 400, "BAD_INPUT"),
    "bad UTF-8": (b'{"query": "{ \xff }"}', 400, "BAD_INPUT"),
    "compressed": (gzip.compress(_query("{ __typename }")), 400, "BAD_INPUT"),
    "deep JSON": (
        b'{"query":"{a}","variables":{"v":' + b"[" * 900 + b"]" * 900 + b"}}",
        400,
        "TOO_EXPENSIVE",
    ),
    "very deep JSON": (b"[" * 200_000, 400, "BAD_INPUT"),
    "an integer of 5,000 digits": (
        b'{"query":"{a}","variables":{"v":' + b"9" * 5_000 + b"}}",
        400,
        "BAD_INPUT",
    ),
    "a lone surrogate": (b'{"query":"{ a(b: \\"\\ud800\\") }"}', 400, "BAD_INPUT"),
    "NaN": (b'{"query":"{a}","variables":{"v":NaN}}', 400, "BAD_INPUT"),
    "a query that is a number": (b'{"query": 1}', 400, "BAD_INPUT"),
    "variables that are a list": (b'{"query": "{a}", "variables": [1]}', 400, "BAD_INPUT"),
    "a body of 3 MB": (b" " * 3_000_000, 413, "BAD_INPUT"),
    "a long document": (_query("{ __typename #" + "a" * 200_000 + "\n}"), 200, "TOO_EXPENSIVE"),
    "1,000 aliases": (
        _query("{" + " ".join(f"a{i}: __typename" for i in range(1_000)) + "}"),
        200,
        "TOO_EXPENSIVE",
    ),
    "one field 3,000 times": (_query("{" + "__typename " * 3_000 + "}"), 200, "TOO_EXPENSIVE"),
    "doubling fragments": (
        _query(_DOUBLING + " fragment F50 on Query { __typename }"),
        200,
        "TOO_EXPENSIVE",
    ),
    "fragments to compare in pairs": (_query(_PAIRS), 200, "TOO_EXPENSIVE"),
    "a circle of fragments": (
        _query("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"),
        200,
        "BAD_INPUT",
    ),
    "1,500 levels": (_query("{a" * 1_500 + "}" * 1_500), 200, "BAD_INPUT"),
    "20 levels": (
        _query("{__typename ...on Query" * 20 + "{__typename}" + "}" * 20),
        200,
        "TOO_EXPENSIVE",
    ),
    "1,500 nested lists": (
        _query("{ node(id: " + "[" * 1_500 + "]" * 1_500 + ") { id } }"),
        200,
        "BAD_INPUT",
    ),
    "1,000 directives": (
        _query("{ __typename " + "@skip(if: false) " * 500 + "}"),
        200,
        "TOO_EXPENSIVE",
    ),
    "a long name": (_query("{ " + LONG + " }"), 200, "TOO_EXPENSIVE"),
    "a long unknown type": (
        _query("query($a: T" + "y" * 100 + ") { __typename }"),
        200,
        "BAD_INPUT",
    ),
    "a long string out of place": (_query('{ "' + LONG), 200, "BAD_INPUT"),
    "900 variables": (
        _query("query(" + " ".join(f"$v{i}: Int" for i in range(900)) + ") { __typename }"),
        200,
        "BAD_INPUT",
    ),
    "a character that no text has": (
        _query("query($a: ID!) { node(id: $a) { id } }", variables={"a": "\x00"}),
        400,
        "BAD_INPUT",
    ),
    "the same, escaped in a document": (
        _query('{ node(id: "\\u0000") { id } }'),
        400,
        "BAD_INPUT",
    ),
    "an unknown operation": (_query("{ __typename }", operationName=LONG), 200, "BAD_INPUT"),
    "30,000 values": (
        _query("query($a: [ID!]!) { nodes(ids: $a) { id } }", variables={"a": ["x"] * 30_000}),
        400,
        "TOO_EXPENSIVE",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_request_is_refused_at_little_cost(api: ApiUnderTest, name: str) -> None:
    content, status, code = HOSTILE[name]
    nobody = api.nobody()
    await nobody.ask("{ __typename }")
    # What other tests left behind is not this request's to clear away.
    gc.collect()
    began = time.process_time()
    answer = await post(nobody, content=content)
    spent = time.process_time() - began
    assert (answer.status_code, set(codes(answer))) == (status, {code}), answer.text[:500]
    assert spent < CPU_SECONDS
    assert "Traceback" not in answer.text
    for error in answer.json()["errors"]:
        assert len(error["message"]) < 400
        assert "x" * 120 not in error["message"]
    assert (await nobody.ask("{ __typename }")).data == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "text/plain"}, 415),
        ({"content-type": ""}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "application/json; charset=utf-16"}, 415),
        ({"content-type": "application/json", "content-encoding": "gzip"}, 415),
        ({"content-type": "multipart/form-data; boundary=b"}, 403),
        ({"content-type": "multipart/form-data", "x-requested-with": "test"}, 400),
        ({"content-type": "application/json", "content-length": "9" * 30}, 413),
    ],
)
async def test_another_kind_of_body_is_refused(
    api: ApiUnderTest, headers: dict[str, str], status: int
) -> None:
    answer = await post(api.nobody(), content=b'{"query":"{ __typename }"}', **headers)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] in ("BAD_INPUT", "FORBIDDEN")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "-0x1", "9" * 50, 1.5, True, {}])
async def test_a_decimal_that_is_none_is_bad_input(api: ApiUnderTest, value: object) -> None:
    query = (
        "mutation($q: Decimal!) { placeOrder(input: {lines: [{quantity: $q}]}) "
        "{ userErrors { code } } }"
    )
    assert (await api.nobody().ask(query, q=value)).error_codes == ["BAD_INPUT"]


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def receive() -> dict[str, Any]:
        await asyncio.sleep(3600)
        raise AssertionError("nobody waits that long")

    request = Request({"type": "http", "headers": []}, receive)
    with pytest.raises(Refusal) as refused:
        await read_body(request, seconds=0.01)
    assert refused.value.status == 408


async def test_a_body_that_never_ends_is_cut_off() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    with pytest.raises(Refusal) as refused:
        await read_body(Request({"type": "http", "headers": []}, receive), largest=10_000)
    assert refused.value.status == 413


async def test_the_body_of_a_server_with_awaitables_of_its_own_is_read() -> None:
    def receive() -> Any:
        ready = asyncio.get_running_loop().create_future()
        ready.set_result({"type": "http.request", "body": b"{}", "more_body": False})
        return ready

    assert await read_body(Request({"type": "http", "headers": []}, receive)) == b"{}"

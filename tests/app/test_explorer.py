"""GraphiQL at /graphql: from our own files, each known by its hash, with tabs that work."""

import base64
import hashlib
import html
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from graphql import GraphQLSchema, OperationType, parse, validate
from graphql.utilities import get_operation_ast

from api.schema import build_schema, graphql_core_schema
from app.explorer.page import FILES, POLICY, SCRIPTS, STYLES
from app.explorer.tabs import TOUR, Tab, documents
from domain.kernel import json
from tests.factories.api import ApiUnderTest
from tests.factories.demo_stage import DemoStage, demo_stage

# The first half of their SHA-256, as published on npm: graphiql 3.9.0, react and react-dom 18.3.1.
PUBLISHED = (
    ("graphiql.min.css", "bdddd50aac5bdb0edd83e5c862ba2fed"),
    ("graphiql.min.js", "a330a2be1d2389486840a9d0a834767d"),
    ("react-dom.production.min.js", "35f4f974f4b2bcd44da73963347f8952"),
    ("react.production.min.js", "d949f1c3687aedadcedac85261865f29"),
)


@pytest.fixture(scope="module")
async def stage(redis_url: str) -> AsyncIterator[DemoStage]:
    """The demo company."""
    async with demo_stage("crossdock_explorer", redis_url) as made:
        yield made


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The schema, as graphql-core validates with it."""
    return graphql_core_schema(build_schema())


async def _page(api: ApiUnderTest) -> str:
    answer = await api.http.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


async def test_the_page_loads_our_own_files_only_and_each_is_what_it_says(
    api: ApiUnderTest,
) -> None:
    page = await _page(api)
    asked = re.findall(r'(?:src|href)="([^"]+)" integrity="sha384-([^"]+)"', page)
    assert [address.split("/")[-1] for address, _ in asked] == [*STYLES, *SCRIPTS]
    assert len(re.findall(r"\b(?:src|href)=", page)) == len(asked)
    assert not re.search(r"<script[^>]*>[^<]|<style|\son\w+=", page)
    for address, integrity in asked:
        file = await api.http.get(f"/{address}")
        digest = base64.b64encode(hashlib.sha384(file.content).digest()).decode()
        assert (file.status_code, digest) == (200, integrity)
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert file.headers["x-content-type-options"] == "nosniff"
        kind = "text/css" if address.endswith(".css") else "text/javascript"
        assert file.headers["content-type"] == f"{kind}; charset=utf-8"
        plain = await api.http.get(f"/{address}", headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.content == file.content


async def test_nothing_else_lies_at_their_address(api: ApiUnderTest) -> None:
    (digest,) = set(re.findall(r"graphiql/([0-9a-f]+)/explorer\.js", await _page(api)))
    for address in (
        "/graphiql/0000000000000000/explorer.js",
        f"/graphiql/{digest}/explorer.html",
        f"/graphiql/{digest}/..%2fpage.py",
        f"/graphiql/{digest}/README.md",
    ):
        assert (await api.http.get(address)).status_code == 404


def test_the_policy_allows_ourselves_and_no_script_of_a_page() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == "'none'"
    assert (rules["script-src"], rules["connect-src"]) == ("'self'", "'self'")
    assert "http" not in POLICY
    assert "unsafe" not in POLICY.replace("style-src 'self' 'unsafe-inline'", "")


def test_the_files_of_others_are_unchanged_small_and_come_with_their_licences() -> None:
    for name, digest in PUBLISHED:
        assert hashlib.sha256((FILES / name).read_bytes()).hexdigest()[:32] == digest
    assert sum(path.stat().st_size for path in FILES.iterdir()) < 2_000_000
    for name in ("LICENSE.graphiql", "LICENSE.react"):
        assert "Permission is hereby granted" in (FILES / name).read_text()


async def test_the_page_holds_the_tour_as_tabs_and_every_document(api: ApiUnderTest) -> None:
    found = re.search(r'<template id="documents">(.*?)</template>', await _page(api), re.DOTALL)
    assert found is not None
    told: dict[str, Any] = json.load(html.unescape(found.group(1)))
    assert told["documents"] == documents()
    assert [(t["name"], t["query"], json.load(t["variables"] or "{}")) for t in told["tabs"]] == [
        (tab.name, documents()[tab.name], tab.variables) for tab in TOUR
    ]


@pytest.mark.parametrize("name", documents())
def test_a_document_is_valid_by_itself(schema: GraphQLSchema, name: str) -> None:
    assert validate(schema, parse(documents()[name])) == []


@pytest.mark.parametrize("tab", TOUR, ids=lambda tab: tab.name)
async def test_a_tab_is_answered_for_the_demo_company(stage: DemoStage, tab: Tab) -> None:
    text = documents()[tab.name]
    operation = get_operation_ast(parse(text))
    assert operation is not None
    if operation.operation is OperationType.SUBSCRIPTION:
        assert tab.variables == {}
        return
    played = await stage.send("admin", text, **tab.variables)
    assert played.value is not None

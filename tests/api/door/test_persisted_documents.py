"""Documents by their hash: registered by clients, or trusted."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from api.door.manners import Manners
from api.door.persisted import OPERATIONS, single_operations, trusted_documents
from app.documents import SharedDocuments
from tenancy.principals import Principal
from tests.factories.api import ApiUnderTest
from tests.factories.http_requests import GRAPHQL, codes, get, post
from tests.factories.tenants import TenantUnderTest, new_tenant


def _named(text: str, **more: Any) -> dict[str, Any]:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}, **more}


def _fresh() -> str:
    return f"query Q{uuid.uuid4().hex} {{ __typename }}"


async def test_a_client_registers_a_document_and_names_it_then(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    user, text = await api.user(tenant), _fresh()
    unknown = await post(user, _named(text))
    assert unknown.status_code == 200
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert codes(unknown) == ["PERSISTED_QUERY_NOT_FOUND"]
    assert (await post(user, _named(text, query=text))).json()["data"] == {"__typename": "Query"}
    assert (await post(user, _named(text))).json()["data"] == {"__typename": "Query"}
    digest = hashlib.sha256(text.encode()).hexdigest()
    by_id = await get(user, {"documentId": f"sha256:{digest}"}, accept=GRAPHQL)
    assert by_id.json()["data"] == {"__typename": "Query"}


async def test_what_one_tenant_registered_another_does_not_find(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    user, text = await api.user(tenant), _fresh()
    stranger = await api.user(await new_tenant(tenant.engine, now=tenant.now))
    await post(user, _named(text, query=text))
    for caller in (stranger, api.nobody()):
        assert codes(await post(caller, _named(text))) == ["PERSISTED_QUERY_NOT_FOUND"]


@pytest.mark.parametrize(
    "extension",
    [
        {"version": 2, "sha256Hash": "0" * 64},
        {"version": 1, "sha256Hash": "no hash"},
        {"version": 1, "sha256Hash": 1},
        {"version": 1, "sha256Hash": "0" * 64},
    ],
)
async def test_a_wrong_hash_registers_nothing(
    api: ApiUnderTest, tenant: TenantUnderTest, extension: dict[str, Any]
) -> None:
    body = {"query": _fresh(), "extensions": {"persistedQuery": extension}}
    assert codes(await post(await api.user(tenant), body)) == ["BAD_INPUT"]


async def test_documents_are_shared_by_processes_but_not_those_of_strangers(
    redis_url: str,
) -> None:
    async with Redis.from_url(redis_url) as redis:
        name = str(uuid.uuid4())
        one, other = [SharedDocuments(redis, namespace=name) for _ in range(2)]
        for tenant in ("7", "anonymous"):
            await one.keep(tenant, "d", "{ a }")
            assert await one.find(tenant, "d") == "{ a }"
        assert await other.find("7", "d") == "{ a }"
        assert await other.find("8", "d") is None
        assert await other.find("anonymous", "d") is None


def test_each_operation_of_our_files_is_trusted_by_itself() -> None:
    texts = trusted_documents().values()
    portal = (OPERATIONS / "partner_portal.graphql").read_text()
    assert portal in texts
    assert set(single_operations(portal)) <= set(texts)
    assert single_operations("{ ...A } fragment A on Q { a } fragment B on Q { b }") == (
        "{\n  ...A\n}\n\nfragment A on Q {\n  a\n}",
    )


@pytest.fixture
def trusting(api: ApiUnderTest) -> Iterator[None]:
    """Every tenant takes only trusted documents from its partners."""

    async def manners_of(caller: Principal, origin: str | None) -> Manners:
        return Manners(only_trusted=caller.is_partner)

    kept = api.application.state.services
    api.application.state.services = replace(kept, manners_of=manners_of)
    yield
    api.application.state.services = kept


@pytest.mark.usefixtures("trusting")
async def test_partners_may_be_held_to_trusted_documents(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    from tests.factories.masters import new_party

    partner = await api.user(tenant, "orders.read", party_id=await new_party(tenant))
    employee = await api.user(tenant, "orders.read")
    text = _fresh()
    for body in ({"query": text}, _named(text), _named(text, query=text)):
        answer = await post(partner, body)
        assert (answer.status_code, codes(answer)) == (403, ["FORBIDDEN"])
    assert (await post(employee, {"query": text})).status_code == 200
    ours = next(t for t in trusted_documents().values() if t.startswith("query"))
    assert (await post(partner, _named(ours))).status_code == 200

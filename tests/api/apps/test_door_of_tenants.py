"""What a tenant settles for its door counts for those who ask: origins, documents, plans."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from api.ids import global_id, row_id_of
from api.limits.budgets import Purse, Spender
from api.limits.places import NoPlace, PlaceOf, ProcessPlaces, placed
from app.budgets import SharedBudgets
from app.http.services import system_clock
from app.manners import TenantManners
from app.observability.logs import told
from app.places import SharedPlaces
from domain.onboarding.door import entering
from domain.onboarding.door.plans import PLANS, Bucket, Plan
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.http_requests import codes, post
from tests.factories.masters import new_party
from tests.factories.tenants import TenantUnderTest, new_tenant

SHOP, DESK = "https://shop.example", "https://desk.example"
WATCH = {"query": "subscription { orderChanged { eventId } }"}
CREATE = """mutation($input: CreateClientAppInput!) { createClientApp(input: $input) {
  clientApp { id name kind origins onlyRegistered version documentCount closedAt }
  userErrors { __typename code } } }"""
SETTLE = """mutation($input: UpdateDoorSettingsInput!) { updateDoorSettings(input: $input) {
  doorSettings { origins onlyTrustedPartners onlyTrustedPublicApps onlyTrustedEverybody version }
  userErrors { __typename code } } }"""
REGISTER = """mutation($input: RegisterDocumentsInput!) { registerDocuments(input: $input) {
  clientApp { id documentCount } hashes outcomes { row status code field }
  userErrors { __typename code } } }"""
DOCUMENTS = """query($filter: RegisteredDocumentFilter) { registeredDocuments(filter: $filter) {
  totalCount nodes { id hash name text retiredAt app { name } } } }"""
RETIRE = """mutation($input: RetireRegisteredDocumentInput!) {
  retireRegisteredDocument(input: $input) { registeredDocument { id retiredAt }
  userErrors { code } } }"""
CLOSE = """mutation($input: CloseClientAppInput!) { closeClientApp(input: $input) {
  clientApp { id closedAt } userErrors { code } } }"""
PLAN = """{ plan { name connections connectionsOfCaller connectionsOpen signInsOfAddress
  tenantBudget { capacity perMinute left } appBudget { capacity perMinute left } } }"""
KEY = """mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) {
  key apiKey { app { id name } } userErrors { code } } }"""


@pytest.fixture
async def door(api: ApiUnderTest, redis_url: str) -> AsyncIterator[ApiUnderTest]:
    """The application with the door as it is served."""
    manners = TenantManners(api.services.engine, system_clock)
    kept = api.application.state.services
    async with Redis.from_url(redis_url) as redis:
        api.application.state.services = replace(
            kept,
            manners_of=manners.manners_of,
            knows_origin=manners.knows_origin,
            document_text=manners.document_text,
            forget_manners=manners.forget,
            purse=Purse(SharedBudgets(redis, namespace="door")),
            places=SharedPlaces(redis, namespace="door"),
        )
        yield api
    api.application.state.services = kept


async def _app(admin: ApiCaller, name: str, kind: str = "INTERNAL", **more: Any) -> str:
    answer = await admin.ask(CREATE, input={"name": name, "kind": kind, **more})
    assert answer.data["createClientApp"]["userErrors"] == []
    made: str = answer.data["createClientApp"]["clientApp"]["id"]
    return made


async def _settle(admin: ApiCaller, **settled: Any) -> Any:
    return (await admin.ask(SETTLE, input=settled)).data["updateDoorSettings"]


async def _register(admin: ApiCaller, app: str, *texts: str, **more: Any) -> Any:
    documents = [{"name": f"D{place}", "text": text} for place, text in enumerate(texts)]
    sent = {"appId": app, "documents": documents, **more}
    return (await admin.ask(REGISTER, input=sent)).data["registerDocuments"]


async def _key(door: ApiUnderTest, admin: ApiCaller, app: str | None) -> ApiCaller:
    roles = await admin.ask("{ roles(last: 1) { nodes { id name } } }")
    role = roles.data["roles"]["nodes"][0]["id"]
    made = await admin.ask(KEY, input={"name": "key", "roleId": role, "appId": app})
    assert (made.data["createApiKey"]["apiKey"]["app"] or {"id": None})["id"] == app
    return ApiCaller(door.http, made.data["createApiKey"]["key"])


async def _status(caller: ApiCaller, text: str = "{ __typename }", **headers: str) -> int:
    return (await post(caller, {"query": text}, **headers)).status_code


async def test_two_tenants_have_each_their_own_origins(
    door: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    other = await new_tenant(tenant.engine, now=tenant.now)
    ours, theirs = await door.user(tenant, "*"), await door.user(other, "*")
    assert await _status(ours, origin=SHOP) == 403
    settled = await _settle(ours, origins=["https://Shop.Example/"])
    assert settled["doorSettings"]["origins"] == [SHOP]
    await _app(theirs, "desk", origins=[DESK])
    for caller, origin, status in (
        (ours, SHOP, 200),
        (ours, DESK, 403),
        (theirs, DESK, 200),
        (theirs, SHOP, 403),
    ):
        answer = await post(caller, {"query": "{ __typename }"}, origin=origin)
        assert answer.status_code == status
        shown = answer.headers.get("access-control-allow-origin")
        assert shown == (origin if status == 200 else None)
    for origin, is_told in ((SHOP, True), (DESK, True), ("https://evil.example", False)):
        answer = await door.http.options(
            "/graphql", headers={"origin": origin, "access-control-request-method": "POST"}
        )
        assert ("access-control-allow-origin" in answer.headers) is is_told
    await _settle(ours, origins=[])
    assert await _status(ours, origin=SHOP) == 403


async def test_a_partner_is_held_to_what_is_registered_while_the_tenant_says_so(
    door: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await door.user(tenant, "*")
    partner = await door.user(tenant, "orders.read", party_id=await new_party(tenant))
    known, unknown = "query Known { __typename }", "query Unknown { __typename }"
    digest = hashlib.sha256(known.encode()).hexdigest()
    app = await _app(admin, "partner portal", "PARTNER")
    assert (await _register(admin, app, known))["hashes"] == [digest]
    assert await _status(partner, unknown) == 200
    await _settle(admin, onlyTrustedPartners=True)
    refused = await post(partner, {"query": unknown})
    assert (refused.status_code, codes(refused)) == (403, ["FORBIDDEN"])
    assert refused.json()["errors"][0]["extensions"]["reason"] == "DOCUMENT_NOT_REGISTERED"
    assert await _status(partner, known) == 200
    by_hash = await post(partner, {"documentId": f"sha256:{digest}"})
    assert by_hash.json()["data"] == {"__typename": "Query"}
    lying = {
        "query": unknown,
        "extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}},
    }
    assert (await post(partner, lying)).status_code == 403
    assert await _status(admin, unknown) == 200
    (document,) = (await admin.ask(DOCUMENTS, filter={"appId": app})).data["registeredDocuments"][
        "nodes"
    ]
    await admin.ask(RETIRE, input={"id": document["id"]})
    assert await _status(partner, known) == 403
    await _settle(admin, onlyTrustedPartners=False)
    assert await _status(partner, unknown) == 200


async def test_a_key_sends_its_own_apps_documents_from_its_own_apps_pages(
    door: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await door.user(tenant, "*")
    mine, others = "query Mine { __typename }", "query Others { __typename }"
    app = await _app(admin, "shop", "PUBLIC", origins=[SHOP])
    other = await _app(admin, "desk", origins=[DESK], onlyRegistered=True)
    await _register(admin, app, mine)
    await _register(admin, other, others)
    key = await _key(door, admin, app)
    assert await _status(key, others) == 200
    await _settle(admin, onlyTrustedPublicApps=True)
    assert [await _status(key, text) for text in (mine, others)] == [200, 403]
    assert [await _status(key, mine, origin=page) for page in (SHOP, DESK)] == [200, 403]
    # A user on the page of an app is that app's visitor.
    user = await door.user(tenant, "orders.read")
    assert [await _status(user, mine, origin=page) for page in (SHOP, DESK)] == [200, 403]
    assert await _status(user, others) == 200
    closed = await admin.ask(CLOSE, input={"id": app})
    assert closed.data["closeClientApp"]["clientApp"]["closedAt"] is not None
    assert await _status(key, mine) == 401


async def test_documents_are_checked_row_by_row(
    door: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await door.user(tenant, "*")
    app = await _app(admin, "shop")
    texts = ["{ __typename }", "{ nonsense }", "{", "{ viewer { name } }"]
    refused = await _register(admin, app, *texts)
    assert [o["status"] for o in refused["outcomes"]] == [
        "NOT_APPLIED",
        "FAILED",
        "FAILED",
        "NOT_APPLIED",
    ]
    assert refused["clientApp"]["documentCount"] == 0
    kept = await _register(admin, app, *texts, errorPolicy="REJECT_FAILED_ROWS")
    assert [(o["row"], o["code"], o["field"]) for o in kept["outcomes"] if o["code"]] == [
        (1, "INVALID_DOCUMENT", "text"),
        (2, "INVALID_DOCUMENT", "text"),
    ]
    assert kept["clientApp"]["documentCount"] == 2
    many = [f"query Q{n} {{ __typename }}" for n in range(1000)]
    assert len((await _register(admin, app, *many))["hashes"]) == 1000
    too_many = await admin.ask(
        REGISTER,
        input={"appId": app, "documents": [{"name": "x", "text": t} for t in [*many, "{ a }"]]},
    )
    assert too_many.error_codes == ["BAD_INPUT"]


async def test_another_tenants_app_is_as_good_as_none(
    door: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    theirs = await door.user(await new_tenant(tenant.engine, now=tenant.now), "*")
    ours = await door.user(tenant, "*")
    app = await _app(theirs, "theirs")
    for sent in (app, global_id("ClientApp", 999_999_999)):
        assert (await ours.ask(CLOSE, input={"id": sent})).error_codes == ["NOT_FOUND"]
        asked = {"appId": sent, "documents": [{"name": "a", "text": "{ __typename }"}]}
        assert (await ours.ask(REGISTER, input=asked)).error_codes == ["NOT_FOUND"]
        found = await ours.ask("query($id: ID!) { clientApp(id: $id) { name } }", id=sent)
        assert found.data == {"clientApp": None}
        listed = await ours.ask(DOCUMENTS, filter={"appId": sent})
        assert listed.data["registeredDocuments"]["totalCount"] == 0


async def test_the_plan_tells_what_is_left(door: ApiUnderTest, tenant: TenantUnderTest) -> None:
    admin = await door.user(tenant, "*")
    plan = (await admin.ask(PLAN)).data["plan"]
    assert (plan["name"], plan["connectionsOpen"]) == ("standard", 0)
    assert plan["tenantBudget"]["perMinute"] == 30_000_000
    assert 0 < plan["appBudget"]["left"] < plan["appBudget"]["capacity"] == 2_000_000
    async with tenant.work() as work:
        await entering.set_plan(work, plan="large")
    door.application.state.services.forget_manners()
    plan = (await admin.ask(PLAN)).data["plan"]
    assert (plan["name"], plan["appBudget"]["capacity"]) == ("large", 20_000_000)


async def test_keys_of_one_app_share_its_budget(
    door: ApiUnderTest, tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await door.user(tenant, "*")
    app = await _app(admin, "busy")
    one, same, other = (
        await _key(door, admin, app),
        await _key(door, admin, app),
        await _key(door, admin, None),
    )
    # So slow that nothing comes back while the test runs.
    monkeypatch.setitem(PLANS, "standard", Plan(tenant=Bucket(1_000, 1), app=Bucket(100, 1)))
    whose = Spender(str(tenant.id), f"app:{row_id_of(app, 'ClientApp')}")
    assert (await door.application.state.services.purse.pay(whose, 100)).granted == 100
    asked = "{ clientApps(first: 20) { nodes { name } } }"
    for caller in (one, same):
        assert (await caller.ask(asked)).error_codes == ["RATE_LIMITED"]
    assert (await other.ask(asked)).error_codes == []


async def test_connections_are_bounded_by_the_plan(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = Bucket(1, 1)
    tiny = Plan(tenant=bucket, app=bucket, connections=3, connections_of_caller=2)
    monkeypatch.setitem(PLANS, "tiny", tiny)
    async with Redis.from_url(redis_url) as redis:
        for places in (ProcessPlaces(), SharedPlaces(redis, namespace="bounded")):
            one, other = PlaceOf("7", "user:1", "tiny"), PlaceOf("7", "user:2", "tiny")
            assert [await places.take(one, name) for name in "abc"] == [True, True, False]
            # Renewed, not taken twice.
            assert await places.take(one, "a")
            assert [await places.take(other, name) for name in "de"] == [True, False]
            assert await places.taken("7") == 3
            assert await places.take(PlaceOf("8", "user:1", "tiny"), "f")
            await places.leave(one, "a")
            async with placed(places, other):
                with pytest.raises(NoPlace):
                    async with placed(places, one):
                        pass
            assert await places.taken("7") == 2


async def test_many_at_once_take_no_more_places_than_there_are(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis, Redis.from_url(redis_url) as other:
        both = [SharedPlaces(each, namespace="at once") for each in (redis, other)]
        whose = PlaceOf("7", "user:1", "anonymous")
        taken = await asyncio.gather(*(both[n % 2].take(whose, str(n)) for n in range(40)))
        assert sum(taken) == PLANS["anonymous"].connections_of_caller


async def test_one_stream_more_than_the_plan_allows_is_refused(
    door: ApiUnderTest, tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = Bucket(1_000_000, 1_000_000)
    none = Plan(tenant=bucket, app=bucket, connections=5, connections_of_caller=0)
    monkeypatch.setitem(PLANS, "standard", none)
    user = await door.user(tenant, "orders.read")
    refused = await post(user, WATCH, accept="text/event-stream")
    assert (refused.status_code, codes(refused)) == (429, ["RATE_LIMITED"])
    assert refused.json()["errors"][0]["extensions"]["reason"] == "TOO_MANY_CONNECTIONS"


async def test_what_breaks_before_an_operation_runs_is_logged_with_its_tenant(
    door: ApiUnderTest, tenant: TenantUnderTest, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: Any) -> Any:
        raise RuntimeError

    user = await door.user(tenant)
    kept = door.application.state.services
    door.application.state.services = replace(kept, manners_of=broken)
    answer = await post(user, {"query": "{ __typename }"}, x_request_id="r-77")
    door.application.state.services = kept
    assert codes(answer) == ["INTERNAL"]
    (record,) = [r for r in caplog.records if r.name == "crossdock.api"]
    line = told(record)
    assert (line["tenant_id"], line["request_id"]) == (tenant.id, "r-77")

"""Pages of other sites: which may ask, and what a browser may send unasked."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from api.door.manners import DoorSettings, Manners
from tenancy.principals import Principal
from tests.factories.api import ApiUnderTest
from tests.factories.http_requests import codes, get, post
from tests.factories.tenants import TenantUnderTest, new_tenant

TYPENAME = {"query": "{ __typename }"}
SHOP, PORTAL, EVIL = "https://shop.example", "https://portal.example", "https://evil.example"


@pytest.fixture
def one_tenants_shop(api: ApiUnderTest, tenant: TenantUnderTest) -> Iterator[None]:
    """The installation allows the portal, the tenant its shop."""

    async def manners_of(caller: Principal, origin: str | None) -> Manners:
        own = frozenset({SHOP}) if caller.tenant_id == tenant.id else frozenset()
        return Manners(origins=own)

    async def knows_origin(origin: str) -> bool:
        return origin == SHOP

    kept = api.application.state.services
    api.application.state.services = replace(
        kept,
        manners_of=manners_of,
        knows_origin=knows_origin,
        door=DoorSettings(origins=frozenset({PORTAL}), batch_limit=2),
    )
    yield
    api.application.state.services = kept


@pytest.mark.usefixtures("one_tenants_shop")
async def test_a_page_may_ask_where_its_origin_is_allowed(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    ours = await api.user(tenant)
    theirs = await api.user(await new_tenant(tenant.engine, now=tenant.now))
    for caller, origin, status in (
        (ours, SHOP, 200),
        (ours, PORTAL, 200),
        (ours, "http://crossdock", 200),
        (ours, EVIL, 403),
        (ours, "null", 403),
        (ours, "https://shop.example.evil.example", 403),
        (theirs, SHOP, 403),
        (theirs, PORTAL, 200),
        (api.nobody(), SHOP, 200),
        (api.nobody(), EVIL, 403),
    ):
        answer = await post(caller, TYPENAME, origin=origin)
        assert answer.status_code == status, origin
        allowed = answer.headers.get("access-control-allow-origin")
        assert allowed == (origin if status == 200 else None)
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.usefixtures("one_tenants_shop")
async def test_a_browser_is_told_whether_it_may_ask(api: ApiUnderTest) -> None:
    for origin, is_allowed in ((SHOP, True), (PORTAL, True), (EVIL, False)):
        answer = await api.http.options(
            "/graphql", headers={"origin": origin, "access-control-request-method": "POST"}
        )
        assert answer.status_code == 204
        assert (answer.headers.get("access-control-allow-origin") == origin) is is_allowed


async def test_a_link_on_another_site_asks_nothing(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    answer = await get(await api.user(tenant), TYPENAME, sec_fetch_site="cross-site")
    assert (answer.status_code, codes(answer)) == (403, ["FORBIDDEN"])
    assert (await get(await api.user(tenant), TYPENAME, sec_fetch_site="none")).status_code == 200


@pytest.mark.usefixtures("one_tenants_shop")
async def test_a_batch_is_bounded_where_it_is_allowed(api: ApiUnderTest) -> None:
    wrong = {"query": "{ nonsense }"}
    answers = (await post(api.nobody(), [TYPENAME, wrong])).json()
    assert answers[0]["data"] == {"__typename": "Query"}
    assert answers[1]["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    for batch in ([], [TYPENAME] * 3):
        assert codes(await post(api.nobody(), batch)) == ["BAD_INPUT"]


async def test_a_form_needs_a_header_that_no_other_site_can_send(api: ApiUnderTest) -> None:
    parts = {
        "operations": (None, '{"query": "{ __typename }"}'),
        "map": (None, "{}"),
    }
    refused = await api.http.post("/graphql", files=parts)
    assert (refused.status_code, codes(refused)) == (403, ["FORBIDDEN"])
    taken = await api.http.post("/graphql", files=parts, headers={"x-requested-with": "test"})
    assert taken.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("operations", "places"),
    [
        ("[]", "{}"),
        ('{"query": "{ a }"}', '{"0": ["variables.file"]}'),
        ('{"query": "{ a }", "variables": {"file": 1}}', '{"0": ["variables.file"]}'),
        ('{"query": null, "variables": {}}', '{"0": ["query"]}'),
        ('{"query": "{ a }", "variables": {"file": null}}', '{"1": ["variables.file"]}'),
        ('{"query": "{ a }", "variables": {"file": null}}', '{"0": "variables.file"}'),
        ('{"query": "{ a }", "variables": {"files": [null]}}', '{"0": ["variables.files.9"]}'),
        ("{", "{}"),
    ],
)
async def test_a_form_with_its_map_wrong_is_bad_input(
    api: ApiUnderTest, operations: str, places: str
) -> None:
    parts = {"operations": (None, operations), "map": (None, places), "0": ("a.csv", b"a")}
    answer = await api.http.post("/graphql", files=parts, headers={"x-requested-with": "test"})
    assert (answer.status_code, codes(answer)) == (400, ["BAD_INPUT"])

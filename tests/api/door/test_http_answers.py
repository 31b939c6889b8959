"""GraphQL over HTTP: media types, statuses, methods and headers."""

import pytest

from tests.factories.api import ApiUnderTest
from tests.factories.http_requests import GRAPHQL, JSON, codes, get, post
from tests.factories.tenants import TenantUnderTest

TYPENAME = {"query": "{ __typename }"}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        ("*/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON}, {GRAPHQL};q=0.5", JSON),
        (f"{GRAPHQL}, {JSON}, text/event-stream, multipart/mixed", GRAPHQL),
    ],
)
async def test_the_answer_has_the_media_type_that_was_asked_for(
    api: ApiUnderTest, accept: str | None, media_type: str
) -> None:
    headers = {} if accept is None else {"accept": accept}
    answer = await post(api.nobody(), TYPENAME, **headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert answer.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    "body",
    [
        {"query": "{ "},
        {"query": "{ nonsense }"},
        {"query": "query($id: ID!) { node(id: $id) { id } }", "variables": {"id": {}}},
        {"query": "query A { __typename } query B { __typename }"},
    ],
)
async def test_a_request_error_has_no_data_and_400_where_the_client_understands_it(
    api: ApiUnderTest, body: dict[str, object]
) -> None:
    new, old = [await post(api.nobody(), body, accept=kind) for kind in (GRAPHQL, JSON)]
    assert (new.status_code, old.status_code) == (400, 200)
    for answer in (new, old):
        assert codes(answer) == ["BAD_INPUT"]
        assert "data" not in answer.json()


async def test_a_field_error_is_an_answer_with_data(api: ApiUnderTest) -> None:
    answer = await post(api.nobody(), {"query": "{ viewer { name } }"}, accept=GRAPHQL)
    assert answer.status_code == 200
    assert "data" in answer.json()


async def test_queries_go_by_get_and_mutations_do_not(api: ApiUnderTest) -> None:
    nobody = api.nobody()
    answer = await get(
        nobody,
        {
            "query": "query A($b: Boolean!) { a: __typename @include(if: $b) }",
            "variables": '{"b": true}',
            "operationName": "A",
        },
    )
    assert answer.json()["data"] == {"a": "Query"}
    changing = await get(nobody, {"query": "mutation { __typename }"})
    assert (changing.status_code, changing.headers["allow"]) == (405, "POST")
    assert codes(changing) == ["BAD_INPUT"]


async def test_other_methods_are_not_allowed(api: ApiUnderTest) -> None:
    for method in ("PUT", "DELETE", "PATCH", "HEAD"):
        answer = await api.http.request(method, "/graphql")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST, OPTIONS"), method


async def test_a_subscription_is_no_query(api: ApiUnderTest) -> None:
    answer = await post(api.nobody(), {"query": "subscription { orderChanged { eventId } }"})
    assert answer.status_code == 400
    assert codes(answer) == ["BAD_INPUT"]


async def test_no_media_type_of_ours_is_406(api: ApiUnderTest) -> None:
    assert (await post(api.nobody(), TYPENAME, accept="image/png")).status_code == 406


async def test_bad_credentials_are_refused_before_anything_is_parsed(api: ApiUnderTest) -> None:
    answer = await post(api.nobody(), content=b"\xff", authorization="Bearer nonsense")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert codes(answer) == ["UNAUTHENTICATED"]


async def test_every_answer_carries_the_request_id_and_the_security_headers(
    api: ApiUnderTest,
) -> None:
    answer = await post(api.nobody(), TYPENAME, x_request_id="client-7")
    assert answer.headers["x-request-id"] == "client-7"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    made_up = await post(api.nobody(), TYPENAME, x_request_id="not a plain id\t<script>")
    assert len(made_up.headers["x-request-id"]) == 16


async def test_the_cost_is_told_before_and_after(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "*")
    answer = await post(
        admin, {"query": "{ items(first: 50) { nodes { id unitsOfMeasure: sku } } }"}
    )
    cost = answer.json()["extensions"]["cost"]
    assert (cost["requested"], cost["actual"]) == (52, 2)
    assert cost["left"] > 0


async def test_batches_are_refused_unless_allowed(api: ApiUnderTest) -> None:
    answer = await post(api.nobody(), [TYPENAME])
    assert (answer.status_code, codes(answer)) == (400, ["BAD_INPUT"])


async def test_the_schema_is_shown_to_those_who_may_see_it(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    query = {"query": '{ __type(name: "Item") { name } }'}
    misspelt = {"query": "{ itemz { totalCount } }"}
    reader, developer = [
        await api.user(tenant, *rights) for rights in (["catalog.read"], ["schema.introspect"])
    ]
    assert (await post(developer, query)).json()["data"] == {"__type": {"name": "Item"}}
    assert "Did you mean" in (await post(developer, misspelt)).text
    for caller in (reader, api.nobody()):
        assert codes(await post(caller, query)) == ["FORBIDDEN"]
        assert "Did you mean" not in (await post(caller, misspelt)).text

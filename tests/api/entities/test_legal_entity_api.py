"""Legal entities over GraphQL."""

from tests.factories.api import ApiUnderTest
from tests.factories.tenants import TenantUnderTest

CREATE = """
mutation Create($input: CreateLegalEntityInput!, $key: String = "none") {
  createLegalEntity(input: $input) @idempotent(key: $key) {
    legalEntity { id code name currency version }
    userErrors { __typename code message path ... on CodeTakenError { value } }
  }
}
"""
LIST = """
query List($first: Int, $after: String) {
  legalEntities(first: $first, after: $after, orderBy: { field: CODE, direction: DESC }) {
    totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id code } }
  }
}
"""
US1 = {"code": "US1", "name": "Harbor Inc", "country": "US", "currency": "USD"}


async def test_an_entity_is_created_listed_and_found_again_by_its_id(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "entities.read", "entities.manage")
    made = (await admin.ask(CREATE, input=US1, key="k1")).data["createLegalEntity"]
    assert made["userErrors"] == []
    assert made["legalEntity"] | {"id": ""} == {
        "id": "", "code": "US1", "name": "Harbor Inc", "currency": "USD", "version": 1,
    }  # fmt: skip
    await admin.ask(CREATE, input=US1 | {"code": "DE1"}, key="k2")
    page = (await admin.ask(LIST, first=1)).data["legalEntities"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (2, True)
    second = (await admin.ask(LIST, first=1, after=page["pageInfo"]["endCursor"])).data
    assert [edge["node"]["code"] for edge in second["legalEntities"]["edges"]] == ["DE1"]
    node = await admin.ask(
        "query($id: ID!) { node(id: $id) { id ... on LegalEntity { code } } }",
        id=made["legalEntity"]["id"],
    )
    assert node.data["node"]["code"] == "US1"


async def test_the_same_key_answers_the_same_and_another_input_conflicts(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "entities.read", "entities.manage")
    first = await admin.ask(CREATE, input=US1, key="once")
    assert (await admin.ask(CREATE, input=US1, key="once")).data == first.data
    other = await admin.ask(CREATE, input=US1 | {"code": "X"}, key="once")
    assert other.error_codes == ["CONFLICT"]
    assert (await admin.ask(LIST)).data["legalEntities"]["totalCount"] == 1


async def test_a_taken_code_is_a_typed_user_error(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "entities.read", "entities.manage")
    await admin.ask(CREATE, input=US1, key="a")
    refused = (await admin.ask(CREATE, input=US1, key="b")).data["createLegalEntity"]
    assert refused["legalEntity"] is None
    assert [(e["__typename"], e["code"], e["value"]) for e in refused["userErrors"]] == [
        ("CodeTakenError", "CODE_TAKEN", "US1")
    ]


async def test_callers_without_the_right_are_told_so(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    assert (await api.nobody().ask(LIST)).error_codes == ["UNAUTHENTICATED"]
    reader = await api.user(tenant, "entities.read")
    assert (await reader.ask(CREATE, input=US1)).error_codes == ["FORBIDDEN"]
    assert (await reader.ask(LIST)).data["legalEntities"]["totalCount"] == 0

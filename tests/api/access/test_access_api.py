"""Users, roles, keys and issuers over GraphQL."""

from typing import Any

from sqlalchemy import select

from domain.kernel.models import IdempotencyRecord
from tests.factories.accounts import PASSWORD, new_role, new_user
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.masters import new_entity, new_location, new_party
from tests.factories.tenants import TenantUnderTest, new_tenant

ERRORS = "userErrors { __typename code path ... on CodeTakenError { kind value } }"
CREATE_ROLE = f"""
mutation($input: CreateRoleInput!) {{
  createRole(input: $input) {{ role {{ id name description permissions }} {ERRORS} }}
}}
"""
SET_PERMISSIONS = f"""
mutation($input: SetRolePermissionsInput!) {{
  setRolePermissions(input: $input) {{ role {{ permissions }} {ERRORS} }}
}}
"""
CREATE_USER = f"""
mutation($input: CreateUserInput!, $key: String = "none") {{
  createUser(input: $input) @idempotent(key: $key) {{
    user {{
      id username displayName email status hasPassword
      roles {{ name permissions }} party {{ name }} location {{ name }}
    }}
    {ERRORS}
  }}
}}
"""
UPDATE_USER = f"""
mutation($input: UpdateUserInput!) {{
  updateUser(input: $input) {{ user {{ status displayName email roles {{ name }} }} {ERRORS} }}
}}
"""
USERS = """
query($filter: UserFilter, $first: Int) {
  users(filter: $filter, first: $first, orderBy: { field: USERNAME, direction: DESC }) {
    totalCount pageInfo { hasNextPage } nodes { username roles { name permissions } }
  }
}
"""
CREATE_KEY = f"""
mutation($input: CreateApiKeyInput!, $key: String = "none") {{
  createApiKey(input: $input) @idempotent(key: $key) {{
    key apiKey {{ id name role {{ name }} revokedAt party {{ id }} location {{ id }} }} {ERRORS}
  }}
}}
"""
REVOKE_KEY = f"""
mutation($id: ID!) {{
  revokeApiKey(input: {{ id: $id }}) {{ apiKey {{ revokedAt }} {ERRORS} }}
}}
"""
REGISTER = f"""
mutation($input: RegisterOidcIssuerInput!) {{
  registerOidcIssuer(input: $input) {{ oidcIssuer {{ id issuer usernameClaim }} {ERRORS} }}
}}
"""
REMOVE = f"""
mutation($id: ID!) {{ removeOidcIssuer(input: {{ id: $id }}) {{ removedId {ERRORS} }} }}
"""
VIEWER = "{ viewer { name permissions } }"
ISSUER = {
    "issuer": "https://id.example.com/",
    "audience": "crossdock-api",
    "jwksUri": "https://id.example.com/jwks",
}


async def _role(caller: ApiCaller, name: str, *permissions: str) -> str:
    answer = await caller.ask(CREATE_ROLE, input={"name": name, "permissions": permissions})
    role_id: str = answer.data["createRole"]["role"]["id"]
    return role_id


async def test_roles_and_users_are_made_changed_and_listed(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "*")
    role_id = await _role(admin, "buyer", "orders.read", "orders.place")
    wanted = {"username": "Zoe", "displayName": "Zoe", "password": PASSWORD, "roleIds": [role_id]}
    made = (await admin.ask(CREATE_USER, input=wanted, key="k")).data["createUser"]
    assert made["userErrors"] == []
    assert made["user"] | {"id": ""} == {
        "id": "",
        "username": "zoe",
        "displayName": "Zoe",
        "email": None,
        "status": "active",
        "hasPassword": True,
        "roles": [{"name": "buyer", "permissions": ["orders.place", "orders.read"]}],
        "party": None,
        "location": None,
    }
    page = (await admin.ask(USERS, filter={"roleId": role_id}, first=1)).data["users"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (1, False)
    assert [node["username"] for node in page["nodes"]] == ["zoe"]
    changes = {"id": made["user"]["id"], "status": "suspended", "email": "zoe@example.com"}
    changed = (await admin.ask(UPDATE_USER, input=changes)).data["updateUser"]
    assert changed == {
        "user": {
            "status": "suspended",
            "displayName": "Zoe",
            "email": "zoe@example.com",
            "roles": [{"name": "buyer"}],
        },
        "userErrors": [],
    }
    found = await admin.ask(
        "query($id: ID!) { node(id: $id) { ... on Role { name permissions } } }", id=role_id
    )
    assert found.data["node"] == {"name": "buyer", "permissions": ["orders.place", "orders.read"]}


async def test_a_password_leaves_no_trace_with_an_idempotency_key(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "*")
    wanted = {"username": "zoe", "displayName": "Zoe", "password": PASSWORD}
    first = await admin.ask(CREATE_USER, input=wanted, key="same")
    other = wanted | {"password": "another password"}
    assert (await admin.ask(CREATE_USER, input=other, key="same")).data == first.data


async def test_partner_users_and_keys_name_their_party_or_location(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await new_party(tenant, name="Retail Partner")
    await new_location(tenant, entity_id=await new_entity(tenant), name="Third Party Hub")
    admin = await api.user(tenant, "*")
    ids = (await admin.ask("{ parties { nodes { id } } locations { nodes { id } } }")).data
    party, location = (ids[name]["nodes"][0]["id"] for name in ("parties", "locations"))
    role_id = await _role(admin, "partner", "catalog.read")
    for number, (field, name) in enumerate((("partyId", party), ("locationId", location))):
        wanted = {"username": f"p{number}", "displayName": "P", "roleIds": [role_id], field: name}
        made = (await admin.ask(CREATE_USER, input=wanted, key=field)).data["createUser"]["user"]
        assert (made["party"], made["location"]) == (
            ({"name": "Retail Partner"}, None)
            if field == "partyId"
            else (None, {"name": "Third Party Hub"})
        )
        key_input = {"name": "x", "roleId": role_id, field: name}
        key = (await admin.ask(CREATE_KEY, input=key_input, key=f"key {field}")).data
        record = key["createApiKey"]["apiKey"]
        assert (record["party"] or record["location"])["id"] == name
    both = {"username": "b", "displayName": "B", "partyId": party, "locationId": location}
    assert (await admin.ask(CREATE_USER, input=both)).error_codes == ["BAD_INPUT"]
    manager = await _role(admin, "manager", "apps.manage", "users.read")
    wanted = {"username": "m", "displayName": "M", "roleIds": [manager], "partyId": party}
    refused = (await admin.ask(CREATE_USER, input=wanted, key="m")).data["createUser"]
    assert refused["user"] is None
    assert refused["userErrors"][0]["__typename"] == "TooMuchForPartnerError"


async def test_a_key_works_until_it_is_revoked_and_is_told_once(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "*")
    role_id = await _role(admin, "shop", "intake.ingest")
    wanted = {"name": "Shop", "roleId": role_id}
    made = (await admin.ask(CREATE_KEY, input=wanted, key="k")).data["createApiKey"]
    program = ApiCaller(api.http, made["key"])
    assert (await program.ask(VIEWER)).data["viewer"] == {
        "name": "Shop",
        "permissions": ["intake.ingest"],
    }
    again = (await admin.ask(CREATE_KEY, input=wanted, key="k")).data["createApiKey"]
    assert (again["key"], again["apiKey"]) == (None, made["apiKey"])
    async with tenant.read() as reader:
        kept = await reader.rows(
            select(*IdempotencyRecord.__table__.c).where(IdempotencyRecord.tenant_id == tenant.id)
        )
    assert made["key"].split("_", 3)[3] not in str([tuple(row) for row in kept])
    revoked = (await admin.ask(REVOKE_KEY, id=made["apiKey"]["id"])).data["revokeApiKey"]
    assert revoked["apiKey"]["revokedAt"] is not None
    assert (await program.ask(VIEWER)).error_codes == ["UNAUTHENTICATED"]
    listed = (await admin.ask("{ apiKeys { totalCount nodes { name } } }")).data["apiKeys"]
    assert listed == {"totalCount": 1, "nodes": [{"name": "Shop"}]}


async def test_a_naive_end_of_a_key_is_bad_input(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "*")
    role_id = await _role(admin, "shop")
    wanted = {"name": "Shop", "roleId": role_id, "expiresAt": "2099-01-01T00:00:00"}
    assert (await admin.ask(CREATE_KEY, input=wanted)).error_codes == ["BAD_INPUT"]


async def test_issuers_are_registered_listed_and_removed(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "*")
    made = (await admin.ask(REGISTER, input=ISSUER)).data["registerOidcIssuer"]
    assert made["oidcIssuer"]["usernameClaim"] == "preferred_username"
    taken = (await admin.ask(REGISTER, input=ISSUER)).data["registerOidcIssuer"]
    assert taken["userErrors"] == [
        {
            "__typename": "CodeTakenError",
            "code": "CODE_TAKEN",
            "path": ["issuer"],
            "kind": "issuer",
            "value": ISSUER["issuer"],
        }
    ]
    issuer_id = made["oidcIssuer"]["id"]
    assert (await admin.ask(REMOVE, id=issuer_id)).data["removeOidcIssuer"]["removedId"] == (
        issuer_id
    )
    assert (await admin.ask("{ oidcIssuers { totalCount } }")).data["oidcIssuers"] == {
        "totalCount": 0
    }


async def test_who_may_not_is_told_so_and_nothing_happens(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    limited = await api.user(tenant, "users.manage", "users.read", "orders.read")
    looker = await api.user(tenant, "orders.read")
    role = {"name": "x", "permissions": ["ledger.read"]}
    user = {"username": "x", "displayName": "X"}
    for caller, query, values in (
        (limited, CREATE_ROLE, role),
        (limited, REGISTER, ISSUER),
        (looker, CREATE_ROLE, role),
        (looker, CREATE_USER, user),
        (looker, USERS, None),
    ):
        assert (await caller.ask(query, input=values)).error_codes == ["FORBIDDEN"]
    assert (await api.nobody().ask(USERS)).error_codes == ["UNAUTHENTICATED"]
    listed = (await limited.ask(USERS)).data["users"]
    assert listed["totalCount"] == 2


async def test_a_changed_role_counts_at_once(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    admin = await api.user(tenant, "*")
    role_id = await _role(admin, "shop", "intake.ingest")
    made = (await admin.ask(CREATE_KEY, input={"name": "Shop", "roleId": role_id})).data
    program = ApiCaller(api.http, made["createApiKey"]["key"])
    assert (await program.ask(VIEWER)).data["viewer"]["permissions"] == ["intake.ingest"]
    permissions: dict[str, Any] = {"id": role_id, "permissions": ["orders.read"]}
    await admin.ask(SET_PERMISSIONS, input=permissions)
    assert (await program.ask(VIEWER)).data["viewer"]["permissions"] == ["orders.read"]


async def test_ids_of_another_tenant_are_not_found(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    other = await new_tenant(tenant.engine, now=tenant.now)
    await new_user(other)
    await new_role(other)
    theirs = await api.user(other, "*")
    foreign = (await theirs.ask("{ users { nodes { id } } roles { nodes { id } } }")).data
    user_id, role_id = (foreign[name]["nodes"][0]["id"] for name in ("users", "roles"))
    admin = await api.user(tenant, "*")
    attempts: list[tuple[str, dict[str, Any]]] = [
        (UPDATE_USER, {"id": user_id, "status": "suspended"}),
        (SET_PERMISSIONS, {"id": role_id, "permissions": []}),
        (CREATE_KEY, {"name": "x", "roleId": role_id}),
        (CREATE_USER, {"username": "x", "displayName": "X", "roleIds": [role_id]}),
    ]
    for query, values in attempts:
        assert (await admin.ask(query, input=values)).error_codes == ["NOT_FOUND"]
    nodes = await admin.ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[user_id, role_id]
    )
    assert nodes.data["nodes"] == [None, None]

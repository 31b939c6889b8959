"""Over HTTP: who asked by a key does not decide, and a partner's administrator invites its own."""

from typing import Any

from sqlalchemy import select

from tenancy.models import UserAccount
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.client import operations
from tests.factories.masters import new_entity, new_location, new_party
from tests.factories.tenants import TenantUnderTest

ASKS = ("users.manage", "users.read", "governance.read", "governance.propose", "approvals.read")
DECIDES = ("approvals.decide", "governance.approve", "promise.manage", "entities.read")
SUBMIT = """
mutation($id: ID!) {
  submitConfigurationChange(input: { id: $id }) {
    changeRequest { approvalRequest { id requestedBy } } userErrors { code }
  }
}
"""
DRAFT = """
mutation($proposal: ConfigurationProposalInput!) {
  draftConfigurationChange(input: { title: "T", reason: "needed", proposal: $proposal }) {
    changeRequest { id kind objectKey differences { path } } userErrors { code }
  }
}
"""
APPROVE = """
mutation($id: ID!) {
  approveRequest(input: { id: $id }) @idempotent(key: "a") {
    approvalRequest { status } userErrors { code }
  }
}
"""
KEY = """
mutation($input: CreateApiKeyInput!) {
  createApiKey(input: $input) @idempotent(key: "k") {
    key apiKey { isMachine user { username } } userErrors { code }
  }
}
"""


async def _own_role(caller: ApiCaller) -> str:
    roles = (await caller.ask("{ roles { nodes { id permissions } } }")).data["roles"]["nodes"]
    held = (await caller.ask("{ viewer { permissions } }")).data["viewer"]["permissions"]
    return str(next(each["id"] for each in roles if each["permissions"] == held))


async def _asked(caller: ApiCaller, proposal: dict[str, Any]) -> tuple[dict[str, Any], str]:
    done = (await caller.ask(DRAFT, proposal=proposal)).data["draftConfigurationChange"]
    assert done["userErrors"] == []
    change = done["changeRequest"]
    sent = (await caller.ask(SUBMIT, id=change["id"])).data["submitConfigurationChange"]
    return change, sent["changeRequest"]["approvalRequest"]["id"]


async def test_what_a_users_key_asked_for_somebody_else_approves(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    ann = await api.user(tenant, *ASKS, *DECIDES)
    role = await _own_role(ann)
    made = (await ann.ask(KEY, input={"name": "Script", "roleId": role})).data["createApiKey"]
    assert made["apiKey"]["isMachine"] is False
    assert made["apiKey"]["user"] is not None
    script = ApiCaller(api.http, made["key"])
    rules = {"promiseRules": {"rules": [{"horizonDays": 60}]}}
    change, request = await _asked(script, rules)
    assert (change["kind"], change["objectKey"]) == ("PROMISE_RULES", "rules")
    for caller in (script, ann):
        refused = (await caller.ask(APPROVE, id=request)).data["approveRequest"]
        assert refused["userErrors"] == [{"code": "OWN_REQUEST"}]
    boss = await api.user(tenant, *ASKS, *DECIDES)
    done = (await boss.ask(APPROVE, id=request)).data["approveRequest"]
    assert done["approvalRequest"] == {"status": "APPROVED"}


async def test_tolerances_and_costs_of_lanes_are_proposed_in_the_apis_own_words(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await new_location(tenant, entity_id=await new_entity(tenant))
    ann = await api.user(tenant, *ASKS, *DECIDES)
    place = (await ann.ask("{ locations { nodes { id } } }")).data["locations"]["nodes"][0]["id"]
    tolerances = {"tolerances": [{"locationId": place, "percent": "2.5", "valueMinor": "500"}]}
    change, _ = await _asked(ann, {"stockTolerances": tolerances})
    assert (change["kind"], change["objectKey"]) == ("STOCK_TOLERANCES", "tolerances")
    lanes = [{"country": "DE", "perOrderMinor": 500, "perUnitMinor": "1.5"}]
    change, _ = await _asked(ann, {"laneCosts": {"locationId": place, "lanes": lanes}})
    assert (change["kind"], change["objectKey"]) == ("LANE_COSTS", place)
    twice = {"tolerances": [{"percent": "1"}, {"percent": "2"}]}
    refused = await ann.ask(DRAFT, proposal={"stockTolerances": twice})
    assert refused.error_codes == ["BAD_INPUT"]


async def test_a_partners_administrator_invites_and_suspends_its_own(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    own, neighbour = [await new_party(tenant, code=code) for code in ("OWN", "NEXT")]
    admin = await api.user(tenant, "users.read", "users.manage", "entities.read", party_id=own)
    await api.user(tenant, "orders.read", party_id=neighbour)
    house = await api.user(tenant, "users.read", "users.manage", "entities.read")
    role = await _own_role(admin)
    done = await admin.ask(
        operations()["InviteUser"], input={"email": "joe@own.example", "roleIds": [role]}, key="i"
    )
    invited = done.data["inviteUser"]["invitation"]
    assert invited["status"] == "SENT"
    users = "{ users { nodes { id username status party { code } } } }"
    seen = (await house.ask(users)).data["users"]["nodes"]
    mine = {each["username"] for each in (await admin.ask(users)).data["users"]["nodes"]}
    assert {each["username"] for each in seen if (each["party"] or {}).get("code") == "OWN"} == mine
    suspended = await admin.ask(
        'mutation($id: ID!) { updateUser(input: { id: $id, status: "suspended" }) '
        "{ user { status } userErrors { code } } }",
        id=invited["user"]["id"],
    )
    assert suspended.data["updateUser"]["userErrors"] == []
    async with tenant.read() as reader:
        states = await reader.rows(
            select(UserAccount.party_id, UserAccount.status).where(
                UserAccount.tenant_id == tenant.id, UserAccount.username == "joe@own.example"
            )
        )
    assert [tuple(row) for row in states] == [(own, "suspended")]
    other = next(each["id"] for each in seen if (each["party"] or {}).get("code") == "NEXT")
    refused = await admin.ask(
        'mutation($id: ID!) { updateUser(input: { id: $id, status: "suspended" }) '
        "{ userErrors { code } } }",
        id=other,
    )
    assert refused.error_codes == ["NOT_FOUND"]

"""Policies, delegations, limits, and what orders wait for, over GraphQL."""

from datetime import timedelta
from typing import Any

import pytest

from api.ids import global_id
from app.http.services import system_clock
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.approvals import callers
from tests.factories.orders import Shop, new_shop
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest

REFUSED = "userErrors { __typename code path }"
CREATE = (
    "mutation($i: CreateApprovalPolicyInput!) { createApprovalPolicy(input: $i) {"
    " approvalPolicy { id version name } " + REFUSED + " } }"
)
UPDATE = (
    "mutation($i: UpdateApprovalPolicyInput!) { updateApprovalPolicy(input: $i) {"
    " approvalPolicy { name rules { name condition { amountFrom { amount currency } percentBelow"
    " reasons kinds channels { code } } } } " + REFUSED + " } }"
)
ACTIVATE = (
    "mutation($i: ActivateApprovalPolicyInput!) { activateApprovalPolicy(input: $i) {"
    " approvalPolicy { status effectiveTo } userErrors { code"
    " ... on StepWithoutApproversError { rule step needed possible }"
    " ... on PolicyPeriodTakenError { version subject } } } }"
)
RETIRE = (
    "mutation($i: RetireApprovalPolicyInput!) { retireApprovalPolicy(input: $i) {"
    " approvalPolicy { status } " + REFUSED + " } }"
)
POLICIES = (
    "query($f: ApprovalPolicyFilter) { approvalPolicies(filter: $f) {"
    " totalCount nodes { version status supportedActions } } }"
)
DELEGATE = (
    "mutation($i: DelegateApprovalsInput!) { delegateApprovals(input: $i) {"
    " approvalDelegation { id } " + REFUSED + " } }"
)
END = (
    "mutation($i: EndApprovalDelegationInput!) { endApprovalDelegation(input: $i) {"
    " approvalDelegation { revokedBy } " + REFUSED + " } }"
)
DELEGATIONS = (
    "query($f: ApprovalDelegationFilter) { approvalDelegations(filter: $f) {"
    " nodes { fromName toName revokedBy } } }"
)
SET_LIMIT = (
    "mutation($i: SetPriceOverrideLimitInput!) { setPriceOverrideLimit(input: $i) {"
    " approvalLimits { priceOverrideLimits { percent channel { id } } } " + REFUSED + " } }"
)
SET_RUSH = (
    "mutation($i: SetRushServiceLevelsInput!) { setRushServiceLevels(input: $i) {"
    " approvalLimits { rushServiceLevels } " + REFUSED + " } }"
)
HOLD = (
    "mutation($i: HoldOrderInput!) { holdOrder(input: $i) {"
    " order { status holds holdReason supportedActions } " + REFUSED + " } }"
)
ASK = (
    "mutation($i: RequestOrderApprovalInput!) { %s(input: $i) {"
    " approvalRequest { id status subject } userErrors { code } } }"
)
RELEASE = (
    "mutation($i: ReleaseOrderInput!) { releaseOrder(input: $i) { fulfilmentOrders { id }"
    " userErrors { code ... on OrderIsHeldError { reason }"
    " ... on RushNotApprovedError { serviceLevel }"
    " ... on AwaitingApprovalError { approvalRequest { id } } } } }"
)
APPROVE = (
    "mutation($i: DecideApprovalInput!) { approveRequest(input: $i) {"
    " approvalRequest { status } userErrors { code } } }"
)
ORDER = (
    "query($id: ID!) { order(id: $id) { status holds lines { priceBeyondLimit }"
    " approvalRequests { subject status } } }"
)


async def _do(caller: ApiCaller, query: str, field: str, **input: Any) -> Any:
    return (await caller.ask(query, i=input)).data[field]


def _rule(**fields: Any) -> dict[str, Any]:
    return {"name": "r", "steps": [{"name": "s"}], **fields}


async def _draft(admin: ApiCaller, *rules: dict[str, Any]) -> Any:
    wanted = {"subject": "rush_shipment", "name": "Rush", "rules": list(rules)}
    made = await _do(admin, CREATE, "createApprovalPolicy", **wanted)
    assert made["userErrors"] == []
    return made["approvalPolicy"]


async def test_a_draft_is_changed_until_it_is_in_effect(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    admin = await api.user(tenant, "*")
    first = (await _draft(admin, _rule()))["id"]
    condition = {
        "currency": "EUR",
        "amountFrom": "12.50",
        "percentBelow": "5",
        "reasons": ["fair"],
        "kinds": ["express"],
        "channelIds": [global_id("Channel", shop.channel_id)],
    }
    wanted = {"id": first, "name": "Rushes", "rules": [_rule(condition=condition)]}
    changed = await _do(admin, UPDATE, "updateApprovalPolicy", **wanted)
    [kept] = changed["approvalPolicy"]["rules"]
    assert len(kept["condition"].pop("channels")) == 1
    assert kept["condition"] == {
        "amountFrom": {"amount": "12.50", "currency": "EUR"},
        "percentBelow": "5",
        "reasons": ["fair"],
        "kinds": ["express"],
    }
    done = await _do(admin, ACTIVATE, "activateApprovalPolicy", id=first)
    assert done["approvalPolicy"] == {"status": "ACTIVE", "effectiveTo": None}
    late = await _do(admin, UPDATE, "updateApprovalPolicy", id=first, name="x")
    assert late["userErrors"][0]["code"] == "INVALID_STATE"


async def test_a_version_is_followed_by_another_and_retired(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "*")
    first = await _draft(admin, _rule())
    await _do(admin, ACTIVATE, "activateApprovalPolicy", id=first["id"])
    second = await _draft(admin, _rule(automatic=True, steps=None))
    await _do(admin, ACTIVATE, "activateApprovalPolicy", id=second["id"])
    listed = (await admin.ask(POLICIES, f={"subject": "rush_shipment"})).data["approvalPolicies"]
    assert listed == {
        "totalCount": 2,
        "nodes": [
            {"version": 2, "status": "ACTIVE", "supportedActions": ["RETIRE"]},
            {"version": 1, "status": "RETIRED", "supportedActions": []},
        ],
    }
    retired = await _do(admin, RETIRE, "retireApprovalPolicy", id=second["id"])
    assert retired["approvalPolicy"] == {"status": "RETIRED"}
    reader = await api.user(tenant, "approvals.read")
    shown = (await reader.ask(POLICIES, f={"status": "RETIRED"})).data["approvalPolicies"]
    assert shown["totalCount"] == 2
    assert (await reader.ask(RETIRE, i={"id": first["id"]})).error_codes == ["FORBIDDEN"]


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"steps": []}, ["rules", "0", "steps"]),
        ({"condition": {"amountFrom": "5"}}, ["rules", "0", "condition", "currency"]),
        ({"condition": {"currency": "EUR", "amountFrom": "-5"}},
         ["rules", "0", "condition", "amountFrom"]),
        ({"steps": [{"name": "s", "needed": 99}]}, ["rules", "0", "steps", "0", "needed"]),
        ({"expiresAfterMinutes": -1}, ["rules", "0", "expiresAfterMinutes"]),
    ],
)  # fmt: skip
async def test_what_a_policy_cannot_say_is_refused_at_its_place(
    api: ApiUnderTest, tenant: TenantUnderTest, rule: dict[str, Any], path: list[str]
) -> None:
    admin = await api.user(tenant, "approvals.manage")
    wanted = {"subject": "rush_shipment", "name": "p", "rules": [_rule(**rule)]}
    answer = await admin.ask(CREATE, i=wanted)
    assert answer.error_codes == ["BAD_INPUT"]
    [error] = answer.body["errors"]
    assert [str(each) for each in error["extensions"]["inputPath"]][-len(path) :] == path


async def test_a_step_that_too_few_could_pass_is_told(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "*")
    rules = [_rule(steps=[{"name": "three", "needed": 3}])]
    made = await _do(
        admin, CREATE, "createApprovalPolicy", subject="rush_shipment", name="p", rules=rules
    )
    done = await _do(admin, ACTIVATE, "activateApprovalPolicy", id=made["approvalPolicy"]["id"])
    assert done["userErrors"] == [
        {
            "code": "STEP_WITHOUT_APPROVERS",
            "rule": "r",
            "step": "three",
            "needed": 3,
            "possible": 1,
        }
    ]


async def test_delegations_are_made_shown_and_ended(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    rights = ("approvals.read", "approvals.decide")
    people, staff = await callers(api, tenant, {"ann": [], "bob": []}, *rights)
    wanted = {
        "toUserId": global_id("User", staff["bob"].id),
        "endsAt": (system_clock() + timedelta(days=1)).isoformat(),
        "reason": "holiday",
    }
    made = await _do(people["ann"], DELEGATE, "delegateApprovals", **wanted)
    number = made["approvalDelegation"]["id"]
    for filter in ({"inForce": True}, {"userId": wanted["toUserId"]}, None):
        shown = (await people["bob"].ask(DELEGATIONS, f=filter)).data["approvalDelegations"]
        assert shown["nodes"] == [{"fromName": "ann", "toName": "bob", "revokedBy": None}]
    assert (await people["bob"].ask(END, i={"id": number})).error_codes == ["NOT_FOUND"]
    ended = await _do(people["ann"], END, "endApprovalDelegation", id=number)
    assert ended["approvalDelegation"] == {"revokedBy": "ann"}
    shown = (await people["bob"].ask(DELEGATIONS, f={"inForce": True})).data["approvalDelegations"]
    assert shown["nodes"] == []


async def _shop_with_limits(api: ApiUnderTest, tenant: TenantUnderTest) -> tuple[Shop, ApiCaller]:
    shop = await new_shop(tenant)
    await shop.stock(50)
    admin = await api.user(tenant, "*")
    limit = await _do(admin, SET_LIMIT, "setPriceOverrideLimit", percent="12.5")
    assert limit["approvalLimits"]["priceOverrideLimits"] == [{"percent": "12.5", "channel": None}]
    rush = await _do(admin, SET_RUSH, "setRushServiceLevels", serviceLevels=["express"])
    assert rush["approvalLimits"] == {"rushServiceLevels": ["express"]}
    return shop, admin


async def test_orders_wait_for_credit_rush_and_prices_and_say_so(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop, admin = await _shop_with_limits(api, tenant)
    boss = await api.user(tenant, "*")
    placed = await shop.place(shop.line(2), service_level="express")
    number = global_id("Order", placed.order_id)
    shown = (await admin.ask(ORDER, id=number)).data["order"]
    assert shown == {
        "status": "HELD",
        "holds": ["PRICE"],
        "lines": [{"priceBeyondLimit": True}],
        "approvalRequests": [{"subject": "price_override", "status": "WAITING"}],
    }
    held = await _do(admin, HOLD, "holdOrder", orderId=number, reason="overdue", kind="CREDIT")
    assert held["order"]["holds"] == ["PRICE", "CREDIT"]
    assert "REQUEST_CREDIT_RELEASE" in held["order"]["supportedActions"]
    assert "UNHOLD" not in held["order"]["supportedActions"]
    mine = (await boss.ask("{ myApprovals { nodes { id } } }")).data["myApprovals"]["nodes"]
    await _do(boss, APPROVE, "approveRequest", id=mine[0]["id"])
    refused = await _do(admin, RELEASE, "releaseOrder", orderId=number)
    assert refused["userErrors"][0]["code"] == "ORDER_IS_HELD"
    credit = await _do(
        admin, ASK % "requestCreditRelease", "requestCreditRelease", orderId=number, reason="paid"
    )
    await _do(boss, APPROVE, "approveRequest", id=credit["approvalRequest"]["id"])
    refused = await _do(admin, RELEASE, "releaseOrder", orderId=number)
    assert refused["userErrors"] == [{"code": "RUSH_NOT_APPROVED", "serviceLevel": "express"}]
    rush = await _do(
        admin, ASK % "requestRushShipment", "requestRushShipment", orderId=number, reason="fair"
    )
    waiting = rush["approvalRequest"]["id"]
    refused = await _do(admin, RELEASE, "releaseOrder", orderId=number)
    assert refused["userErrors"] == [
        {"code": "AWAITING_APPROVAL", "approvalRequest": {"id": waiting}}
    ]
    await _do(boss, APPROVE, "approveRequest", id=waiting)
    done = await _do(admin, RELEASE, "releaseOrder", orderId=number)
    assert (len(done["fulfilmentOrders"]), done["userErrors"]) == (1, [])
    shown = (await admin.ask(ORDER, id=number)).data["order"]
    assert (shown["status"], shown["holds"]) == ("IN_FULFILMENT", [])
    assert {each["status"] for each in shown["approvalRequests"]} == {"APPROVED"}


async def test_a_list_of_what_waits_takes_as_many_statements_for_many_as_for_one(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop, _ = await _shop_with_limits(api, tenant)
    boss = await api.user(tenant, "*")
    whole = (
        "{ myApprovals(first: %d) { nodes { id supportedActions policy { name } mayDecide { name }"
        " trail { kind } decisions { verdict } steps { name approvers { name } } } } }"
    )
    for _ in range(6):
        await shop.place(shop.line(1))
    taken = []
    # The first time the caller is looked up as well.
    for size in (1, 1, 6):
        with counted_statements(tenant.engine) as seen:
            nodes = (await boss.ask(whole % size)).data["myApprovals"]["nodes"]
        assert len(nodes) == size
        taken.append(len(seen))
    assert taken[1] == taken[2]

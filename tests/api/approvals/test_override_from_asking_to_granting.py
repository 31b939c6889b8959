"""An override asked for, delegated, escalated, refused, asked for again and granted: over HTTP,
with the clock moved by data."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from api.ids import global_id
from app.http.services import system_clock
from domain.allocation.placing import PlacedOrder
from domain.approvals.escalating import escalate_steps
from domain.approvals.models import ApprovalStep
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.approvals import callers
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

RIGHTS = (
    "approvals.read",
    "approvals.request",
    "approvals.decide",
    "approvals.manage",
    "allocation.override",
    "allocation.approve",
    "orders.read",
)
CREATE = """
mutation($i: CreateApprovalPolicyInput!) {
  createApprovalPolicy(input: $i) {
    approvalPolicy {
      id version status title supportedActions
      rules { name automatic expiresAfterMinutes condition { amountFrom { amount currency } }
              steps { name needed escalatesAfterMinutes approvers { kind name byEscalation } } }
    }
    userErrors { code path }
  }
}
"""
ACTIVATE = """
mutation($i: ActivateApprovalPolicyInput!) {
  activateApprovalPolicy(input: $i) {
    approvalPolicy { status effectiveTo supportedActions } userErrors { code message }
  }
}
"""
ASK = """
mutation($i: RequestAllocationOverrideInput!) {
  requestAllocationOverride(input: $i) {
    approvalRequest { id status rule policy { version } steps { name status given needed } }
    userErrors { code ... on AwaitingApprovalError { approvalRequest { id } } }
  }
}
"""
DELEGATE = """
mutation($i: DelegateApprovalsInput!) {
  delegateApprovals(input: $i) {
    approvalDelegation { fromName toName subjects reason } userErrors { code }
  }
}
"""
DECIDE = """
mutation($i: DecideApprovalInput!) {
  %s(input: $i) {
    approvalRequest { status steps { name status given } }
    userErrors { code ... on NotApproverError { step } }
  }
}
"""
MINE = "{ myApprovals { nodes { id summary supportedActions mayDecide { name forName } } } }"
TRAIL = """
query($id: ID!) {
  node(id: $id) {
    ... on ApprovalRequest {
      status
      trail { kind by forName step comment }
      decisions { verdict decidedBy forName step }
    }
  }
}
"""


async def _policy(admin: ApiCaller, roles: dict[str, int]) -> None:
    def of(name: str) -> list[str]:
        return [global_id("Role", roles[name])]

    rules = [
        {"name": "small", "automatic": True,
         "condition": {"currency": "EUR", "amountBelow": "20"}},
        {"name": "large", "expiresAfterMinutes": 2880,
         "steps": [
             {"name": "lead", "roleIds": of("lead")},
             {"name": "director", "roleIds": of("director"), "escalatesAfterMinutes": 60,
              "escalationRoleIds": of("board")},
         ]},
    ]  # fmt: skip
    made = (
        await admin.ask(
            CREATE, i={"subject": "allocation_override", "name": "Overrides", "rules": rules}
        )
    ).data["createApprovalPolicy"]
    assert made["userErrors"] == []
    policy = made["approvalPolicy"]
    assert (policy["version"], policy["status"]) == (1, "DRAFT")
    assert policy["rules"][1]["steps"][1]["approvers"] == [
        {"kind": "ROLE", "name": "director", "byEscalation": False},
        {"kind": "ROLE", "name": "board", "byEscalation": True},
    ]
    done = (await admin.ask(ACTIVATE, i={"id": policy["id"]})).data["activateApprovalPolicy"]
    assert done == {
        "approvalPolicy": {"status": "ACTIVE", "effectiveTo": None, "supportedActions": ["RETIRE"]},
        "userErrors": [],
    }


async def _ask(caller: ApiCaller, shop: Shop, holds: Any, waits: Any, quantity: str) -> Any:
    wanted = {
        "orderLineId": global_id("OrderLine", waits.line_ids[0]),
        "fromOrderLineId": global_id("OrderLine", holds.line_ids[0]),
        "quantity": quantity,
        "reason": "gold customer",
    }
    return (await caller.ask(ASK, i=wanted)).data["requestAllocationOverride"]


async def _decide(
    caller: ApiCaller, request_id: str, decision: str = "approveRequest", **more: str
) -> Any:
    answer = await caller.ask(DECIDE % decision, i={"id": request_id, **more})
    return answer.data[decision]


async def _mine(caller: ApiCaller) -> list[Any]:
    nodes: list[Any] = (await caller.ask(MINE)).data["myApprovals"]["nodes"]
    return nodes


async def _an_hour_passes(tenant: TenantUnderTest) -> None:
    """Everything that escalates began an hour earlier than it did; the clock's worker comes by."""
    async with tenant.work() as work:
        await work.execute(
            update(ApprovalStep)
            .where(ApprovalStep.tenant_id == tenant.id, ApprovalStep.status == "waiting")
            .values(escalates_at=ApprovalStep.escalates_at - timedelta(hours=1))
        )
    async with tenant.at(datetime.now(UTC)).work() as work:
        assert await escalate_steps(work) == 1


@dataclass(frozen=True, slots=True)
class Story:
    """Two orders that want the same stock, and the people."""

    shop: Shop
    holds: PlacedOrder
    waits: PlacedOrder
    people: dict[str, ApiCaller]
    deputy_id: int

    async def ask(self, quantity: str) -> Any:
        """Ann asks for so much of what the other order holds."""
        return await _ask(self.people["ann"], self.shop, self.holds, self.waits, quantity)

    async def waiting(self) -> dict[str, int]:
        """How many requests wait for each of the people."""
        return {name: len(await _mine(each)) for name, each in self.people.items()}

    async def decide(self, who: str, request_id: str, *said: str, **more: str) -> Any:
        """One of the people decides."""
        return await _decide(self.people[who], request_id, *said, **more)


async def _a_small_one_happens_by_its_rule(story: Story) -> None:
    small = (await story.ask("1"))["approvalRequest"]
    assert (small["status"], small["rule"]) == ("APPROVED", "small")
    assert await story.shop.figures(story.waits.order_id) == [(1, 0, 0, 8)]


async def _a_large_one_waits(story: Story) -> str:
    asked = (await story.ask("4"))["approvalRequest"]
    assert asked["steps"] == [
        {"name": "lead", "status": "WAITING", "given": 0, "needed": 1},
        {"name": "director", "status": "PENDING", "given": 0, "needed": 1},
    ]
    again = await story.ask("2")
    assert again["userErrors"][0]["code"] == "AWAITING_APPROVAL"
    assert again["userErrors"][0]["approvalRequest"]["id"] == asked["id"]
    assert await story.waiting() == {"ann": 0, "lea": 1, "dep": 0, "dir": 0, "bo": 0}
    return str(asked["id"])


async def _it_is_delegated(story: Story, request_id: str) -> None:
    wanted = {
        "toUserId": global_id("User", story.deputy_id),
        "subjects": ["allocation_override"],
        "endsAt": (system_clock() + timedelta(days=1)).isoformat(),
        "reason": "holiday",
    }
    given = (await story.people["lea"].ask(DELEGATE, i=wanted)).data["delegateApprovals"]
    assert given["approvalDelegation"]["fromName"] == "lea"
    [shown] = await _mine(story.people["dep"])
    assert shown["supportedActions"] == ["approve", "reject"]
    assert shown["mayDecide"] == [
        {"name": "dep", "forName": "lea"},
        {"name": "lea", "forName": None},
    ]
    for who, code in (("ann", "OWN_REQUEST"), ("dir", "NOT_APPROVER")):
        assert (await story.decide(who, request_id))["userErrors"][0]["code"] == code
    passed = await story.decide("dep", request_id, comment="for Lea")
    assert passed["approvalRequest"] == {
        "status": "WAITING",
        "steps": [
            {"name": "lead", "status": "PASSED", "given": 1},
            {"name": "director", "status": "WAITING", "given": 0},
        ],
    }


async def _it_is_escalated_and_refused(story: Story, request_id: str) -> None:
    assert (await story.decide("bo", request_id))["userErrors"] == [
        {"code": "NOT_APPROVER", "step": "director"}
    ]
    await _an_hour_passes(story.shop.tenant)
    assert await story.waiting() == {"ann": 0, "lea": 0, "dep": 0, "dir": 1, "bo": 1}
    refused = await story.decide("bo", request_id, "rejectRequest", comment="not this month")
    assert refused["approvalRequest"]["status"] == "REJECTED"
    assert await story.shop.figures(story.waits.order_id) == [(1, 0, 0, 8)]
    told = (await story.people["ann"].ask(TRAIL, id=request_id)).data["node"]
    assert told["trail"] == [
        _entry("REQUESTED", by="ann", comment="gold customer"),
        _entry("APPROVED", by="dep", forName="lea", step="lead", comment="for Lea"),
        _entry("ESCALATED", step="director"),
        _entry("REJECTED", by="bo", step="director", comment="not this month"),
    ]


async def _it_is_asked_for_again_and_granted(story: Story) -> None:
    second = (await story.ask("4"))["approvalRequest"]["id"]
    assert (await story.decide("lea", second))["approvalRequest"]["status"] == "WAITING"
    assert (await story.decide("dir", second))["approvalRequest"]["status"] == "APPROVED"
    assert await story.shop.figures(story.waits.order_id) == [(5, 0, 0, 4)]
    assert await story.shop.figures(story.holds.order_id) == [(4, 0, 0, 5)]


async def test_an_override_is_asked_delegated_escalated_refused_and_granted(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(9)
    holds, waits = await shop.place(shop.line(9)), await shop.place(shop.line(9))
    members = {"ann": [], "lea": ["lead"], "dep": [], "dir": ["director"], "bo": ["board"]}
    people, staff = await callers(api, tenant, members, *RIGHTS)
    await _policy(people["ann"], staff.roles)
    story = Story(shop, holds, waits, people, staff["dep"].id)
    await _a_small_one_happens_by_its_rule(story)
    request_id = await _a_large_one_waits(story)
    await _it_is_delegated(story, request_id)
    await _it_is_escalated_and_refused(story, request_id)
    await _it_is_asked_for_again_and_granted(story)
    assert await violations(tenant) == {}


def _entry(kind: str, **fields: str) -> dict[str, str | None]:
    nothing: dict[str, str | None] = {"by": None, "forName": None, "step": None, "comment": None}
    return {"kind": kind, **nothing, **fields}

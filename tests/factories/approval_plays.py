"""The documents of graphql/operations/approvals.graphql, as somebody of the demo company sends
them."""

from datetime import timedelta
from typing import Any

from app.http.services import system_clock
from tests.factories.document_plays import Play, Scene, Variables, keyed, new_order, order_lines

# Nothing of this subject is asked for by other plays.
SUBJECT = "transfer_closing"
RUSH = "play-rush"


def _rules() -> list[Variables]:
    step = {"name": "Anybody", "needed": 1}
    small = {"currency": "USD", "amountBelow": "5"}
    return [
        {"name": "trifles", "automatic": True, "condition": small},
        {"name": "losses", "steps": [step], "expiresAfterMinutes": 600},
    ]


async def draft(scene: Scene) -> str:
    """A policy that decides nothing yet."""
    wanted = keyed(subject=SUBJECT, name="Losses", rules=_rules())
    made = await scene.stage.play("admin", "CreateApprovalPolicy", **wanted)
    return str(made.value["approvalPolicy"]["id"])


async def taker(scene: Scene) -> str:
    """Somebody who may decide."""
    return await scene.first('{ users(filter: { username: "finance" }) { nodes { id } } }')


def _delegation(to: str) -> Variables:
    ends = (system_clock() + timedelta(days=1)).isoformat()
    return keyed(toUserId=to, endsAt=ends, reason="holiday", subjects=[SUBJECT])


async def delegated(scene: Scene) -> str:
    """A delegation in force."""
    wanted = _delegation(await taker(scene))
    made = await scene.stage.play("admin", "DelegateApprovals", **wanted)
    return str(made.value["approvalDelegation"]["id"])


async def credit_held(scene: Scene) -> str:
    """An order held for credit."""
    order = await new_order(scene)
    held = keyed(orderId=order["id"], reason="overdue", kind="CREDIT")
    await scene.stage.play("planner", "HoldOrder", **held)
    return str(order["id"])


async def asked(scene: Scene) -> str:
    """A request that waits."""
    wanted = keyed(orderId=await credit_held(scene), reason="paid")
    made = await scene.stage.play("planner", "RequestCreditRelease", **wanted)
    return str(made.value["approvalRequest"]["id"])


async def rush_order(scene: Scene) -> Any:
    """An order that goes by a rush service level."""
    levels = keyed(serviceLevels=[RUSH])
    await scene.stage.play("admin", "SetRushServiceLevels", **levels)
    wanted = keyed(channelCode="portal", lines=order_lines(scene, 2), serviceLevel=RUSH)
    return (await scene.stage.play("customer", "PlaceOrder", **wanted)).value["order"]["id"]


APPROVALS = {
    "MyApprovals": Play("finance"),
    "ApprovalTrail": Play("admin", lambda s: {"id": s.prepared}, asked),
    "ApprovalPolicies": Play("admin", lambda _: {"filter": {"subject": "rush_shipment"}}),
    "CreateApprovalPolicy": Play(
        "admin", lambda _: keyed(subject=SUBJECT, name="Losses", rules=_rules())
    ),
    "UpdateApprovalPolicy": Play("admin", lambda s: keyed(id=s.prepared, name="Others"), draft),
    "ActivateApprovalPolicy": Play("admin", lambda s: keyed(id=s.prepared), draft),
    "RetireApprovalPolicy": Play("admin", lambda s: keyed(id=s.prepared), draft),
    "ApprovalDelegations": Play("admin", lambda _: {"filter": {"inForce": False}}),
    "DelegateApprovals": Play("admin", lambda s: _delegation(s.prepared), taker),
    "EndApprovalDelegation": Play("admin", lambda s: keyed(id=s.prepared), delegated),
    "ApprovalLimits": Play("admin"),
    "SetPriceOverrideLimit": Play("admin", lambda _: keyed(percent="10000")),
    "SetRushServiceLevels": Play("admin", lambda _: keyed(serviceLevels=[RUSH])),
    "RequestCreditRelease": Play(
        "planner", lambda s: keyed(orderId=s.prepared, reason="paid"), credit_held
    ),
    "RequestRushShipment": Play(
        "planner", lambda s: keyed(orderId=s.prepared, reason="fair"), rush_order
    ),
}

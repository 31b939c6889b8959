"""The documents of buyers and suppliers, as somebody of the demo company sends them."""

import itertools
from typing import Any

from tests.factories.document_plays import Play, Scene, Variables, keyed

DAY, LATER = "2030-01-07", "2030-01-14"
_notices = itertools.count(1)


def _wanted(scene: Scene) -> Variables:
    return keyed(
        supplierId=scene.id("Party", "party", "ACME"),
        locationId=scene.location("EWR"),
        lines=[
            {"itemId": scene.item(), "quantity": "24", "unitPrice": "1.50", "wantedOn": DAY},
        ],
    )


async def draft(scene: Scene) -> str:
    """An order that its supplier does not see yet."""
    done = await scene.stage.play("planner", "CreatePurchaseOrder", **_wanted(scene))
    return str(done.value["purchaseOrder"]["id"])


async def sent(scene: Scene) -> str:
    """The same, sent."""
    made = await draft(scene)
    await scene.stage.play("planner", "SendPurchaseOrder", **keyed(id=made))
    return made


async def proposed(scene: Scene) -> str:
    """The same, of which the supplier proposes a later day."""
    made = await sent(scene)
    await scene.stage.play("supplier", "ConfirmPurchaseOrder", **_confirmed(made, LATER))
    return made


async def shipped(scene: Scene) -> str:
    """The same, on its way."""
    made = await sent(scene)
    await scene.stage.play("supplier", "ShipPurchaseOrder", **_shipped(made))
    return made


async def unwanted(scene: Scene) -> str:
    """An order that was confirmed, and that the buyer asks to cancel."""
    made = await sent(scene)
    await scene.stage.play("supplier", "ConfirmPurchaseOrder", **_confirmed(made, DAY))
    await scene.stage.play("planner", "CancelPurchaseOrder", **keyed(id=made, reason="too much"))
    return made


def _confirmed(order_id: str, day: str) -> Variables:
    line: dict[str, Any] = {"lineNumber": 1, "parts": [{"quantity": "24", "deliversOn": day}]}
    return keyed(id=order_id, lines=[line])


def _shipped(order_id: str) -> Variables:
    number = f"ASN-{next(_notices)}"
    lines = [{"lineNumber": 1, "quantity": "24"}]
    return keyed(id=order_id, number=number, expectedOn=DAY, lines=lines)


PURCHASES = {
    "PurchaseOrders": Play("planner", lambda s: {"filter": {"status": "CLOSED"}}),
    "CreatePurchaseOrder": Play("planner", _wanted),
    "RevisePurchaseOrder": Play(
        "planner", lambda s: keyed(id=s.prepared, note="By the back door."), draft
    ),
    "SendPurchaseOrder": Play("planner", lambda s: keyed(id=s.prepared), draft),
    "DecidePurchaseProposal": Play(
        "planner", lambda s: keyed(id=s.prepared, confirmation=1, accept=True), proposed
    ),
    "CancelPurchaseOrder": Play(
        "planner", lambda s: keyed(id=s.prepared, reason="not needed"), sent
    ),
    "ClosePurchaseOrder": Play(
        "planner", lambda s: keyed(id=s.prepared, reason="waited enough"), shipped
    ),
    "ReceivePurchaseOrder": Play(
        "warehouse",
        lambda s: keyed(id=s.prepared, lines=[{"lineNumber": 1, "quantity": "20"}]),
        shipped,
    ),
    "RequestOverReceipt": Play(
        "planner",
        lambda s: {
            "input": {"id": s.prepared, "lineNumber": 1, "quantity": "30", "reason": "A pallet."}
        },
        sent,
    ),
    "SupplierRatings": Play(
        "planner", lambda s: {"supplierIds": [s.id("Party", "party", "NORTHWIND")]}
    ),
    "RatedPurchaseOrders": Play(
        "planner",
        lambda s: {
            "supplierId": s.id("Party", "party", "NORTHWIND"),
            "measure": "IN_FULL",
            "missedOnly": False,
        },
    ),
    "MyPurchaseOrders": Play("supplier", lambda s: {"filter": {"status": "CLOSED"}}),
    "MyPurchaseOrder": Play("supplier", lambda s: {"id": s.prepared}, shipped),
    "ConfirmPurchaseOrder": Play("supplier", lambda s: _confirmed(s.prepared, DAY), sent),
    "ShipPurchaseOrder": Play("supplier", lambda s: _shipped(s.prepared), sent),
    "AnswerPurchaseCancellation": Play(
        "supplier", lambda s: keyed(id=s.prepared, accept=True), unwanted
    ),
    "MyRatings": Play("supplier", prepare=shipped),
}

"""The documents of returns, as somebody of the demo company sends them."""

from typing import Any

from tests.factories.document_plays import Play, Scene, Variables, keyed, order_lines

REASON = {"code": "UNWANTED", "name": "Not wanted any more", "fault": "CUSTOMER"}
LET = {"name": "Let it all", "rules": [{"name": "Everything", "decision": "APPROVE"}]}
LINES = "query ($id: ID!) { order(id: $id) { lines { id } } }"


async def settled(scene: Scene) -> None:
    """There is a reason, and everything is let."""
    await scene.stage.play("admin", "SetReturnReason", **keyed(**REASON))
    await scene.stage.play("admin", "SetReturnPolicy", **keyed(**LET))


async def sent(scene: Scene) -> dict[str, str]:
    """An order of two of one thing that left just now: its id, and its line's."""
    await settled(scene)
    wanted = keyed(channelCode="portal", lines=order_lines(scene, 1))
    order = (await scene.stage.play("customer", "PlaceOrder", **wanted)).value["order"]
    done = await scene.stage.play("planner", "ReleaseOrder", **keyed(orderId=order["id"]))
    for work in done.value["fulfilmentOrders"]:
        for step in ("RecordPick", "PackFulfilmentOrder", "ShipFulfilmentOrder"):
            await scene.stage.play("warehouse", step, **keyed(id=work["id"]))
    played = await scene.stage.send("admin", LINES, id=order["id"])
    return {"order": order["id"], "line": played.value["lines"][0]["id"]}


def wanted_back(order: dict[str, str], **more: Any) -> Variables:
    """Both of an order are to come back."""
    line = {"orderLineId": order["line"], "quantity": "2", "reason": "UNWANTED"}
    return keyed(lines=[line], **more)


async def asked(scene: Scene) -> str:
    """A return that may be sent."""
    done = await scene.stage.play("customer", "RequestReturn", **wanted_back(await sent(scene)))
    return str(done.value["return"]["id"])


def came(scene: Scene, **more: Any) -> Variables:
    """Two of the thing came to Newark."""
    lines = [{"itemId": scene.item(), "quantity": "2"}]
    return keyed(locationId=scene.location("EWR"), lines=lines, **more)


async def here(scene: Scene) -> dict[str, str]:
    """A return of which the goods came: its id, and its unit's."""
    return_id = await asked(scene)
    done = await scene.stage.play("warehouse", "ReceiveReturn", **came(scene, returnId=return_id))
    return {"return": return_id, "unit": done.value["returnReceipt"]["units"][0]["id"]}


async def inspected(scene: Scene) -> dict[str, str]:
    """The same, inspected."""
    found = await here(scene)
    await scene.stage.play("warehouse", "InspectReturn", **as_new(found["unit"]))
    return found


def as_new(unit: str) -> Variables:
    """All of a unit is as new."""
    return keyed(id=unit, findings=[{"condition": "NEW", "photos": ["photos/1.jpg"]}])


async def replaced(scene: Scene) -> str:
    """Other goods that are to be sent for a return."""
    wanted = wanted_back(await sent(scene), resolution="REPLACEMENT")
    done = await scene.stage.play("planner", "RequestReturn", **wanted)
    return str(done.value["return"]["replacements"][0]["id"])


RETURNS = {
    "Returns": Play("planner", lambda s: {"filter": {"status": "APPROVED"}}),
    "ReturnById": Play("admin", lambda s: {"id": s.prepared["return"]}, inspected),
    "MyReturns": Play("customer", prepare=asked),
    "OrderReturned": Play("customer", lambda s: {"id": s.order(2)}),
    "ReturnReasons": Play("customer", prepare=settled),
    "ReturnPolicies": Play("admin", prepare=settled),
    "ReturnUnits": Play("warehouse", lambda s: {"filter": {"status": "WAITING"}}, here),
    "ReturnRates": Play("planner", lambda s: {"by": "REASON"}, here),
    "SetReturnReason": Play("admin", lambda s: keyed(**REASON)),
    "SetReturnPolicy": Play("admin", lambda s: keyed(**LET), settled),
    "RequestReturn": Play("customer", lambda s: wanted_back(s.prepared), sent),
    "CancelReturn": Play(
        "customer", lambda s: keyed(id=s.prepared, reason="kept after all"), asked
    ),
    "CloseReturn": Play("finance", lambda s: keyed(id=s.prepared, reason="waited enough"), asked),
    "ReceiveReturn": Play("warehouse", lambda s: came(s, returnId=s.prepared), asked),
    "ReceiveUnannouncedReturn": Play(
        "warehouse", lambda s: came(s, orderId=s.prepared["order"]), sent
    ),
    "InspectReturn": Play("warehouse", lambda s: as_new(s.prepared["unit"]), here),
    "DisposeReturn": Play(
        "warehouse",
        lambda s: keyed(id=s.prepared["unit"], kind="RESTOCK", reason="as new"),
        inspected,
    ),
    "CreditReturn": Play(
        "finance", lambda s: keyed(id=s.prepared["return"], reason="came back"), inspected
    ),
    "OrderReplacement": Play("admin", lambda s: keyed(id=s.prepared), replaced),
}

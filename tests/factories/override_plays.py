"""The documents that go against the plan, as somebody of the demo company sends them: stock against
the rules, and work that a location rejects."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from api.ids import global_id
from tests.factories.document_plays import Play, Scene, Variables, keyed, new_order, released_work

_holders: dict[AsyncEngine, str] = {}


async def _line(scene: Scene, quantity: str) -> str:
    """A line that orders a quantity of what others wait for."""
    lines = [{"itemId": _item(scene), "quantity": quantity, "unit": "EA"}]
    wanted = keyed(channelCode="portal", lines=lines)
    order = (await scene.stage.play("customer", "PlaceOrder", **wanted)).value["order"]
    asked = f'{{ order(id: "{order["id"]}") {{ lines {{ id }} }} }}'
    return str((await scene.stage.send("admin", asked)).value["lines"][0]["id"])


def _item(scene: Scene) -> str:
    return global_id("Item", scene.history.waited_for[-1])


async def sides(scene: Scene) -> Variables:
    """A line that waits, and the one that holds all there is."""
    engine = scene.stage.engine
    if engine not in _holders:
        came = [{"itemId": _item(scene), "quantity": "10", "unitCost": "1.00"}]
        received = keyed(locationId=scene.location("EWR"), lines=came)
        await scene.stage.play("warehouse", "ReceiveStock", **received)
        _holders[engine] = await _line(scene, "90000")
    return {"orderLineId": await _line(scene, "2"), "fromOrderLineId": _holders[engine]}


async def rejected_order(scene: Scene) -> Any:
    """An order that its location rejects."""
    order = await new_order(scene)
    released = await scene.stage.play("planner", "ReleaseOrder", **keyed(orderId=order["id"]))
    for work in released.value["fulfilmentOrders"]:
        rejected = keyed(id=work["id"], reason="CAPACITY")
        await scene.stage.play("warehouse", "RejectFulfilmentOrder", **rejected)
    return order


AGAINST_THE_PLAN = {
    "RequestAllocationOverride": Play(
        "planner", lambda s: keyed(**s.prepared, quantity="1", reason="gold customer"), sides
    ),
    "RejectFulfilmentOrder": Play(
        "warehouse", lambda s: keyed(id=s.prepared["id"], reason="CAPACITY"), released_work
    ),
    "ClearRejections": Play("planner", lambda s: keyed(orderId=s.prepared["id"]), rejected_order),
}

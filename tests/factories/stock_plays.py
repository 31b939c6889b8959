"""The documents of the stock room, as somebody of the demo company sends them."""

import itertools
from typing import Any

from tests.factories.document_plays import Play, Scene, Variables, keyed, new_order

WAITING = "{ approvalRequests(filter: { status: WAITING }, first: 1) { nodes { id } } }"
# Never what the books say, whatever was approved before.
_found = itertools.count(9000, 7)


async def count(scene: Scene) -> str:
    """A count of one item that lies in Newark."""
    done = await scene.stage.play("warehouse", "CreateStockCount", **_count(scene))
    return str(done.value["stockCount"]["id"])


async def counted(scene: Scene) -> str:
    """The same, counted: a lot too much."""
    made = await count(scene)
    await scene.stage.play("warehouse", "RecordStockCount", **_record(scene, made))
    return made


async def closed(scene: Scene) -> str:
    """The same, closed: it waits for approval."""
    made = await counted(scene)
    await scene.stage.play("warehouse", "CloseStockCount", **keyed(id=made))
    return made


async def request(scene: Scene) -> str:
    """A request that the administrator has not asked for."""
    await closed(scene)
    return await scene.first(WAITING)


async def transfer(scene: Scene) -> str:
    """A transfer from Newark to Reno."""
    done = await scene.stage.play("warehouse", "CreateTransfer", **_transfer(scene))
    return str(done.value["transferOrder"]["id"])


async def released_transfer(scene: Scene) -> str:
    """The same, released."""
    made = await transfer(scene)
    await scene.stage.play("warehouse", "ReleaseTransfer", **keyed(id=made))
    return made


async def shipped_transfer(scene: Scene) -> str:
    """The same, on its way."""
    made = await released_transfer(scene)
    await scene.stage.play("warehouse", "ShipTransfer", **keyed(id=made))
    return made


async def small_transfer(scene: Scene) -> str:
    """One on its way, of no more than may be lost without asking."""
    await scene.stage.play("admin", "SetStockTolerance", **keyed(quantity="2", percent="100"))
    return await shipped_transfer(scene)


async def exception(scene: Scene) -> str:
    """A snapshot of which something waits for people: it names what is not known."""
    done = await scene.stage.play("3pl", "ReconcileSnapshot", **_snapshot(scene, "WHATEVER"))
    return str(done.value["stockCount"]["id"])


async def oversold(scene: Scene) -> str:
    """A count that found nothing of what orders are promised."""
    await new_order(scene)
    made = await count(scene)
    told = {"itemId": scene.item(), "quantity": "0"}
    await scene.stage.play("warehouse", "RecordStockCount", **keyed(id=made, entries=[told]))
    return made


async def tolerance(scene: Scene) -> str:
    """A location that has a tolerance of its own."""
    place = scene.location("RNO")
    await scene.stage.play("admin", "SetStockTolerance", **keyed(locationId=place, quantity="1"))
    return place


def _count(scene: Scene) -> Variables:
    return keyed(locationId=scene.location("EWR"), itemIds=[scene.item()], reason="cycle count")


def _record(scene: Scene, count_id: str) -> Variables:
    return keyed(id=count_id, entries=[{"itemId": scene.item(), "quantity": str(next(_found))}])


def _snapshot(scene: Scene, code: str = "CUP-03") -> Variables:
    rows: list[dict[str, Any]] = [{"code": code, "onHand": "9000"}]
    return keyed(locationId=scene.location("RNO"), asOf="2026-03-01T12:00:00Z", rows=rows)


def _transfer(scene: Scene) -> Variables:
    return keyed(
        sourceId=scene.location("EWR"),
        destinationId=scene.location("RNO"),
        lines=[{"itemId": scene.item(), "quantity": "1"}],
        expectedOn="2026-12-24",
    )


STOCK_ROOM = {
    "StockCounts": Play("warehouse", lambda s: {"filter": {"status": "CANCELLED"}}),
    "StockCountLines": Play("warehouse", lambda s: {"stockCountId": s.prepared}, counted),
    "CreateStockCount": Play("warehouse", _count),
    "RecordStockCount": Play("warehouse", lambda s: _record(s, s.prepared), count),
    "CloseStockCount": Play("warehouse", lambda s: keyed(id=s.prepared), counted),
    "ReconcileSnapshot": Play("3pl", _snapshot),
    "SettleStockCount": Play("warehouse", lambda s: keyed(id=s.prepared), exception),
    "CancelStockCount": Play(
        "warehouse", lambda s: keyed(id=s.prepared, reason="counted twice"), count
    ),
    "RequestOversoldResolution": Play(
        "warehouse", lambda s: keyed(id=s.prepared, reason="really gone"), oversold
    ),
    "RequestStockAdjustment": Play(
        "warehouse",
        lambda s: keyed(
            locationId=s.location("EWR"),
            reason="lost",
            lines=[{"itemId": s.item(), "delta": "-1"}],
        ),
    ),
    "StockTolerances": Play("admin"),
    "SetStockTolerance": Play(
        "admin", lambda s: keyed(locationId=s.location("HAM"), quantity="2", percent="1")
    ),
    "RemoveStockTolerance": Play("admin", lambda s: keyed(locationId=s.prepared), tolerance),
    "Transfers": Play("warehouse", lambda s: {"filter": {"status": "CANCELLED"}}),
    "CreateTransfer": Play("warehouse", _transfer),
    "ReleaseTransfer": Play("warehouse", lambda s: keyed(id=s.prepared), transfer),
    "ShipTransfer": Play("warehouse", lambda s: keyed(id=s.prepared), released_transfer),
    "ReceiveTransfer": Play(
        "warehouse",
        lambda s: keyed(id=s.prepared, lines=[{"lineNumber": 1, "quantity": "1"}]),
        shipped_transfer,
    ),
    "CancelTransfer": Play(
        "warehouse", lambda s: keyed(id=s.prepared, reason="not needed"), transfer
    ),
    "CloseTransfer": Play(
        "warehouse", lambda s: keyed(id=s.prepared, reason="lost"), small_transfer
    ),
    "RequestTransferClosing": Play(
        "warehouse", lambda s: keyed(id=s.prepared, reason="lost"), shipped_transfer
    ),
    "Approvals": Play("admin", lambda s: {"filter": {"status": "WITHDRAWN"}}),
    "ApproveRequest": Play("admin", lambda s: keyed(id=s.prepared, comment="fine"), request),
    "RejectRequest": Play("admin", lambda s: keyed(id=s.prepared), request),
}

"""Lots, pieces, kits and holds, as somebody of the demo company sends them."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from tests.factories.document_plays import Play, Scene, keyed

_serial = count(1)
PLACE = "EWR"


async def _new_item(scene: Scene, tracking: str = "NONE") -> str:
    sku = f"SHELF-{next(_serial)}"
    wanted = keyed(sku=sku, name=sku, baseUnit="EA", tracking=tracking)
    made = await scene.stage.play("admin", "CreateItem", **wanted)
    return str(made.value["item"]["id"])


async def _received(scene: Scene, tracking: str, **line: Any) -> str:
    item_id = await _new_item(scene, tracking)
    lines = [{"itemId": item_id, "unitCost": "2.00", **line}]
    wanted = keyed(locationId=scene.location(PLACE), lines=lines)
    await scene.stage.play("warehouse", "ReceiveStock", **wanted)
    return item_id


async def lots(scene: Scene) -> str:
    """The id of an item that lies there in a lot."""
    return await _received(scene, "LOT", quantity="5", lot="A-1", expiresOn="2099-12-31")


async def pieces(scene: Scene) -> str:
    """The id of an item of which pieces with serial numbers lie there."""
    return await _received(scene, "SERIAL", quantity="2", serials=["S-1", "S-2"])


async def lot(scene: Scene) -> str:
    """The id of a lot."""
    item_id = await lots(scene)
    query = f'{{ lots(filter: {{ itemId: "{item_id}" }}) {{ nodes {{ id }} }} }}'
    return await scene.first(query)


async def kit(scene: Scene) -> str:
    """The id of an item that is made of two of another, of which there are some."""
    part = await _received(scene, "NONE", quantity="20")
    item_id = await _new_item(scene)
    wanted = keyed(itemId=item_id, components=[{"itemId": part, "quantity": "2"}])
    await scene.stage.play("admin", "SetKitComponents", **wanted)
    return item_id


async def assembled(scene: Scene) -> str:
    """The same, of which two are put together."""
    item_id = await kit(scene)
    wanted = keyed(locationId=scene.location(PLACE), itemId=item_id, quantity="2")
    await scene.stage.play("warehouse", "AssembleKits", **wanted)
    return item_id


async def supply(scene: Scene) -> str:
    """The id of a supply that is to come."""
    row = {
        "itemId": await _new_item(scene),
        "locationId": scene.location(PLACE),
        "quantity": "5",
        "expectedOn": "2030-02-01",
    }
    made = await scene.stage.play("planner", "AnnounceSupplies", input={"rows": [row]})
    return str(made.value["supplies"][0]["id"])


def cart(scene: Scene) -> dict[str, Any]:
    """What a customer's cart holds."""
    return keyed(
        channelId=scene.id("Channel", "channel", "portal"),
        holder=f"cart-{next(_serial)}",
        lines=[{"itemId": scene.item(), "quantity": "1"}],
    )


def _soon() -> str:
    return (datetime.now(UTC) + timedelta(hours=2)).isoformat()


async def hold(scene: Scene) -> str:
    """The id of a cart's hold."""
    made = await scene.stage.play("customer", "HoldStock", **cart(scene))
    return str(made.value["hold"]["id"])


SHELF = {
    "Lots": Play("warehouse", lambda s: {"filter": {"itemId": s.prepared}}, lots),
    "SetLotStatus": Play(
        "warehouse", lambda s: keyed(id=s.prepared, status="QUARANTINED", reason="smell"), lot
    ),
    "SerialNumbers": Play("warehouse", lambda s: {"filter": {"itemId": s.prepared}}, pieces),
    "SetKitComponents": Play("admin", lambda s: keyed(itemId=s.prepared, components=[]), kit),
    "AssembleKits": Play(
        "warehouse",
        lambda s: keyed(locationId=s.location(PLACE), itemId=s.prepared, quantity="2"),
        kit,
    ),
    "DisassembleKits": Play(
        "warehouse",
        lambda s: keyed(locationId=s.location(PLACE), itemId=s.prepared, quantity="1"),
        assembled,
    ),
    "SetLotDays": Play(
        "warehouse", lambda s: keyed(id=s.prepared, expiresOn="2098-12-31", reason="misread"), lot
    ),
    "SetSafetyStock": Play(
        "warehouse",
        lambda s: keyed(locationId=s.location(PLACE), itemId=s.item(), quantity="1"),
    ),
    "ReceiveSupplies": Play(
        "warehouse",
        lambda s: keyed(receipts=[{"supplyId": s.prepared, "quantity": "2", "unitCost": "1.00"}]),
        supply,
    ),
    "ChangeSupply": Play("planner", lambda s: keyed(id=s.prepared, quantity="7"), supply),
    "CancelSupply": Play("planner", lambda s: keyed(id=s.prepared, reason="not made"), supply),
    "HoldStock": Play("customer", cart),
    "ExtendHold": Play("customer", lambda s: keyed(id=s.prepared, expiresAt=_soon()), hold),
    "ReleaseHold": Play("customer", lambda s: keyed(id=s.prepared), hold),
    "MyHolds": Play("customer", lambda _: {"filter": {"status": "OPEN"}}, hold),
}

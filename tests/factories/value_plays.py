"""What stock cost and is worth, as somebody of the demo company asks and changes it."""

from itertools import count
from typing import Any

from tests.factories.document_plays import Play, Scene, Variables, keyed

_serial = count(1)
Received = tuple[str, str]


def _entity(scene: Scene) -> str:
    return scene.id("LegalEntity", "legal_entity", "US1")


async def _received(scene: Scene, **terms: Any) -> Received:
    """The ids of an item of which ten came, and of the receipt."""
    sku = f"VALUE-{next(_serial)}"
    made = await scene.stage.play("admin", "CreateItem", **keyed(sku=sku, name=sku, baseUnit="EA"))
    item_id = str(made.value["item"]["id"])
    line = {"itemId": item_id, "quantity": "10", "unitCost": "2.00"}
    wanted = keyed(locationId=scene.location("EWR"), lines=[line], **terms)
    done = await scene.stage.play("warehouse", "ReceiveStock", **wanted)
    return item_id, str(done.value["document"]["id"])


async def goods(scene: Scene) -> Received:
    """Goods that came, and the receipt."""
    return await _received(scene)


async def unpriced(scene: Scene) -> Received:
    """Goods whose cost is not known yet."""
    return await _received(scene, isPending=True)


def _landing(scene: Scene, document: str) -> Variables:
    return keyed(
        entityId=_entity(scene),
        charges=[{"kind": "FREIGHT", "basis": "VALUE", "amount": "1.25"}],
        receipts=[{"documentId": document}],
        reason="freight",
    )


async def landed(scene: Scene) -> str:
    """The id of a landed cost document."""
    _, document = await goods(scene)
    done = await scene.stage.play("finance", "BookLandedCost", **_landing(scene, document))
    return str(done.value["landedCost"]["id"])


def _worth(scene: Scene, item: str, value: str | None) -> Variables:
    line = {"itemId": item, "unitValue": value}
    return keyed(entityId=_entity(scene), lines=[line], reason="the market")


async def written_down(scene: Scene) -> Received:
    """Goods that were written down."""
    item, document = await goods(scene)
    await scene.stage.play("finance", "WriteDownStock", **_worth(scene, item, "1.50"))
    return item, document


VALUES = {
    "StockValues": Play("finance", lambda s: {"by": "LOCATION_KIND"}),
    "CostLayers": Play("finance", lambda s: {"filter": {"itemId": s.item(7)}}),
    "CostIssues": Play("finance", lambda s: {"filter": {"itemId": s.item(7)}}),
    "CostChanges": Play("finance", lambda s: {"filter": {"itemId": s.item(7)}}),
    "LandedCosts": Play("finance", lambda s: {"filter": {"status": "REVERSED"}, "first": 1}),
    "BookLandedCost": Play("finance", lambda s: _landing(s, s.prepared[1]), goods),
    "ReverseLandedCost": Play(
        "finance", lambda s: keyed(landedCostId=s.prepared, reason="another ship"), landed
    ),
    "StockRevaluations": Play("finance", lambda s: {"filter": {"kind": "METHOD"}}),
    "WriteDownStock": Play("finance", lambda s: _worth(s, s.prepared[0], "1.50"), goods),
    "ReverseWriteDown": Play("finance", lambda s: _worth(s, s.prepared[0], None), written_down),
    "RevalueStock": Play("finance", lambda s: _worth(s, s.prepared[0], "2.10"), goods),
    "PriceReceipt": Play(
        "finance",
        lambda s: keyed(
            documentId=s.prepared[1], lines=[{"itemId": s.prepared[0], "unitCost": "2.50"}]
        ),
        unpriced,
    ),
    "Costing": Play("finance", lambda s: {"entityId": _entity(s)}),
    "SetCostingMethod": Play(
        "admin",
        lambda s: keyed(entityId=_entity(s), method="FIFO", itemGroup=f"group {next(_serial)}"),
    ),
    "SetStandardCosts": Play(
        "admin",
        lambda s: keyed(entityId=_entity(s), costs=[{"itemId": s.prepared[0], "unitCost": "2.20"}]),
        goods,
    ),
    "SetCostingRule": Play("admin", lambda s: keyed(entityId=_entity(s))),
}

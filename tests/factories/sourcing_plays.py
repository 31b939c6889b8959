"""The documents around allocation policies, as somebody of the demo company sends them."""

from itertools import count
from typing import Any

from tests.factories.document_plays import Play, Scene, Variables, keyed, policy_draft

_serial = count(1)


async def draft(scene: Scene) -> str:
    """A draft of an allocation policy."""
    done = await scene.stage.play("planner", "CreateAllocationPolicy", **policy_draft(scene))
    return str(done.value["allocationPolicy"]["id"])


async def two_drafts(scene: Scene) -> dict[str, Any]:
    """Two drafts that are to be compared."""
    return {"before": await draft(scene), "after": await draft(scene)}


async def order_line(scene: Scene) -> str:
    """A line of an order."""
    wanted = f'{{ order(id: "{scene.order(2)}") {{ lines {{ id }} }} }}'
    played = await scene.stage.send("admin", wanted)
    return str(played.value["lines"][0]["id"])


def definition(scene: Scene) -> Variables:
    """What a policy says: the near ones first, no more than two parcels."""
    places = [{"locationId": scene.location(code)} for code in ("RNO", "EWR")]
    strategy = {"code": "NEAR", "sources": places, "criteria": ["DISTANCE", "PRIORITY"]}
    return {
        "strategies": [strategy],
        "constraints": [{"kind": "MAX_SPLITS", "amount": 1, "soft": True}],
    }


def basket(scene: Scene) -> Variables:
    """Three items to Ohio."""
    return {
        "channelId": scene.id("Channel", "channel", "portal"),
        "lines": [{"itemId": scene.item(n), "quantity": "2"} for n in range(3)],
        "shipTo": {"country": "US", "region": "OH", "postalCode": "44113"},
    }


def pool(scene: Scene) -> Variables:
    """Two pieces for who orders through the portal."""
    return {
        "code": f"POOL-{next(_serial)}",
        "name": "For the portal",
        "ownerId": scene.id("LegalEntity", "legal_entity", "US1"),
        "itemId": scene.item(),
        "channelId": scene.id("Channel", "channel", "portal"),
        "quantity": "2",
    }


async def new_pool(scene: Scene) -> str:
    """A protected pool."""
    done = await scene.stage.play("planner", "CreateStockPool", **keyed(**pool(scene)))
    return str(done.value["stockPool"]["id"])


def of_pool(scene: Scene, **fields: Any) -> Variables:
    """A change of the pool that was made."""
    return keyed(id=scene.prepared, expectedVersion=1, **fields)


SOURCING = {
    "StockPools": Play("planner", lambda _: {"first": 10}, new_pool),
    "CreateStockPool": Play("planner", lambda s: keyed(**pool(s))),
    "ChangeStockPool": Play("planner", lambda s: of_pool(s, quantity="1"), new_pool),
    "ExtendStockPool": Play(
        "planner", lambda s: of_pool(s, expiresAt="2099-01-01T00:00:00Z"), new_pool
    ),
    "CloseStockPool": Play("planner", lambda s: keyed(id=s.prepared), new_pool),
    "UpdateAllocationPolicy": Play(
        "planner", lambda s: keyed(id=s.prepared, definition=definition(s)), draft
    ),
    "RetireAllocationPolicy": Play("planner", lambda s: keyed(id=s.prepared), draft),
    "SetLaneCosts": Play(
        "planner",
        lambda s: keyed(
            locationId=s.location("EWR"),
            lanes=[{"country": "US", "perOrderMinor": 750, "perUnitMinor": "12.5"}],
        ),
    ),
    "AllocationOfLine": Play(
        "planner",
        lambda s: {"lineId": s.prepared, "locationIds": [s.location("HAM")]},
        order_line,
    ),
    "PreviewAllocation": Play("planner", lambda s: {"basket": basket(s)}),
    "ComparePolicies": Play("planner", lambda s: s.prepared, two_drafts),
}

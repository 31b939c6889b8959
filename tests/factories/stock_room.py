"""Those who see to it that books and shelves agree, and the documents that they send."""

from typing import Any

from api.ids import global_id
from tests.factories.api import ApiCaller
from tests.factories.client import operations
from tests.factories.orders import Shop

KEEPER = (
    "inventory.read",
    "inventory.count",
    "inventory.report",
    "inventory.transfer",
    "inventory.manage",
    "inventory.approve",
    "approvals.read",
    "approvals.request",
    "approvals.decide",
    "catalog.read",
    "entities.read",
    "orders.read",
)


async def send(caller: ApiCaller, name: str, key: str = "", **variables: Any) -> Any:
    """Send a document of graphql/operations; what its one field answers."""
    answer = await caller.ask(operations()[name], **variables, **({"key": key} if key else {}))
    assert "errors" not in (answer.body or {}), answer.body
    (value,) = answer.data.values()
    return value


async def do(caller: ApiCaller, name: str, key: str, **input: Any) -> Any:
    """Send a mutation."""
    return await send(caller, name, key, input=input)


def place(shop: Shop, n: int = 0) -> str:
    """The global id of a location."""
    return str(global_id("Location", shop.setting.location_ids[n]))


def item(shop: Shop, n: int = 0) -> str:
    """The global id of an item."""
    return str(global_id("Item", shop.setting.item_ids[n]))

"""Many callers who order at the same time, through HTTP."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from api.ids import global_id
from api.orders import desk
from domain.allocation.placing import PlacedOrder
from domain.allocation.requests import OrderRequest
from domain.kernel.verdicts import Refused
from domain.kernel.work import Work
from tests.factories.api import Answer, ApiCaller
from tests.factories.orders import Shop

PLACE = """
mutation Place($input: PlaceOrderInput!, $key: String!) {
  placeOrder(input: $input) @idempotent(key: $key) {
    order { id number status lines { lineNumber quantity allocated backordered } }
    userErrors { code message path }
  }
}
"""


def order_input(shop: Shop, *wanted: tuple[int, int], **fields: Any) -> dict[str, Any]:
    """An order of (item, quantity) lines."""
    lines = [
        {
            "itemId": global_id("Item", shop.setting.item_ids[item]),
            "quantity": str(quantity),
            "unitPrice": "1.00",
        }
        for item, quantity in wanted
    ]
    return {"channelId": global_id("Channel", shop.channel_id), "lines": lines} | fields


async def place_all(
    callers: Sequence[ApiCaller], inputs: Sequence[tuple[str, dict[str, Any]]]
) -> list[Answer]:
    """All at once, the callers in turn: (key, input) each; the answers in their order."""
    return list(
        await asyncio.gather(
            *(
                callers[n % len(callers)].ask(PLACE, key=key, input=wanted)
                for n, (key, wanted) in enumerate(inputs)
            )
        )
    )


@contextmanager
def watched_batches(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[OrderRequest]]]:
    """The requests that shared a transaction, transaction by transaction. One that is numbered
    "poison" by its caller breaks the transaction it is in."""
    batches: list[list[OrderRequest]] = []

    async def accept(work: Work, requests: Sequence[OrderRequest]) -> list[PlacedOrder | Refused]:
        batches.append(list(requests))
        outcomes = await _accept(work, requests)
        if any(request.external_number == "poison" for request in requests):
            raise RuntimeError("poison")
        return outcomes

    _accept = desk.accept_orders
    with monkeypatch.context() as patch:
        patch.setattr(desk, "accept_orders", accept)
        yield batches

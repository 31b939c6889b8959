"""The documents of partners' own days, as somebody of the demo company sends them: a customer
prices and changes what it orders, a third party answers what it is asked."""

from typing import Any

from tests.factories.document_plays import Play, Scene, keyed, new_order, third_party_work

ASKS = """mutation($i: UpdateLocationInput!) {
  updateLocation(input: $i) { location { id } userErrors { code } }
}"""


async def _asks(scene: Scene, answer: bool) -> None:
    given = {"id": scene.location("RNO"), "asksAcceptance": answer}
    await scene.stage.send("admin", ASKS, i=given)


async def asked_work(scene: Scene) -> Any:
    """Work that the third party is asked to take on."""
    await _asks(scene, True)
    try:
        return await third_party_work(scene)
    finally:
        await _asks(scene, False)


async def unwanted_work(scene: Scene) -> Any:
    """The same, taken on; the house wants it back."""
    work = await asked_work(scene)
    await scene.stage.play("3pl", "AcceptFulfilmentOrder", **keyed(id=work["id"]))
    asked = "mutation($i: CancelFulfilmentOrderInput!) { cancelFulfilmentOrder(input: $i) "
    await scene.stage.send("admin", asked + "{ userErrors { code } } }", i={"id": work["id"]})
    return work


def _quote(scene: Scene) -> dict[str, Any]:
    lines = [{"itemId": scene.item(n), "unit": "EA", "quantity": "10"} for n in range(3)]
    channel = scene.id("Channel", "channel", "portal")
    return {"input": {"currency": "USD", "channelId": channel, "lines": lines}}


PARTNERS_DAYS = {
    "MyPrices": Play("customer", _quote),
    "MyAvailability": Play(
        "customer",
        lambda s: {
            "channelId": s.id("Channel", "channel", "portal"),
            "itemIds": [s.item(n) for n in range(20)],
        },
    ),
    "ChangeMyOrder": Play(
        "customer",
        lambda s: keyed(
            orderId=s.prepared["id"],
            addedLines=[{"itemId": s.item(5), "quantity": "1", "unit": "EA"}],
        ),
        new_order,
    ),
    "CancelMyOrder": Play("customer", lambda s: keyed(orderId=s.prepared["id"]), new_order),
    "ChangeAssortment": Play(
        "admin",
        lambda s: keyed(channelId=s.id("Channel", "channel", "web"), limited=False),
    ),
    "AcceptFulfilmentOrder": Play("3pl", lambda s: keyed(id=s.prepared["id"]), asked_work),
    "AnswerCancellation": Play(
        "3pl", lambda s: keyed(id=s.prepared["id"], accepted=True), unwanted_work
    ),
}

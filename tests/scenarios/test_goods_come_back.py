"""Goods come back, over HTTP: a customer asks, the warehouse takes in more than was announced and
looks at it, finance pays for it; another is replaced in advance by the workers; and of all this a
neighbour sees nothing."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.factories.client import Client, Refused
from tests.factories.companies import PASSWORD, Company, receive
from tests.factories.conditions import until
from tests.factories.running import Running

TEA = "TEA-GREEN"
LINES = """
query ($id: ID!) {
  order(id: $id) { number lines { id net { amount } tax { amount } } total { amount } }
}
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """Who acts, on what."""

    running: Running
    company: Company
    admin: Client
    buyer: Client
    neighbour: Client
    picker: Client

    async def line(self, order_id: str) -> str:
        """The id of an order's one line."""
        response = await self.admin.http.post(
            "/graphql",
            json={"query": LINES, "variables": {"id": order_id}},
            headers=self.admin.headers,
        )
        (line,) = response.json()["data"]["order"]["lines"]
        return str(line["id"])

    async def seen(self, client: Client, return_id: str) -> Any:
        """A return as somebody sees it."""
        return await client.ask("ReturnById", id=return_id)


@pytest.fixture
async def scene(running: Running, company: Company, admin: Client) -> Scene:
    """The company with stock, a reason, a policy, and people who are signed in."""
    roles = {role["name"]: role["id"] for role in (await admin.ask("Roles"))["nodes"]}
    done = await admin.do("createParty", code="SOUTHWIND", name="Southwind", isCustomer=True)
    await admin.do(
        "createUser",
        username="south",
        displayName="Buys for Southwind",
        password=PASSWORD,
        roleIds=[roles["customer"]],
        partyId=done["party"]["id"],
    )
    people = []
    for name in ("buyer", "south", "picker"):
        people.append(Client(admin.http))
        await people[-1].sign_in(company.tenant, name, PASSWORD)
    await receive(admin, company, "EWR", TEA_GREEN=50)
    return Scene(running, company, admin, *people)


async def test_goods_come_back(scene: Scene) -> None:
    await the_house_says_what_is_let(scene)
    order = await goods_are_sold_and_sent(scene, "4")
    return_id, barcode = await the_customer_asks_to_send_two_back(scene, order)
    units = await the_warehouse_takes_three_in(scene, return_id, barcode)
    await they_are_inspected_and_disposed_of(scene, units)
    await finance_pays_for_them_and_never_more(scene, return_id)
    await the_customer_sees_what_it_got(scene, order, return_id)
    await another_is_replaced_in_advance(scene)
    await the_neighbour_sees_nothing_of_it(scene, order, return_id, units)
    await everybody_sees_how_much_comes_back(scene)
    await everything_holds(scene)


async def the_house_says_what_is_let(scene: Scene) -> None:
    """Within 30 days, for a fee; what is faulty, free of it."""
    for code, fault in (("UNWANTED", "CUSTOMER"), ("FAULTY", "SELLER")):
        await scene.admin.do("setReturnReason", code=code, name=code.title(), fault=fault)
    rules = [
        {"name": "Faulty", "decision": "APPROVE", "reasons": ["FAULTY"]},
        {
            "name": "30 days",
            "decision": "APPROVE",
            "withinDays": 30,
            "feePercent": "10",
            "carrier": "Parcel",
            "service": "Ground",
        },
    ]
    done = await scene.admin.do("setReturnPolicy", name="2026", rules=rules)
    assert done["returnPolicy"]["version"] == 1
    with pytest.raises(Refused) as refused:
        await scene.buyer.do("setReturnPolicy", name="mine", rules=rules)
    assert refused.value.codes == ["FORBIDDEN"]


async def goods_are_sold_and_sent(scene: Scene, quantity: str) -> str:
    """An order of the customer that left Newark whole; its id."""
    placed = await scene.buyer.do(
        "placeOrder",
        channelCode="portal",
        lines=[{"itemId": scene.company.items[TEA], "quantity": quantity}],
    )
    order_id = str(placed["order"]["id"])
    done = await scene.admin.do("releaseOrder", orderId=order_id)
    for work in done["fulfilmentOrders"]:
        for step in ("recordPick", "packFulfilmentOrder", "shipFulfilmentOrder"):
            await scene.picker.do(step, id=work["id"])
    return order_id


async def the_customer_asks_to_send_two_back(scene: Scene, order: str) -> tuple[str, str]:
    """Five are too many; two are let at once, with a label."""
    line = {"orderLineId": await scene.line(order), "reason": "UNWANTED"}
    with pytest.raises(Refused) as refused:
        await scene.buyer.do("requestReturn", lines=[line | {"quantity": "5"}])
    assert refused.value.codes == ["RETURNED_TOO_MUCH"]
    assert refused.value.errors[0]["returnable"] == "4"
    wanted = {"lines": [line | {"quantity": "2"}], "resolution": "REFUND"}
    done = await scene.buyer.do("requestReturn", **wanted, key="back-1")
    assert done == await scene.buyer.do("requestReturn", **wanted, key="back-1")
    found = done["return"]
    assert (found["status"], found["supportedActions"]) == ("APPROVED", ["CANCEL"])
    (told,) = found["lines"]
    assert told["explanation"] == ["Faulty: not for this reason.", "30 days: holds."]
    (label,) = found["authorizations"]
    assert (label["carrier"], label["service"], label["status"]) == ("Parcel", "Ground", "OPEN")
    return str(found["id"]), str(label["barcode"])


async def the_warehouse_takes_three_in(scene: Scene, return_id: str, barcode: str) -> list[str]:
    """Two that were announced and one more; all wait outside of stock."""
    done = await scene.picker.do(
        "receiveReturn",
        code=barcode,
        locationId=scene.company.locations["EWR"],
        lines=[{"itemId": scene.company.items[TEA], "quantity": "3"}],
    )
    receipt = done["returnReceipt"]
    assert (receipt["status"], len(receipt["units"])) == ("WAITING", 2)
    found = await scene.seen(scene.admin, return_id)
    kinds = [(line["kind"], line["received"]["value"]) for line in found["lines"]]
    assert kinds == [("ANNOUNCED", "2"), ("UNANNOUNCED", "1")]
    assert found["authorizations"][0]["status"] == "RECEIVED"
    return [unit["id"] for unit in receipt["units"]]


async def they_are_inspected_and_disposed_of(scene: Scene, units: list[str]) -> None:
    """One of the first two is damaged: it is scrapped, the others are sold again."""
    findings = [
        {"condition": "NEW", "quantity": "1"},
        {"condition": "DAMAGED", "quantity": "1", "notes": "torn", "photos": ["torn.jpg"]},
    ]
    done = await scene.picker.do("inspectReturn", id=units[0], findings=findings)
    new, torn = (unit["id"] for unit in done["returnUnits"])
    with pytest.raises(Refused):
        await scene.picker.do("disposeReturn", id=torn, kind="RESTOCK", reason="why not")
    await scene.picker.do("disposeReturn", id=torn, kind="SCRAP", reason="torn")
    await scene.picker.do("disposeReturn", id=new, kind="RESTOCK", reason="as new")
    with pytest.raises(Refused) as refused:
        await scene.picker.do("disposeReturn", id=new, kind="SCRAP", reason="again")
    assert refused.value.codes == ["INVALID_STATE"]
    await scene.picker.do("inspectReturn", id=units[1], findings=[{"condition": "OPENED"}])
    done = await scene.picker.do("disposeReturn", id=units[1], kind="RESTOCK", reason="fine")
    assert done["returnUnit"]["disposition"]["cost"] is None


async def finance_pays_for_them_and_never_more(scene: Scene, return_id: str) -> None:
    """Three at 8.50, less ten percent of the two that were asked for."""
    done = await scene.admin.do("creditReturn", id=return_id, reason="came back", key="pay-1")
    (credit,) = done["returnCredits"]
    assert credit["refunds"] is True
    amounts = [credit[name]["amount"] for name in ("net", "tax", "shipping", "fee", "total")]
    assert amounts == ["25.50", "0.00", "0.00", "1.70", "23.80"]
    with pytest.raises(Refused) as refused:
        await scene.admin.do("creditReturn", id=return_id, reason="once more")
    assert refused.value.codes == ["INVALID_STATE"]
    assert (await scene.seen(scene.admin, return_id))["status"] == "CLOSED"


async def the_customer_sees_what_it_got(scene: Scene, order: str, return_id: str) -> None:
    """The credit and what of the order came back; not how the goods were found."""
    found = await scene.seen(scene.buyer, return_id)
    assert found["receipts"] == []
    (credit,) = found["credits"]
    returned = (await scene.buyer.ask("OrderReturned", id=order))["returned"]
    assert returned["credited"] == credit["total"] == returned["refunded"]
    (line,) = returned["lines"]
    assert (line["received"]["value"], line["credited"]["value"]) == ("3", "3")


async def another_is_replaced_in_advance(scene: Scene) -> None:
    """The workers order the same again, for nothing, before anything came."""
    order = await goods_are_sold_and_sent(scene, "1")
    line = {"orderLineId": await scene.line(order), "quantity": "1", "reason": "FAULTY"}
    done = await scene.buyer.do(
        "requestReturn", lines=[line], resolution="REPLACEMENT", replaces="ADVANCE"
    )
    return_id = done["return"]["id"]
    ordered: dict[str, Any] = {}

    async def replaced() -> bool:
        (other,) = (await scene.seen(scene.buyer, return_id))["replacements"]
        ordered.update(other)
        return bool(other["status"] == "ORDERED")

    await until(replaced)
    assert ordered["order"]["number"].startswith("SO-")


async def the_neighbour_sees_nothing_of_it(
    scene: Scene, order: str, return_id: str, units: list[str]
) -> None:
    """Not the return, not by its id; and it can do nothing to it."""
    assert (await scene.neighbour.ask("MyReturns"))["nodes"] == []
    assert await scene.seen(scene.neighbour, return_id) is None
    line = {"orderLineId": await scene.line(order), "quantity": "1", "reason": "UNWANTED"}
    for mutation, values in (
        ("requestReturn", {"lines": [line]}),
        ("cancelReturn", {"id": return_id, "reason": "mine"}),
        ("inspectReturn", {"id": units[0], "findings": [{"condition": "NEW"}]}),
        ("creditReturn", {"id": return_id, "reason": "mine"}),
    ):
        with pytest.raises(Refused) as refused:
            await scene.neighbour.do(mutation, **values)
        assert refused.value.codes in (["NOT_FOUND"], ["FORBIDDEN"])


async def everybody_sees_how_much_comes_back(scene: Scene) -> None:
    """Four of the five that were sent, or are to come."""
    (rate,) = await scene.admin.ask("ReturnRates", by="ITEM")
    assert (rate["key"], rate["returns"], rate["asked"]) == (TEA, 2, "4")
    reasons = await scene.admin.ask("ReturnRates", by="REASON")
    assert {each["key"] for each in reasons} == {"UNWANTED", "FAULTY", "?"}


async def everything_holds(scene: Scene) -> None:
    """`crossdock check` finds nothing wrong."""
    done = await scene.running.command("check", "--tenant", scene.company.tenant)
    assert done.exit_code == 0

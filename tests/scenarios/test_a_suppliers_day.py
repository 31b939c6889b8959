"""A supplier's day, over HTTP: it sees what was ordered of it, promises a later day, which moves a
customer's order, sends the goods, and sees how it did. Of its neighbour it sees nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories.client import Client, Refused, subscribed
from tests.factories.companies import PASSWORD, Company
from tests.factories.conditions import until
from tests.factories.running import Running

TEA = "TEA-GREEN"
PROMISE = "query ($id: ID!) { order(id: $id) { lines { expectedShipOn } } }"


@dataclass(frozen=True, slots=True)
class Scene:
    """Who acts, on what."""

    running: Running
    company: Company
    admin: Client
    seller: Client
    neighbour: Client
    picker: Client
    suppliers: dict[str, str]


def _day(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


@pytest.fixture
async def scene(running: Running, company: Company, admin: Client) -> Scene:
    """The company with two suppliers, whose people are signed in as the supplier's role lets."""
    roles = {role["name"]: role["id"] for role in (await admin.ask("Roles"))["nodes"]}
    suppliers, people = {}, {}
    for code in ("LEAF", "HILL"):
        done = await admin.do(
            "createParty", code=code, name=f"{code} Teas", isCustomer=False, isSupplier=True
        )
        suppliers[code] = done["party"]["id"]
        await admin.do(
            "createUser",
            username=code.lower(),
            displayName=f"Sells for {code}",
            password=PASSWORD,
            roleIds=[roles["supplier"]],
            partyId=suppliers[code],
        )
        people[code] = Client(admin.http)
        await people[code].sign_in(company.tenant, code.lower(), PASSWORD)
    picker = Client(admin.http)
    await picker.sign_in(company.tenant, "picker", PASSWORD)
    return Scene(running, company, admin, people["LEAF"], people["HILL"], picker, suppliers)


async def test_a_suppliers_day(scene: Scene) -> None:
    bought = await the_buyer_orders(scene)
    order = await a_customers_order_is_promised_what_is_to_come(scene)
    await the_supplier_sees_its_own_orders(scene, bought)
    await a_later_day_moves_the_promise_when_it_is_accepted(scene, bought, order)
    await the_supplier_sends_goods(scene, bought)
    await the_warehouse_receives_too_little(scene, bought)
    await the_supplier_sees_how_it_does(scene, bought)
    await the_neighbour_sees_nothing_of_it(scene, bought)
    await everything_holds(scene)


async def _ordered(scene: Scene, code: str, quantity: int) -> dict[str, Any]:
    done = await scene.admin.do(
        "createPurchaseOrder",
        supplierId=scene.suppliers[code],
        locationId=scene.company.locations["EWR"],
        note="by lorry, please",
        lines=[
            {
                "itemId": scene.company.items[TEA],
                "quantity": str(quantity),
                "unit": "CASE",
                "unitPrice": "36.00",
                "wantedOn": _day(10),
            }
        ],
    )
    order: dict[str, Any] = done["purchaseOrder"]
    return order


async def the_buyer_orders(scene: Scene) -> str:
    """A draft is nobody's business; what is sent is the supplier's."""
    order = await _ordered(scene, "LEAF", 10)
    assert (await scene.seller.ask("MyPurchaseOrders"))["nodes"] == []
    done = await scene.admin.do("sendPurchaseOrder", id=order["id"], key="send-1")
    again = await scene.admin.do("sendPurchaseOrder", id=order["id"], key="send-1")
    assert done == again
    assert done["purchaseOrder"]["status"] == "SENT"
    other = await _ordered(scene, "HILL", 5)
    await scene.admin.do("sendPurchaseOrder", id=other["id"])
    await scene.neighbour.do(
        "confirmPurchaseOrder",
        id=other["id"],
        lines=[{"lineNumber": 1, "parts": [{"quantity": "5", "deliversOn": _day(40)}]}],
    )
    await scene.admin.do("decidePurchaseProposal", id=other["id"], confirmation=1, accept=True)
    return str(order["id"])


async def a_customers_order_is_promised_what_is_to_come(scene: Scene) -> str:
    """Nothing lies there; the order is promised from what the supplier is to send."""
    placed = await scene.admin.do(
        "placeOrder",
        channelId=scene.company.channels["portal"],
        partyId=scene.company.parties["NORTHWIND"],
        lines=[{"code": TEA, "quantity": "30", "unit": "EA"}],
    )
    order_id = str(placed["order"]["id"])
    await _promised(scene, order_id, _day(10))
    return order_id


async def _promised(scene: Scene, order_id: str, least: str) -> str:
    """The day on which the order is expected to leave, as soon as it is this day or later."""
    told = ""

    async def arrived() -> bool:
        nonlocal told
        response = await scene.admin.http.post(
            "/graphql",
            json={"query": PROMISE, "variables": {"id": order_id}},
            headers=scene.admin.headers,
        )
        (line,) = response.json()["data"]["order"]["lines"]
        told = line["expectedShipOn"] or ""
        return told >= least

    await until(arrived)
    return told


async def the_supplier_sees_its_own_orders(scene: Scene, bought: str) -> None:
    """One, with what it may do; and nobody else's."""
    (seen,) = (await scene.seller.ask("MyPurchaseOrders"))["nodes"]
    assert (seen["id"], seen["supportedActions"]) == (bought, ["confirm", "ship"])
    order = await scene.seller.ask("MyPurchaseOrder", id=bought)
    (line,) = order["lines"]
    assert (line["quantity"]["value"], line["unitPrice"]) == ("120", "36")
    assert line["amount"] == {"amount": "360.00", "currency": "USD"}


async def a_later_day_moves_the_promise_when_it_is_accepted(
    scene: Scene, bought: str, order: str
) -> None:
    """Less and later is a proposal; once the buyer accepts it, the customer's promise follows."""
    async with subscribed(scene.admin, "OrderChanged") as changes:
        line = {"lineNumber": 1, "parts": [{"quantity": "9", "deliversOn": _day(20)}]}
        told = await scene.seller.do("confirmPurchaseOrder", id=bought, lines=[line])
        assert told["purchaseOrder"]["proposalWaits"] is True
        (waiting,) = (await scene.admin.ask("PurchaseOrders", filter={"proposalWaits": True}))[
            "nodes"
        ]
        assert waiting["id"] == bought
        decided = await scene.admin.do(
            "decidePurchaseProposal", id=bought, confirmation=1, accept=True
        )
        (bought_line,) = decided["purchaseOrder"]["lines"]
        assert bought_line["cancelled"]["value"] == "12"
        assert [(d["quantity"]["value"], d["expectedOn"]) for d in bought_line["deliveries"]] == [
            ("108", _day(20))
        ]
        assert await _promised(scene, order, _day(20)) >= _day(20)
        await changes.until_told("order.promise_at_risk", order)


async def the_supplier_sends_goods(scene: Scene, bought: str) -> None:
    """Two notices, with their logistic units; the same key twice is one."""
    for number, quantity in (("ASN-1", "6"), ("ASN-2", "3")):
        sent = {
            "id": bought,
            "number": number,
            "expectedOn": _day(18),
            "carrier": "UPS",
            "lines": [{"lineNumber": 1, "quantity": quantity, "sscc": "106141411234567897"}],
        }
        first = await scene.seller.do("shipPurchaseOrder", key=number, **sent)
        assert await scene.seller.do("shipPurchaseOrder", key=number, **sent) == first
    order = await scene.seller.ask("MyPurchaseOrder", id=bought)
    assert order["status"] == "SHIPPED"
    assert [each["status"] for each in order["shipNotices"]] == ["ON_ITS_WAY"] * 2
    with pytest.raises(Refused) as refused:
        await scene.seller.do("shipPurchaseOrder", **{**sent, "number": "ASN-3"})
    assert refused.value.codes == ["SENT_TOO_MUCH"]


async def the_warehouse_receives_too_little(scene: Scene, bought: str) -> None:
    """Five cases of six, one piece damaged; the order that waits gets its goods."""
    line = {"lineNumber": 1, "quantity": "60", "unit": "EA", "damaged": "1"}
    done = await scene.picker.do(
        "receivePurchaseOrder", id=bought, shipNotice="ASN-1", lines=[line]
    )
    order = done["purchaseOrder"]
    assert order["status"] == "PARTLY_RECEIVED"
    assert order["lines"][0]["received"]["value"] == "60"
    assert len(order["receipts"]) == 1


async def the_supplier_sees_how_it_does(scene: Scene, bought: str) -> None:
    """Its own figures, with what they were worked out from; and the orders behind."""
    (rating,) = (await scene.seller.ask("MyRatings"))["nodes"]
    assert rating["supplier"]["code"] == "LEAF"
    figures = {f["measure"]: (f["numerator"], f["denominator"]) for f in rating["figures"]}
    assert figures["CONFIRMED_ON_TIME"] == ("1", "1")
    assert figures["DAMAGED"] == ("1", "60")
    (late,) = (await scene.seller.ask("MyRatings", asOf=_day(30)))["nodes"]
    figures = {f["measure"]: (f["numerator"], f["denominator"]) for f in late["figures"]}
    assert figures["DELIVERED_BY_WANTED_DAY"] == ("0", "1")
    behind = await scene.seller.ask(
        "RatedPurchaseOrders",
        supplierId=scene.suppliers["LEAF"],
        measure="DAMAGED",
        missedOnly=True,
    )
    assert [each["id"] for each in behind["nodes"]] == [bought]


async def the_neighbour_sees_nothing_of_it(scene: Scene, bought: str) -> None:
    """Not the order, not by its id, not its rating; and it can do nothing to it."""
    seen = (await scene.neighbour.ask("MyPurchaseOrders"))["nodes"]
    assert bought not in {each["id"] for each in seen}
    assert await scene.neighbour.ask("MyPurchaseOrder", id=bought) is None
    ratings = (await scene.neighbour.ask("SupplierRatings"))["nodes"]
    assert [each["supplier"]["code"] for each in ratings] == ["HILL"]
    behind = await scene.neighbour.ask(
        "RatedPurchaseOrders",
        supplierId=scene.suppliers["LEAF"],
        measure="DAMAGED",
        missedOnly=False,
    )
    assert behind["nodes"] == []
    line = {"lineNumber": 1, "parts": []}
    for mutation, values in (
        ("confirmPurchaseOrder", {"lines": [line]}),
        ("answerPurchaseCancellation", {"accept": True}),
        ("cancelPurchaseOrder", {"reason": "mine"}),
    ):
        with pytest.raises(Refused) as refused:
            await scene.neighbour.do(mutation, id=bought, **values)
        assert refused.value.codes in (["NOT_FOUND"], ["FORBIDDEN"])


async def everything_holds(scene: Scene) -> None:
    """`crossdock check` finds nothing wrong."""
    done = await scene.running.command("check", "--tenant", scene.company.tenant)
    assert done.exit_code == 0

"""The main job, end to end: real documents in, goods out, and the books show it.

Everything goes over HTTP and WebSocket to real processes, or through the command line."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.intake.formats.signatures import verify_standard
from tests.factories.client import Client, Listening, Refused, subscribed
from tests.factories.companies import PASSWORD, SIGNING_SECRET, Company, receive
from tests.factories.conditions import until
from tests.factories.launching import Launch, launched
from tests.factories.running import Running
from tests.factories.webhook_receivers import Received, Receiver, receiving

SHOPIFY = "ecommerce/shopify/rubyapi_2024_10_order_2.json"
WOOCOMMERCE = "ecommerce/woocommerce/wp-api-v3_orders_1_HTTP_request.json"
AMAZON = (
    "marketplace/amazon-spapi/ordersV0__getOrder__200-sandbox0.json",
    "marketplace/amazon-spapi/ordersV0__getOrderItems__200-sandbox0.json",
)
X12 = "edi-x12/850_olmelabs_850.OK.edi"


@dataclass(frozen=True, slots=True)
class Scene:
    """Who acts, on what, and who listens."""

    running: Running
    company: Company
    admin: Client
    picker: Client
    buyer: Client
    samples: Path
    changes: Listening
    subscriber: Receiver
    webhook_secret: str


@pytest.fixture(scope="module")
def launch() -> Launch:
    """Here as everybody does."""
    return launched


@pytest.fixture
async def scene(
    running: Running, company: Company, admin: Client, samples: Path
) -> AsyncIterator[Scene]:
    """The company with its people signed in, a subscription and a webhook subscriber."""
    picker, buyer = Client(admin.http), Client(admin.http)
    await picker.sign_in(company.tenant, "picker", PASSWORD)
    await buyer.sign_in(company.tenant, "buyer", PASSWORD)
    async with receiving() as subscriber, subscribed(admin, "OrderChanged") as changes:
        done = await admin.do(
            "createWebhookSubscription",
            name="tells the shop",
            url=subscriber.url,
            eventTypes=["order.shipped"],
        )
        yield Scene(
            running, company, admin, picker, buyer, samples, changes, subscriber, done["secret"]
        )


async def test_the_whole_line(scene: Scene) -> None:
    await receive(scene.picker, scene.company, "EWR", TEA_GREEN=20)
    await receive(scene.picker, scene.company, "RNO", TEA_GREEN=20)
    backordered = await a_shop_sends_an_order_that_waits_for_stock(scene)
    await other_sources_send_theirs(scene)
    await what_is_unknown_waits_until_it_is_mapped(scene)
    split = await a_buyer_orders_more_than_one_place_holds(scene)
    await the_promise_is_explained(scene, split)
    await a_receipt_fills_the_backorder(scene, backordered)
    await the_order_is_picked_short_and_shipped_in_parts(scene, split)
    shipment = await the_shop_order_is_shipped(scene, backordered)
    await the_subscriber_is_told_once_in_effect(scene, split, backordered)
    await the_money_is_traced_both_ways(scene, backordered, shipment)
    await the_books_balance(scene)
    await everything_holds(scene)


async def a_shop_sends_an_order_that_waits_for_stock(scene: Scene) -> str:
    """POST /intake, signed as Shopify signs; the worker books it. Sent twice, it is one order."""
    body = (scene.samples / SHOPIFY).read_bytes()
    for delivery in ("delivery-1", "delivery-1", "delivery-2"):
        assert (await _post_signed(scene, body, SIGNING_SECRET, delivery)).status_code == 202
    assert (await _post_signed(scene, body, "a guess", "delivery-3")).status_code == 401
    order: Any = None

    async def is_booked() -> bool:
        nonlocal order
        order = await scene.admin.ask(
            "OrderByExternalId", channelId=scene.company.channels["web"], externalId="1073459972"
        )
        return order is not None

    await until(is_booked)
    assert (order["status"], order["total"]["amount"]) == ("BACKORDERED", "199.00")
    assert [(line["item"]["sku"], line["backordered"]) for line in order["lines"]] == [
        ("IPOD2009BLACK", "1")
    ]
    told = await scene.changes.until_told("order.placed", order["id"])
    assert told["order"]["number"] == order["number"]
    return str(order["id"])


async def _post_signed(scene: Scene, body: bytes, secret: str, delivery: str) -> Any:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    headers = {
        "x-shopify-hmac-sha256": base64.b64encode(digest).decode(),
        "x-shopify-topic": "orders/create",
        "x-shopify-webhook-id": delivery,
        "content-type": "application/json",
    }
    url = f"/intake/web?tenant={scene.company.tenant}"
    return await scene.admin.http.post(url, content=body, headers=headers)


async def other_sources_send_theirs(scene: Scene) -> None:
    """The same door by the command line: WooCommerce, Amazon with its items apart, X12."""
    woo = await _ingest(scene, "shop-eu", WOOCOMMERCE)
    assert [(o["external_number"], o["totals"]["total"]) for o in woo] == [("727", "29.35")]
    order, items = scene.samples / AMAZON[0], scene.samples / AMAZON[1]
    amazon = await scene.running.command(
        *("ingest", "--tenant", scene.company.tenant, "--channel", "amazon", "--json"),
        *(str(order), str(items)),
    )
    assert [each["outcome"] for each in amazon.objects] == ["exception", "accepted"]
    (booked,) = amazon.objects[1]["orders"]
    assert booked["external_number"] == "902-1845936-5435065"
    (x12,) = await _ingest(scene, "edi", X12)
    assert (x12["external_number"], len(x12["lines"])) == ("08292233294", 6)
    assert (await _ingest(scene, "edi", X12, outcome="duplicate"))[0]["number"] == x12["number"]
    orders = await scene.admin.ask("MyOrders", first=100)
    assert orders["totalCount"] == 4


async def _ingest(scene: Scene, channel: str, name: str, outcome: str = "accepted") -> list[Any]:
    exit_code, report = await _ingest_one(scene, channel, name)
    assert (exit_code, report["outcome"]) == (0, outcome), report
    return list(report["orders"])


async def _ingest_one(scene: Scene, channel: str, name: str) -> tuple[int, Any]:
    done = await scene.running.command(
        *("ingest", "--tenant", scene.company.tenant, "--channel", channel, "--json"),
        str(scene.samples / name),
    )
    (report,) = done.objects
    return done.exit_code, report


async def what_is_unknown_waits_until_it_is_mapped(scene: Scene) -> None:
    """A strict channel books nothing unknown; mapping and replaying gives the order."""
    exit_code, report = await _ingest_one(scene, "edi-strict", X12)
    assert (exit_code, report["outcome"]) == (1, "exception")
    channel = scene.company.channels["edi-strict"]
    where = {"outcome": "EXCEPTION", "channelId": channel}
    (message,) = (await scene.admin.ask("Exceptions", filter=where))["nodes"]
    (document,) = message["documents"]
    assert all(p["path"] and p["remedy"] for p in document["problems"]), document["problems"]
    assert [problem["code"] for problem in document["problems"]] == ["unknown_party"]
    northwind, mug = scene.company.parties["NORTHWIND"], scene.company.items["MUG-BLUE"]
    await scene.admin.do("mapPartyCode", channelId=channel, code="0003947268292", partyId=northwind)
    for code in ("AB3542", "RD5322", "XY5266", "VX2332", "RV0524", "DX1875"):
        await scene.admin.do("mapItemCode", channelId=channel, code=code, itemId=mug)
    replayed = await scene.admin.do("replayIntakeMessage", id=message["id"])
    assert replayed["message"]["outcome"] == "ACCEPTED", replayed
    (document,) = replayed["message"]["documents"]
    order = await scene.admin.ask("OrderById", id=document["order"]["id"])
    assert (order["status"], order["party"]["code"]) == ("BACKORDERED", "NORTHWIND")
    assert [line["item"]["sku"] for line in order["lines"]] == ["MUG-BLUE"] * 6


async def a_buyer_orders_more_than_one_place_holds(scene: Scene) -> str:
    """placeOrder under one key, three times: one order, split over two places, at list prices."""
    wanted = {
        "channelId": scene.company.channels["portal"],
        "shipToCode": "STORE-1",
        "lines": [{"code": "TEA-GREEN", "quantity": "30", "unit": "EA"}],
    }
    placed = [(await scene.buyer.do("placeOrder", key="po-1", **wanted))["order"] for _ in "123"]
    assert placed[0] == placed[1] == placed[2]
    with pytest.raises(Refused) as conflict:
        await scene.buyer.do("placeOrder", key="po-1", **{**wanted, "shipToCode": None})
    assert conflict.value.codes == ["CONFLICT"]
    order = placed[0]
    assert (order["status"], order["total"]["amount"]) == ("ALLOCATED", "255.00")
    assert [line["allocated"] for line in order["lines"]] == ["30"]
    seen = await scene.buyer.ask("MyOrders", first=10)
    # Its own two: this one, and the one that came by EDI; none of the shops' customers.
    assert (seen["totalCount"], seen["nodes"][0]["id"]) == (2, order["id"])
    return str(order["id"])


async def the_promise_is_explained(scene: Scene, order: str) -> None:
    """Each location says why it was chosen or not."""
    told = await scene.admin.ask("AllocationExplained", id=order)
    given = sorted((a["location"]["code"], a["quantity"]) for a in told["allocations"])
    assert given == [("EWR", "20"), ("RNO", "10")]
    (decision,) = told["allocationDecisions"]
    candidates = {c["locationCode"]: c for c in decision["candidates"]}
    assert {code: c["chosen"] for code, c in candidates.items()} == {
        "EWR": True,
        "RNO": True,
        "HAM": False,
    }
    assert all(c["rule"] and c["reason"] for c in candidates.values())


async def a_receipt_fills_the_backorder(scene: Scene, order: str) -> None:
    """Goods come in; the worker gives them to who waits, and the subscription tells it."""
    await receive(scene.picker, scene.company, "EWR", IPOD2009BLACK=5)
    filled = await scene.admin.wait_for(order, "ALLOCATED")
    assert [line["allocated"] for line in filled["lines"]] == ["1"]


async def the_order_is_picked_short_and_shipped_in_parts(scene: Scene, order: str) -> None:
    """EWR finds 18 of 20; the two come from RNO, which ships in two parts."""
    released = await scene.admin.do("releaseOrder", orderId=order)
    works = {work["location"]["code"]: work for work in released["fulfilmentOrders"]}
    newark, line = works["EWR"]["id"], works["EWR"]["lines"][0]["id"]
    short = {"lineId": line, "quantity": "2"}
    picked = await scene.picker.do("recordPick", id=newark, missing=[short])
    assert picked["fulfilmentOrder"]["lines"][0]["picked"] == "18"
    await scene.picker.do("packFulfilmentOrder", id=newark)
    await scene.picker.do("shipFulfilmentOrder", id=newark, carrier="Road", trackingNumber="T-1")
    reno = works["RNO"]["id"]
    await scene.picker.do("recordPick", id=reno)
    await scene.picker.do("packFulfilmentOrder", id=reno)
    part = {"lineId": works["RNO"]["lines"][0]["id"], "quantity": "4"}
    first = await scene.picker.do("shipFulfilmentOrder", id=reno, lines=[part])
    assert first["fulfilmentOrder"]["status"] == "PARTIALLY_SHIPPED"
    await scene.picker.do("shipFulfilmentOrder", id=reno)
    await _ship_what_was_missing(scene, order)
    shipped = await scene.buyer.wait_for(order, "SHIPPED")
    quantities = [Decimal(each["lines"][0]["quantity"]) for each in shipped["shipments"]]
    assert sorted(quantities) == [2, 4, 6, 18]


async def _ship_what_was_missing(scene: Scene, order: str) -> None:
    async def is_allocated() -> bool:
        line = (await scene.admin.ask("OrderById", id=order))["lines"][0]
        return Decimal(line["backordered"]) == 0

    await until(is_allocated)
    rest = await scene.admin.do("releaseOrder", orderId=order)
    (work,) = rest["fulfilmentOrders"]
    assert (work["location"]["code"], work["lines"][0]["quantity"]) == ("RNO", "2")
    await _fulfil(scene, work["id"])


async def _fulfil(scene: Scene, work: str) -> str:
    await scene.picker.do("recordPick", id=work)
    await scene.picker.do("packFulfilmentOrder", id=work)
    done = await scene.picker.do("shipFulfilmentOrder", id=work, carrier="Road")
    return str(done["shipment"]["id"])


async def the_shop_order_is_shipped(scene: Scene, order: str) -> str:
    """The order that came from the shop leaves the house."""
    released = await scene.admin.do("releaseOrder", orderId=order)
    (work,) = released["fulfilmentOrders"]
    shipment = await _fulfil(scene, work["id"])
    await scene.changes.until_told("order.shipped", order)
    return shipment


async def the_subscriber_is_told_once_in_effect(scene: Scene, *orders: str) -> None:
    """Each shipment is told, signed; a repetition would carry the same id."""
    shipments = {
        shipment["number"]
        for order in orders
        for shipment in (await scene.admin.ask("OrderById", id=order))["shipments"]
    }

    async def all_told() -> bool:
        return len({each.headers["webhook-id"] for each in scene.subscriber.received}) >= 5

    await until(all_told)
    by_id: dict[str, Received] = {r.headers["webhook-id"]: r for r in scene.subscriber.received}
    now = datetime.now(UTC)
    assert all(
        verify_standard(each.body, each.headers, scene.webhook_secret, now=now)
        for each in scene.subscriber.received
    )
    told = [each.message["data"]["shipment_number"] for each in by_id.values()]
    assert sorted(told) == sorted(shipments)
    assert {each.message["type"] for each in by_id.values()} == {"order.shipped"}


async def the_money_is_traced_both_ways(scene: Scene, order: str, shipment: str) -> None:
    """From each journal line to shipment, order and document, and from the order to the lines; what
    has left was billed by then."""

    async def is_billed() -> bool:
        told = await scene.admin.ask("OrderTraced", id=order)
        return "invoice" in {journal["milestone"] for journal in told["journals"]}

    await until(is_billed)
    down = await scene.admin.ask("OrderTraced", id=order)
    message = down["intakeMessage"]["id"]
    of_shipments = {j["id"] for s in down["shipments"] for j in s["journals"]}
    journals = (await scene.admin.ask("JournalsOfOrder", orderId=order))["nodes"]
    assert of_shipments <= {journal["id"] for journal in journals}
    amounts = {}
    for line in (line for j in journals if j["id"] in of_shipments for line in j["lines"]):
        up = await scene.admin.ask("JournalLineTraced", id=line["id"])
        trace = up["journal"]["trace"]
        found = (trace["shipment"]["id"], trace["order"]["id"], trace["intakeMessage"]["id"])
        assert found == (shipment, order, message)
        amounts[up["leg"]] = Decimal(up["amount"]["amount"])
    assert amounts == {
        "unbilled": Decimal("199.00"),
        "revenue": Decimal("-199.00"),
        "cost_of_goods": Decimal("120.00"),
        "inventory": Decimal("-120.00"),
    }
    [billed] = [journal for journal in journals if journal["milestone"] == "invoice"]
    lines = {line["leg"]: Decimal(line["amount"]["amount"]) for line in billed["lines"]}
    assert lines == {"receivable": Decimal("199.00"), "unbilled": Decimal("-199.00")}


async def the_books_balance(scene: Scene) -> None:
    """Debits are credits in every entity; what was sold is what was shipped."""
    for code, entity in scene.company.entities.items():
        lines = await scene.admin.ask("TrialBalance", entityId=entity)
        debits = sum(Decimal(line["debit"]["amount"]) for line in lines)
        assert debits == sum(Decimal(line["credit"]["amount"]) for line in lines), code
        assert sum(Decimal(line["balance"]["amount"]) for line in lines) == 0, code


# What this line is about; everything else that is checked has tests of its own.
OF_THIS_LINE = {
    "allocation_agrees_with_reservation",
    "balance_is_sum_of_movements",
    "carton_contents_are_packed",
    "cost_covers_what_is_on_hand",
    "decision_gave_what_was_allocated",
    "ended_reservations_keep_nothing",
    "fulfilment_line_agrees_with_allocation",
    "inventory_account_is_value_of_stock",
    "invoice_is_its_lines",
    "journal_balances",
    "journal_has_lines",
    "journal_line_account_of_entity",
    "line_allocated_is_sum_of_allocations",
    "line_shipped_is_sum_of_shipments",
    "no_audit_entry_came_late",
    "nothing_oversold",
    "order_discount_and_tax_close",
    "order_money_closes",
    "order_status_follows_lines",
    "receivables_are_what_is_open",
    "reserved_is_sum_of_open_reservations",
    "shipment_is_billed_once",
    "shipment_is_in_the_books",
    "shipment_left_stock",
    "shipped_order_is_booked_in_full",
    "the_audit_log_is_as_it_was_sealed",
}


async def everything_holds(scene: Scene) -> None:
    """`crossdock check` finds nothing wrong, and did look."""
    parked = await scene.admin.ask("ParkedEvents")
    assert parked["nodes"] == []
    done = await scene.running.command("check", "--json")
    (report,) = done.objects
    assert (done.exit_code, report["violations"]) == (0, [])
    seen = {name for name, count in report["checked"].items() if count}
    assert OF_THIS_LINE - seen == set()

"""Promises through the API: master data, supply that is to come, dates, and who sees what."""

from datetime import timedelta
from typing import Any

import pytest

from api.ids import global_id
from app.http.services import system_clock
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.masters import new_party
from tests.factories.orders import Shop, new_channel, new_shop
from tests.factories.tenants import TenantUnderTest

TODAY = system_clock().date()

ANNOUNCE = """
mutation ($input: AnnounceSuppliesInput!) {
  announceSupplies(input: $input) {
    supplies { id expectedOn open pegged quantity { value unit } item { sku } }
    rows { row status code field }
    userErrors { code message }
  }
}
"""
PROMISE = """
query ($input: PromiseInput!) {
  promise(input: $input) {
    chosen { ...Option }
    options { kind }
  }
}
fragment Option on PromiseOption {
  kind shipsOn deliversOn inTime
  lines { shipsOn deliversOn short { value } item { sku }
          parts { source shipsOn quantity { value unit } buying } }
}
"""
PLACE = """
mutation ($input: PlaceOrderInput!) {
  placeOrder(input: $input) {
    order { id lines { promisedShipOn expectedShipOn promiseAtRisk
                       pegs { source quantity shipsOn supply { id } } } }
    userErrors { code message }
  }
}
"""


@pytest.fixture
async def shop(tenant: TenantUnderTest) -> Shop:
    return await new_shop(tenant, locations=2, items=2)


@pytest.fixture
async def admin(api: ApiUnderTest, tenant: TenantUnderTest) -> ApiCaller:
    return await api.user(tenant, "*")


def item(shop: Shop, place: int = 0) -> str:
    return global_id("Item", shop.setting.item_ids[place])


def location(shop: Shop, place: int = 0) -> str:
    return global_id("Location", shop.setting.location_ids[place])


def channel(shop: Shop) -> str:
    return global_id("Channel", shop.channel_id)


def row(shop: Shop, quantity: str, days: int, **more: Any) -> dict[str, Any]:
    expected_on = (TODAY + timedelta(days=days)).isoformat()
    place = {"itemId": item(shop), "locationId": location(shop)}
    return {**place, "quantity": quantity, "expectedOn": expected_on, **more}


async def announce(admin: ApiCaller, *rows: dict[str, Any], **more: Any) -> Any:
    return (await admin.ask(ANNOUNCE, input={"rows": list(rows), **more})).data["announceSupplies"]


async def test_supplies_are_announced_with_an_outcome_for_each_row(
    admin: ApiCaller, shop: Shop
) -> None:
    done = await announce(
        admin,
        row(shop, "2", 5, unit="CASE", externalReference="PO-1/1"),
        row(shop, "0", 5),
        errorPolicy="REJECT_FAILED_ROWS",
    )
    assert [each["status"] for each in done["rows"]] == ["APPLIED", "FAILED"]
    assert (done["rows"][1]["code"], done["rows"][1]["field"]) == ("BAD_INPUT", "quantity")
    assert done["supplies"][0]["quantity"] == {"value": "20", "unit": "EA"}
    assert done["supplies"][1] is None
    again = await announce(admin, row(shop, "1", 9, unit="CASE", externalReference="PO-1/1"))
    assert again["supplies"][0]["id"] == done["supplies"][0]["id"]
    assert again["supplies"][0]["open"] == "10"


async def test_supply_is_changed_received_and_cancelled(admin: ApiCaller, shop: Shop) -> None:
    done = await announce(admin, row(shop, "10", 5), row(shop, "4", 6))
    first, second = (each["id"] for each in done["supplies"])
    changed = await admin.ask(
        "mutation ($i: ChangeSupplyInput!) { changeSupply(input: $i) "
        "{ supply { open version } userErrors { code } } }",
        i={"id": first, "quantity": "12", "expectedVersion": 1},
    )
    assert changed.data["changeSupply"]["supply"] == {"open": "12", "version": 2}
    receive = (
        "mutation ($i: ReceiveSuppliesInput!) { receiveSupplies(input: $i) { document { number } "
        "supplies { status received open } userErrors { code ... on OverReceiptError "
        "{ open quantity supply { id } } } } }"
    )
    over = await admin.ask(receive, i={"receipts": [{"supplyId": first, "quantity": "13"}]})
    (error,) = over.data["receiveSupplies"]["userErrors"]
    assert error == {
        "code": "OVER_RECEIPT",
        "open": "12",
        "quantity": "13",
        "supply": {"id": first},
    }
    part = await admin.ask(
        receive, i={"receipts": [{"supplyId": first, "quantity": "7", "closes": True}]}
    )
    assert part.data["receiveSupplies"]["supplies"] == [
        {"status": "RECEIVED", "received": "7", "open": "0"}
    ]
    cancelled = await admin.ask(
        "mutation ($i: CancelSupplyInput!) { cancelSupply(input: $i) { supply { status } } }",
        i={"id": second, "reason": "lost"},
    )
    assert cancelled.data["cancelSupply"]["supply"] == {"status": "CANCELLED"}
    listed = await admin.ask(
        "{ expectedSupplies(filter: {status: OPEN}) { nodes { id } totalCount } }"
    )
    assert listed.data["expectedSupplies"] == {"nodes": [], "totalCount": 0}


async def test_a_basket_gets_a_date_and_the_other_ways_there_are(
    admin: ApiCaller, shop: Shop
) -> None:
    await shop.stock(3, location=0)
    await shop.stock(3, location=1)
    await announce(admin, row(shop, "10", 5))
    basket = {"channelId": channel(shop), "lines": [{"itemId": item(shop), "quantity": "8"}]}
    answer = (await admin.ask(PROMISE, input=basket)).data["promise"]
    due = (TODAY + timedelta(days=5)).isoformat()
    assert [option["kind"] for option in answer["options"]] == ["PARTS", "COMPLETE", "ONE_LOCATION"]
    (line,) = answer["chosen"]["lines"]
    assert [(p["source"], p["quantity"]["value"]) for p in line["parts"]] == [
        ("STOCK", "3"),
        ("STOCK", "3"),
        ("EXPECTED", "2"),
    ]
    assert (line["shipsOn"], line["short"]["value"]) == (due, "0")
    wanted = {**basket, "splitAllowed": False, "wantedOn": due}
    alone = (await admin.ask(PROMISE, input=wanted)).data["promise"]["chosen"]
    assert (alone["kind"], alone["inTime"]) == ("ONE_LOCATION", True)


async def test_a_placed_order_shows_its_promise_and_what_it_rests_on(
    admin: ApiCaller, shop: Shop
) -> None:
    supply = (await announce(admin, row(shop, "10", 5)))["supplies"][0]["id"]
    await shop.stock(3)
    lines = [{"itemId": item(shop), "quantity": "5", "unitPrice": "1"}]
    placed = await admin.ask(PLACE, input={"channelId": channel(shop), "lines": lines})
    due = (TODAY + timedelta(days=5)).isoformat()
    (line,) = placed.data["placeOrder"]["order"]["lines"]
    assert line == {
        "promisedShipOn": due,
        "expectedShipOn": due,
        "promiseAtRisk": False,
        "pegs": [{"source": "EXPECTED", "quantity": "2", "shipsOn": due, "supply": {"id": supply}}],
    }


async def test_the_timeline_and_what_a_channel_may_promise(admin: ApiCaller, shop: Shop) -> None:
    await shop.stock(3)
    await announce(admin, row(shop, "10", 5))
    due = (TODAY + timedelta(days=5)).isoformat()
    query = (
        "query ($i: [ID!]!, $c: ID) { availabilityTimelines(itemIds: $i, channelId: $c) "
        "{ location { id } periods { on available } } }"
    )
    for channel_id in (None, channel(shop)):
        answer = await admin.ask(query, i=[item(shop)], c=channel_id)
        whole = answer.data["availabilityTimelines"][0]
        assert whole["location"] is None
        assert whole["periods"] == [
            {"on": TODAY.isoformat(), "available": "3"},
            {"on": due, "available": "13"},
        ]
    answer = await admin.ask(
        "query ($i: [ID!]!, $c: ID!) { channelAvailability(itemIds: $i, channelId: $c) "
        "{ item { sku } fromDays { on available unlimited } } }",
        i=[item(shop)],
        c=channel(shop),
    )
    assert answer.data["channelAvailability"][0]["fromDays"] == [
        {"on": TODAY.isoformat(), "available": "3", "unlimited": False},
        {"on": due, "available": "13", "unlimited": False},
    ]


async def test_a_customer_gets_dates_from_the_portal_and_no_supplier(
    api: ApiUnderTest, tenant: TenantUnderTest, admin: ApiCaller, shop: Shop
) -> None:
    party = await new_party(tenant)
    supplier = await new_party(tenant, is_customer=False, is_supplier=True)
    rows = [
        {
            "itemId": item(shop),
            "supplierId": global_id("Party", supplier),
            "leadDays": 14,
            "minimumQuantity": "10",
            "packSize": "6",
        }
    ]
    set_ = await admin.ask(
        "mutation ($i: SetSupplierItemsInput!) { setSupplierItems(input: $i) { written } }",
        i={"rows": rows},
    )
    assert set_.data["setSupplierItems"] == {"written": 1}
    basket = {"channelId": channel(shop), "lines": [{"itemId": item(shop), "quantity": "8"}]}
    ours = (await admin.ask(PROMISE, input=basket)).data["promise"]["chosen"]
    assert ours["lines"][0]["parts"][0]["buying"] == "12"
    customer = await api.user(tenant, "promise.read", "catalog.read", party_id=party)
    theirs = (await customer.ask(PROMISE, input=basket)).data["promise"]["chosen"]
    (part,) = theirs["lines"][0]["parts"]
    assert (part["source"], part["buying"]) == ("TO_BUY", None)
    assert part["shipsOn"] == (TODAY + timedelta(days=14)).isoformat()
    refused = await customer.ask(
        "query ($i: [ID!]!) { availabilityTimelines(itemIds: $i) { onHand } }", i=[item(shop)]
    )
    assert refused.error_codes == ["FORBIDDEN"]
    seen = await customer.ask(
        "query ($id: ID!) { node(id: $id) { ... on Item { suppliers { leadDays } } } }",
        id=item(shop),
    )
    assert seen.data["node"]["suppliers"] == []


async def test_calendars_and_transit_times_are_kept(admin: ApiCaller, shop: Shop) -> None:
    made = await admin.ask(
        "mutation ($i: CreateWorkingCalendarInput!) { createWorkingCalendar(input: $i) "
        "{ workingCalendar { id workingDays closedDays { on name } } userErrors { code } } }",
        i={
            "code": "DE",
            "name": "Germany",
            "closedDays": [{"on": "2026-12-25", "name": "Christmas"}],
        },
    )
    calendar = made.data["createWorkingCalendar"]["workingCalendar"]
    assert calendar["workingDays"] == "12345"
    assert calendar["closedDays"] == [{"on": "2026-12-25", "name": "Christmas"}]
    await admin.ask(
        "mutation ($i: UpdateLocationInput!) { updateLocation(input: $i) { userErrors { code } } }",
        i={"id": location(shop), "calendarId": calendar["id"], "receivingDays": 1},
    )
    lanes = [{"country": "DE", "days": 1}, {"country": "DE", "postalPrefix": "8", "days": 2}]
    lanes_set = await admin.ask(
        "mutation ($i: SetTransitTimesInput!) { setTransitTimes(input: $i) { location "
        "{ receivingDays calendar { code } transitTimes { country postalPrefix days } } } }",
        i={"locationId": location(shop), "times": lanes},
    )
    assert lanes_set.data["setTransitTimes"]["location"] == {
        "receivingDays": 1,
        "calendar": {"code": "DE"},
        "transitTimes": [
            {"country": "DE", "postalPrefix": "", "days": 1},
            {"country": "DE", "postalPrefix": "8", "days": 2},
        ],
    }


async def test_what_is_at_risk_is_listed_and_renewed(admin: ApiCaller, shop: Shop) -> None:
    supply = (await announce(admin, row(shop, "10", 5)))["supplies"][0]["id"]
    lines = [{"itemId": item(shop), "quantity": "5", "unitPrice": "1"}]
    placed = await admin.ask(PLACE, input={"channelId": channel(shop), "lines": lines})
    order_id = placed.data["placeOrder"]["order"]["id"]
    later = (TODAY + timedelta(days=8)).isoformat()
    await admin.ask(
        "mutation ($i: ChangeSupplyInput!) { changeSupply(input: $i) { userErrors { code } } }",
        i={"id": supply, "expectedOn": later},
    )
    reviewed = await admin.ask(
        "mutation ($i: ReviewPromisesInput!) { reviewPromises(input: $i) { moved atRisk goesOn } }",
        i={"itemIds": [item(shop)]},
    )
    assert reviewed.data["reviewPromises"] == {"moved": 1, "atRisk": 1, "goesOn": False}
    at_risk = "{ orderLinesAtRisk { nodes { expectedShipOn } totalCount } }"
    listed = (await admin.ask(at_risk)).data["orderLinesAtRisk"]
    assert listed == {"nodes": [{"expectedShipOn": later}], "totalCount": 1}
    renewed = await admin.ask(
        "mutation ($i: RenewPromiseInput!) { renewPromise(input: $i) "
        "{ order { lines { promisedShipOn } } } }",
        i={"orderId": order_id},
    )
    assert renewed.data["renewPromise"]["order"]["lines"] == [{"promisedShipOn": later}]
    assert (await admin.ask(at_risk)).data["orderLinesAtRisk"]["totalCount"] == 0


async def test_a_rule_of_a_channel_is_set(admin: ApiCaller, shop: Shop) -> None:
    done = await admin.ask(
        "mutation ($i: SetPromiseRuleInput!) { setPromiseRule(input: $i) "
        "{ promiseRule { pastDueSupplyDays horizonDays channel { id } } userErrors { code } } }",
        i={"channelId": channel(shop), "pastDueSupplyDays": 3, "horizonDays": 20},
    )
    assert done.data["setPromiseRule"]["promiseRule"] == {
        "pastDueSupplyDays": 3,
        "horizonDays": 20,
        "channel": {"id": channel(shop)},
    }
    basket = {"channelId": channel(shop), "lines": [{"itemId": item(shop), "quantity": "8"}]}
    answer = (await admin.ask(PROMISE, input=basket)).data["promise"]["chosen"]
    assert answer["shipsOn"] == (TODAY + timedelta(days=20)).isoformat()


async def test_a_customer_sees_no_rules_of_how_we_promise(
    api: ApiUnderTest, tenant: TenantUnderTest, admin: ApiCaller, shop: Shop
) -> None:
    market = await new_channel(tenant, shop.setting.entity_id, kind="marketplace")
    set_rule = (
        "mutation ($i: SetPromiseRuleInput!) { setPromiseRule(input: $i) { promiseRule { id } } }"
    )
    ids = []
    for channel_id in (None, channel(shop), global_id("Channel", market)):
        done = await admin.ask(set_rule, i={"channelId": channel_id, "horizonDays": 30})
        ids.append(done.data["setPromiseRule"]["promiseRule"]["id"])
    party = await new_party(tenant)
    customer = await api.user(tenant, "promise.read", "channels.read", party_id=party)
    listed = "{ promiseRules { id channel { kind } } }"
    assert [each["id"] for each in (await admin.ask(listed)).data["promiseRules"]] == ids
    assert (await customer.ask(listed)).data["promiseRules"] == []
    node = "query ($id: ID!) { node(id: $id) { id } }"
    seen = [(await customer.ask(node, id=each)).data["node"] for each in ids]
    assert seen == [None, None, None]


async def test_a_wanted_day_is_asked_for_kept_shown_and_changed(
    admin: ApiCaller, shop: Shop
) -> None:
    await shop.stock(9)
    wanted, later = ((TODAY + timedelta(days=days)).isoformat() for days in (20, 25))
    basket = {"channelId": channel(shop), "wantedOn": wanted, "earlyDeliveryAllowed": False}
    told = [{"itemId": item(shop), "quantity": "3"}]
    asked = (await admin.ask(PROMISE, input={**basket, "lines": told})).data["promise"]["chosen"]
    assert (asked["shipsOn"], asked["inTime"]) == (wanted, True)
    early = {**basket, "earlyDeliveryAllowed": True, "lines": told}
    asked = (await admin.ask(PROMISE, input=early)).data["promise"]["chosen"]
    assert (asked["shipsOn"], asked["inTime"]) == (TODAY.isoformat(), True)
    shown = (
        "order { id wantedOn earlyDeliveryAllowed lines { wantedOn wantedShipOn inTime "
        "promisedShipOn } } userErrors { code }"
    )
    lines = [
        {**told[0], "unitPrice": "1"},
        {**told[0], "unitPrice": "1", "wantedShipOn": later},
    ]
    placed = await admin.ask(
        f"mutation ($i: PlaceOrderInput!) {{ placeOrder(input: $i) {{ {shown} }} }}",
        i={**basket, "lines": lines},
    )
    order = placed.data["placeOrder"]["order"]
    assert order == {
        "id": order["id"],
        "wantedOn": wanted,
        "earlyDeliveryAllowed": False,
        "lines": [
            {"wantedOn": wanted, "wantedShipOn": None, "inTime": True, "promisedShipOn": wanted},
            {"wantedOn": None, "wantedShipOn": later, "inTime": True, "promisedShipOn": later},
        ],
    }
    amended = await admin.ask(
        f"mutation ($i: AmendOrderInput!) {{ amendOrder(input: $i) {{ {shown} }} }}",
        i={"orderId": order["id"], "wantedOn": later},
    )
    after = amended.data["amendOrder"]["order"]
    assert after["wantedOn"] == later
    assert [(each["wantedOn"], each["wantedShipOn"]) for each in after["lines"]] == [
        (later, None)
    ] * 2


async def test_a_customers_record_says_whether_early_is_welcome(
    tenant: TenantUnderTest, admin: ApiCaller, shop: Shop
) -> None:
    await shop.stock(1)
    party = global_id("Party", await new_party(tenant))
    done = await admin.ask(
        "mutation ($i: UpdatePartyInput!) { updateParty(input: $i) "
        "{ party { earlyDeliveryAllowed } } }",
        i={"id": party, "earlyDeliveryAllowed": False},
    )
    assert done.data["updateParty"]["party"] == {"earlyDeliveryAllowed": False}
    wanted = (TODAY + timedelta(days=20)).isoformat()
    lines = [{"itemId": item(shop), "quantity": "1", "unitPrice": "1"}]
    placed = await admin.ask(
        PLACE,
        input={
            "channelId": channel(shop),
            "partyId": party,
            "lines": lines,
            "wantedOn": wanted,
        },
    )
    assert placed.data["placeOrder"]["order"]["lines"][0]["promisedShipOn"] == wanted


async def test_the_timeline_says_when_goods_leave_and_are_there(
    admin: ApiCaller, shop: Shop
) -> None:
    await shop.stock(3)
    lanes = [{"country": "DE", "days": 2, "weekendDelivery": True}]
    await admin.ask(
        "mutation ($i: SetTransitTimesInput!) { setTransitTimes(input: $i) "
        "{ userErrors { code } } }",
        i={"locationId": location(shop), "times": lanes},
    )
    answer = await admin.ask(
        "query ($i: [ID!]!, $to: AddressInput) { availabilityTimelines(itemIds: $i, shipTo: $to) "
        "{ location { id } periods { on shipsOn deliversOn } } }",
        i=[item(shop)],
        to={"city": "Hamburg", "country": "DE"},
    )
    whole, here = answer.data["availabilityTimelines"]
    today, there = TODAY.isoformat(), (TODAY + timedelta(days=2)).isoformat()
    assert whole["periods"] == [{"on": today, "shipsOn": None, "deliversOn": None}]
    assert here["periods"] == [{"on": today, "shipsOn": today, "deliversOn": there}]

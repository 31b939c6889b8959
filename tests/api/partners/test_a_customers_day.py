"""A customer's day, over HTTP: what it is offered, at its prices, ordered, changed and shipped."""

from dataclasses import dataclass
from typing import Any

import pytest

from api.ids import global_id
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.masters import new_party, new_price_list, price
from tests.factories.orders import Shop, new_shop
from tests.factories.tenants import TenantUnderTest

CUSTOMER = (
    "entities.read catalog.read channels.read pricing.read orders.read orders.place orders.amend "
    "orders.cancel promise.read fulfilment.read"
).split()
ORDER = """id number status version total { amount }
           lines { quantity shipped promisedShipOn item { sku } }"""


@dataclass(frozen=True, slots=True)
class Day:
    """The shop, its house, a customer and its neighbour."""

    shop: Shop
    house: ApiCaller
    customer: ApiCaller
    neighbour: ApiCaller
    party: str
    channel: str
    items: list[str]


@pytest.fixture
async def day(api: ApiUnderTest, tenant: TenantUnderTest) -> Day:
    """Three items, of which the customer is offered two, at a price of its own from ten on."""
    shop = await new_shop(tenant, items=3)
    for item in range(3):
        await shop.stock(40, item=item, value_minor=40_00)
    party, other = await new_party(tenant), await new_party(tenant)
    everyones = await new_price_list(tenant)
    for item_id in shop.setting.item_ids:
        await price(tenant, everyones, item_id, "9.00", unit="EA")
    own = await new_price_list(tenant, party_id=party)
    first = shop.setting.item_ids[0]
    await price(tenant, own, first, "8.00", unit="EA")
    await price(tenant, own, first, "7.00", unit="EA", minimum_quantity="10")
    house = await api.user(tenant, "*")
    made = Day(
        shop,
        house,
        await api.user(tenant, *CUSTOMER, party_id=party),
        await api.user(tenant, *CUSTOMER, party_id=other),
        global_id("Party", party),
        global_id("Channel", shop.channel_id),
        [global_id("Item", n) for n in shop.setting.item_ids],
    )
    await _house_says(
        made,
        "mutation($i: ChangeAssortmentInput!) "
        "{ changeAssortment(input: $i) { limited userErrors { code } } }",
        {"partyId": made.party, "addItemIds": made.items[:2]},
    )
    await _house_says(
        made,
        "mutation($i: UpdateChannelInput!) "
        "{ updateChannel(input: $i) { channel { id } userErrors { code } } }",
        {"id": made.channel, "availabilityCap": "25"},
    )
    return made


async def _house_says(day: Day, document: str, given: dict[str, Any]) -> Any:
    [done] = (await day.house.ask(document, i=given)).data.values()
    assert done["userErrors"] == []
    return done


async def test_a_customers_day(day: Day) -> None:
    await it_sees_its_catalogue(day)
    await it_sees_its_prices_and_quantity_breaks(day)
    await it_is_told_what_there_is(day)
    order = await it_orders(day)
    order = await it_changes_its_order(day, order)
    await its_order_is_shipped(day, order)
    await it_follows_its_shipments(day, order)
    await its_neighbour_sees_nothing_of_it(day, order)


async def it_sees_its_catalogue(day: Day) -> None:
    """Two of three items; the neighbour, who has no assortment, sees all."""
    catalogue = "{ items { totalCount nodes { id } } }"
    seen = (await day.customer.ask(catalogue)).data["items"]
    assert [node["id"] for node in seen["nodes"]] == day.items[:2]
    assert (await day.neighbour.ask(catalogue)).data["items"]["totalCount"] == 3
    hidden = await day.customer.ask("query($id: ID!) { node(id: $id) { id } }", id=day.items[2])
    assert hidden.data == {"node": None}


async def it_sees_its_prices_and_quantity_breaks(day: Day) -> None:
    """Its own list is before everyone's; the neighbour is not quoted it, nor for it."""
    quote = "query($i: QuoteInput!) { quotePrices(input: $i) }"
    lines = [
        {"itemId": day.items[0], "unit": "EA", "quantity": "1"},
        {"itemId": day.items[0], "unit": "EA", "quantity": "10"},
        {"itemId": day.items[1], "unit": "EA", "quantity": "10"},
    ]
    wanted = {"lines": lines, "currency": "EUR", "channelId": day.channel}
    assert (await day.customer.ask(quote, i=wanted)).data["quotePrices"] == ["8", "7", "9"]
    assert (await day.neighbour.ask(quote, i=wanted)).data["quotePrices"] == ["9", "9", "9"]
    asked = await day.neighbour.ask(quote, i=wanted | {"partyId": day.party})
    assert asked.error_codes == ["NOT_FOUND"]
    breaks = (
        await day.customer.ask(
            "query($i: ID!) { prices(filter: { itemId: $i }) "
            "{ nodes { minimumQuantity unitPrice } } }",
            i=day.items[0],
        )
    ).data["prices"]["nodes"]
    assert [(each["minimumQuantity"], each["unitPrice"]) for each in breaks] == [
        ("1", "9"),
        ("1", "8"),
        ("10", "7"),
    ]


async def it_is_told_what_there_is(day: Day) -> None:
    """Of the forty that lie there the portal tells twenty-five."""
    told = await day.customer.ask(
        "query($c: ID!, $i: [ID!]!) { channelAvailability(channelId: $c, itemIds: $i) "
        "{ fromDays { available level } } }",
        c=day.channel,
        i=day.items[:1],
    )
    [available] = told.data["channelAvailability"]
    assert available["fromDays"] == [{"available": "25", "level": "IN_STOCK"}]


async def it_orders(day: Day) -> dict[str, Any]:
    """Ten at the price of ten; what it is not offered it does not find."""
    place = (
        "mutation($i: PlaceOrderInput!, $key: String!) { placeOrder(input: $i) "
        f"@idempotent(key: $key) {{ order {{ {ORDER} }} userErrors {{ code }} }} }}"
    )
    wanted = {"channelId": day.channel, "lines": [{"itemId": day.items[0], "quantity": "10"}]}
    done = (await day.customer.ask(place, i=wanted, key="first")).data["placeOrder"]
    assert done["userErrors"] == []
    order: dict[str, Any] = done["order"]
    assert (order["status"], order["total"]) == ("ALLOCATED", {"amount": "70.00"})
    assert order["lines"][0]["promisedShipOn"] is not None
    wanted["lines"] = [{"itemId": day.items[2], "quantity": "1"}]
    assert (await day.customer.ask(place, i=wanted, key="other")).error_codes == ["NOT_FOUND"]
    return order


async def it_changes_its_order(day: Day, order: dict[str, Any]) -> dict[str, Any]:
    """One more item; the version that was read before is refused."""
    amend = (
        "mutation($i: AmendOrderInput!, $key: String!) { amendOrder(input: $i) "
        f"@idempotent(key: $key) {{ order {{ {ORDER} }} userErrors {{ code }} }} }}"
    )
    change = {
        "orderId": order["id"],
        "expectedVersion": order["version"],
        "addedLines": [{"itemId": day.items[1], "quantity": "2"}],
    }
    done = (await day.customer.ask(amend, i=change, key="more")).data["amendOrder"]
    assert done["userErrors"] == []
    changed: dict[str, Any] = done["order"]
    assert changed["total"] == {"amount": "88.00"}
    stale = (await day.customer.ask(amend, i=change, key="again")).data["amendOrder"]
    assert [error["code"] for error in stale["userErrors"]] == ["STALE_VERSION"]
    return changed


async def its_order_is_shipped(day: Day, order: dict[str, Any]) -> None:
    """By the house, which the customer cannot hurry: those steps are not its own."""
    steps = (
        ("releaseOrder", "ReleaseOrderInput", "fulfilmentOrders { id }"),
        ("recordPick", "RecordPickInput", "fulfilmentOrder { id }"),
        ("packFulfilmentOrder", "PackFulfilmentOrderInput", "fulfilmentOrder { id }"),
        ("shipFulfilmentOrder", "ShipFulfilmentOrderInput", "fulfilmentOrder { id }"),
    )
    given: dict[str, Any] = {"orderId": order["id"]}
    for name, kind, gives in steps:
        document = (
            f"mutation($i: {kind}!) {{ {name}(input: $i) {{ {gives} userErrors {{ code }} }} }}"
        )
        refused = await day.customer.ask(document, i=given)
        assert refused.error_codes == ["FORBIDDEN"]
        if name == "shipFulfilmentOrder":
            given |= {"carrier": "DHL", "trackingNumber": "T1"}
        done = await _house_says(day, document, given)
        if name == "releaseOrder":
            given = {"id": done["fulfilmentOrders"][0]["id"]}


async def it_follows_its_shipments(day: Day, order: dict[str, Any]) -> None:
    """What has left, by whom, and that its order is done; what it cost us it is not told."""
    seen = (
        await day.customer.ask(
            "query($id: ID!) { order(id: $id) { status shipments { carrier trackingNumber "
            "lines { quantity item { id } } } fulfilmentOrders { status lines { lot } } } "
            "shipments { totalCount } }",
            id=order["id"],
        )
    ).data
    assert seen["order"]["status"] == "SHIPPED"
    [shipment] = seen["order"]["shipments"]
    assert (shipment["carrier"], shipment["trackingNumber"]) == ("DHL", "T1")
    shipped = sorted((line["item"]["id"], line["quantity"]) for line in shipment["lines"])
    assert shipped == sorted([(day.items[0], "10"), (day.items[1], "2")])
    assert seen["shipments"] == {"totalCount": 1}


async def its_neighbour_sees_nothing_of_it(day: Day, order: dict[str, Any]) -> None:
    """No order, shipment or party; and neither sees stock, costs, journals or the audit log."""
    lists = "{ orders { totalCount } shipments { totalCount } fulfilmentOrders { totalCount } }"
    seen = (await day.neighbour.ask(lists)).data
    assert seen == {name: {"totalCount": 0} for name in ("orders", "shipments", "fulfilmentOrders")}
    found = await day.neighbour.ask("query($id: ID!) { node(id: $id) { id } }", id=order["id"])
    assert found.data == {"node": None}
    for field in ("stockBalances", "journals", "auditEntries", "events"):
        answer = await day.customer.ask(f"{{ {field} {{ totalCount }} }}")
        assert answer.error_codes == ["FORBIDDEN"], field

"""A third party's day, over HTTP: asked, it says yes, no or in part, ships, and tells its stock."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from api.ids import global_id
from domain.allocation.operations.allocate import reallocate_backorders
from domain.catalog.models import Item
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

THIRD_PARTY = (
    "entities.read catalog.read inventory.read inventory.report fulfilment.read fulfilment.pick "
    "fulfilment.pack fulfilment.ship"
).split()
WORK = """id number version status acceptance cancellation cancellationReason supportedActions
          location { id } lines { id quantity picked shipped item { sku } }"""
STEPS = {
    "acceptFulfilmentOrder": "AcceptFulfilmentOrderInput",
    "rejectFulfilmentOrder": "RejectFulfilmentOrderInput",
    "answerCancellation": "AnswerCancellationInput",
    "cancelFulfilmentOrder": "CancelFulfilmentOrderInput",
    "recordPick": "RecordPickInput",
    "packFulfilmentOrder": "PackFulfilmentOrderInput",
    "shipFulfilmentOrder": "ShipFulfilmentOrderInput",
}


@dataclass(frozen=True, slots=True)
class Day:
    """The shop, its house, the third party and its neighbour."""

    shop: Shop
    house: ApiCaller
    here: ApiCaller
    there: ApiCaller
    sku: str

    async def work(self, caller: ApiCaller, state: str) -> list[dict[str, Any]]:
        """The work that the caller sees in a state of acceptance."""
        listed = await caller.ask(
            f"{{ fulfilmentOrders(filter: {{ acceptance: {state} }}) {{ nodes {{ {WORK} }} }} }}"
        )
        nodes: list[dict[str, Any]] = listed.data["fulfilmentOrders"]["nodes"]
        return nodes

    async def step(self, caller: ApiCaller, name: str, **given: Any) -> dict[str, Any]:
        """One step of the work, and the work then."""
        done = (await caller.ask(_step(name), i=given)).data[name]
        assert done["userErrors"] == []
        after: dict[str, Any] = done["fulfilmentOrder"]
        return after


def _step(name: str) -> str:
    gives = f"fulfilmentOrder {{ {WORK} }} userErrors {{ code }}"
    return f"mutation($i: {STEPS[name]}!) {{ {name}(input: $i) {{ {gives} }} }}"


@pytest.fixture
async def day(api: ApiUnderTest, tenant: TenantUnderTest) -> Day:
    """Twenty at the third party, which is asked; two orders of five are released to it."""
    shop = await new_shop(tenant, locations=2)
    await shop.stock(20, value_minor=20_00)
    house = await api.user(tenant, "*")
    places = shop.setting.location_ids
    here = await api.user(tenant, *THIRD_PARTY, location_id=places[0])
    there = await api.user(tenant, *THIRD_PARTY, location_id=places[1])
    asks = {"id": global_id("Location", shop.setting.location_ids[0]), "asksAcceptance": True}
    told = await house.ask(
        "mutation($i: UpdateLocationInput!) "
        "{ updateLocation(input: $i) { location { asksAcceptance } } }",
        i=asks,
    )
    assert told.data["updateLocation"] == {"location": {"asksAcceptance": True}}
    for _ in range(2):
        placed = await shop.place(shop.line(5))
        released = await house.ask(
            "mutation($i: ReleaseOrderInput!) { releaseOrder(input: $i) { userErrors { code } } }",
            i={"orderId": global_id("Order", placed.order_id)},
        )
        assert released.data["releaseOrder"] == {"userErrors": []}
    async with tenant.read() as reader:
        sku = await reader.value(select(Item.sku).where(Item.tenant_id == tenant.id))
    return Day(shop, house, here, there, sku)


async def test_a_third_partys_day(day: Day) -> None:
    first, second = await it_is_asked(day)
    await it_rejects_one_and_its_neighbour_has_it(day, first)
    await it_takes_a_part_of_the_other_on(day, second)
    await it_does_not_let_go(day, second)
    await it_ships_what_it_found(day, second)
    await it_tells_its_stock(day)
    await it_sees_nothing_of_the_house_or_its_neighbour(day, first)
    assert await violations(day.shop.tenant) == {}


async def it_is_asked(day: Day) -> list[dict[str, Any]]:
    """Two pieces of work, of which nothing is done before it says yes; its neighbour has none."""
    asked = await day.work(day.here, "REQUESTED")
    assert [work["supportedActions"] for work in asked] == [["ACCEPT", "REJECT"]] * 2
    assert await day.work(day.there, "REQUESTED") == []
    done = (await day.here.ask(_step("recordPick"), i={"id": asked[0]["id"]})).data["recordPick"]
    assert [error["code"] for error in done["userErrors"]] == ["INVALID_STATE"]
    for name, given in (
        ("acceptFulfilmentOrder", {}),
        ("rejectFulfilmentOrder", {"reason": "CAPACITY"}),
        ("recordPick", {}),
    ):
        foreign = await day.there.ask(_step(name), i={"id": asked[0]["id"]} | given)
        assert foreign.error_codes == ["NOT_FOUND"]
    return asked


async def it_rejects_one_and_its_neighbour_has_it(day: Day, work: dict[str, Any]) -> None:
    """It has no hands for it; once the neighbour has stock, the worker takes it from there."""
    after = await day.step(day.here, "rejectFulfilmentOrder", id=work["id"], reason="CAPACITY")
    assert (after["status"], after["supportedActions"]) == ("CANCELLED", [])
    await day.shop.stock(5, location=1, value_minor=5_00)
    async with day.shop.tenant.work() as unit:
        await reallocate_backorders(unit, item_ids=list(day.shop.setting.item_ids))
    assert await day.shop.available(location=1) == 0


async def it_takes_a_part_of_the_other_on(day: Day, work: dict[str, Any]) -> None:
    """Three of five; the other two are rejected with it."""
    [line] = work["lines"]
    after = await day.step(
        day.here,
        "acceptFulfilmentOrder",
        id=work["id"],
        lines=[{"lineId": line["id"], "quantity": "3"}],
        reason="CAPACITY",
        expectedVersion=work["version"],
    )
    assert (after["acceptance"], after["lines"][0]["quantity"]) == ("ACCEPTED", "3")
    assert after["supportedActions"] == ["PICK", "REJECT"]


async def it_does_not_let_go(day: Day, work: dict[str, Any]) -> None:
    """The house wants it back, and is told why not."""
    asked = await day.step(day.house, "cancelFulfilmentOrder", id=work["id"])
    assert (asked["status"], asked["cancellation"]) == ("RELEASED", "REQUESTED")
    forbidden = await day.here.ask(_step("cancelFulfilmentOrder"), i={"id": work["id"]})
    assert forbidden.error_codes == ["FORBIDDEN"]
    after = await day.step(
        day.here, "answerCancellation", id=work["id"], accepted=False, reason="On the truck"
    )
    assert (after["cancellation"], after["cancellationReason"]) == ("REFUSED", "On the truck")


async def it_ships_what_it_found(day: Day, work: dict[str, Any]) -> None:
    """Two of the three that it took on; the third waits for stock again."""
    [line] = work["lines"]
    await day.step(
        day.here,
        "recordPick",
        id=work["id"],
        lines=[{"lineId": line["id"], "quantity": "2"}],
        missing=[{"lineId": line["id"], "quantity": "1"}],
    )
    await day.step(day.here, "packFulfilmentOrder", id=work["id"])
    after = await day.step(day.here, "shipFulfilmentOrder", id=work["id"], trackingNumber="3PL-1")
    assert (after["status"], after["lines"][0]["shipped"]) == ("SHIPPED", "2")
    seen = await day.here.ask("{ shipments { nodes { trackingNumber lines { quantity } } } }")
    assert seen.data["shipments"]["nodes"] == [
        {"trackingNumber": "3PL-1", "lines": [{"quantity": "2"}]}
    ]


async def it_tells_its_stock(day: Day) -> None:
    """What lies there is what the books say; what it says of its neighbour is not heard."""
    report = (
        "mutation($i: ReconcileSnapshotInput!) { reconcileSnapshot(input: $i) "
        "{ stockCount { status } userErrors { code } } }"
    )
    moment = day.shop.tenant.now.isoformat()
    rows = [{"code": day.sku, "onHand": "18"}]
    here, there = (global_id("Location", place) for place in day.shop.setting.location_ids)
    given = {"locationId": here, "asOf": moment, "rows": rows}
    done = (await day.here.ask(report, i=given)).data["reconcileSnapshot"]
    assert done["userErrors"] == []
    foreign = await day.here.ask(report, i=given | {"locationId": there})
    assert foreign.error_codes == ["NOT_FOUND"]
    seen = await day.here.ask("{ stockBalances { nodes { onHand { value } location { id } } } }")
    assert seen.data["stockBalances"]["nodes"] == [
        {"onHand": {"value": "18"}, "location": {"id": here}}
    ]


async def it_sees_nothing_of_the_house_or_its_neighbour(day: Day, work: dict[str, Any]) -> None:
    """No prices, orders, customers, books or other locations."""
    for field in ("orders", "journals", "priceLists", "channels", "auditEntries", "events"):
        answer = await day.here.ask(f"{{ {field} {{ totalCount }} }}")
        assert answer.error_codes == ["FORBIDDEN"], field
    seen = (await day.here.ask("{ locations { totalCount } parties { totalCount } }")).data
    assert seen == {"locations": {"totalCount": 1}, "parties": {"totalCount": 0}}
    found = await day.there.ask("query($id: ID!) { node(id: $id) { id } }", id=work["id"])
    assert found.data == {"node": None}
    assert await day.shop.available(location=0) <= Decimal(18)

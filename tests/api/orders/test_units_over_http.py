"""Bought in pallets, kept in pieces, ordered in any unit, over HTTP: what adds up in fractions adds
up here, to the last piece, and every quantity is shown as it was given."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.ids import global_id
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

SET_UNIT = """
mutation ($i: SetItemUnitInput!) { setItemUnit(input: $i) { userErrors { code message } } }
"""
RECEIVE = """
mutation ($i: ReceiveStockInput!) {
  receiveStock(input: $i) { balances { onHand { value unit } } userErrors { code } }
}
"""
PLACE = """
mutation ($i: PlaceOrderInput!) {
  placeOrder(input: $i) {
    order { id lines { ordered { value unit } quantity allocated backordered } }
    userErrors { code }
  }
}
"""
RELEASE = """
mutation ($i: ReleaseOrderInput!) {
  releaseOrder(input: $i) { fulfilmentOrders { id } userErrors { code } }
}
"""
STEP = "mutation ($i: {0}Input!) {{ {1}(input: $i) {{ {2} userErrors {{ code }} }} }}"
PICK = STEP.format("RecordPick", "recordPick", "")
PACK = STEP.format("PackFulfilmentOrder", "packFulfilmentOrder", "")
SHIP = STEP.format("ShipFulfilmentOrder", "shipFulfilmentOrder", "shipment { lines { quantity } }")
LEFT = """
query ($id: ID!) { availability(itemIds: [$id]) { onHand { value } reserved { value } } }
"""
BASE, BOUGHT, SOLD = "EA", "PALLET", ("EA", "CASE", "INNER")

RATIOS = st.tuples(st.integers(1, 500), st.sampled_from([1, 2, 3, 4, 7, 12, 1000]))
AMOUNTS = st.one_of(
    st.integers(1, 400).map(Decimal),
    st.decimals(min_value=Decimal("0.001"), max_value=Decimal(50), places=3),
)
ORDERED = st.lists(st.tuples(AMOUNTS, st.sampled_from(SOLD)), min_size=1, max_size=4)


def in_pieces(amount: Decimal, unit: str, units: dict[str, tuple[int, int]]) -> Fraction | None:
    """What it is in pieces; None where that cannot be kept with six decimals."""
    found = Fraction(amount) * Fraction(*units.get(unit, (1, 1)))
    return found if (found * 1_000_000).denominator == 1 else None


async def done(user: ApiCaller, document: str, **input: Any) -> Any:
    """The payload of a mutation that has one field."""
    (payload,) = (await user.ask(document, i=input)).data.values()
    return payload


async def with_units(user: ApiCaller, shop: Shop, units: dict[str, tuple[int, int]]) -> str:
    """The global id of the shop's item, which has these units now."""
    item = global_id("Item", shop.setting.item_ids[0])
    for unit, (numerator, denominator) in units.items():
        ratio = {"numerator": str(numerator), "denominator": str(denominator)}
        assert (await done(user, SET_UNIT, itemId=item, unit=unit, **ratio))["userErrors"] == []
    return item


async def shipped_of(user: ApiCaller, order_id: str) -> Fraction:
    """What leaves of the order, all of what it was given."""
    total = Fraction(0)
    for work in (await done(user, RELEASE, orderId=order_id))["fulfilmentOrders"]:
        for step in (PICK, PACK):
            assert (await done(user, step, id=work["id"]))["userErrors"] == []
        shipment = (await done(user, SHIP, id=work["id"]))["shipment"]
        total += sum(Fraction(line["quantity"]) for line in shipment["lines"])
    return total


async def ordered_by(
    user: ApiCaller, shop: Shop, item: str, lines: Sequence[tuple[Decimal, str]]
) -> Any:
    """What placeOrder answered to lines of (quantity, unit)."""
    told = [
        {"itemId": item, "quantity": str(amount), "unit": unit, "unitPrice": "1"}
        for amount, unit in lines
    ]
    return await done(user, PLACE, channelId=global_id("Channel", shop.channel_id), lines=told)


@given(RATIOS, RATIOS, RATIOS, st.integers(1, 5), ORDERED)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_what_comes_in_pallets_leaves_in_any_unit_to_the_last_piece(
    api: ApiUnderTest,
    tenant: TenantUnderTest,
    pallet: tuple[int, int],
    case: tuple[int, int],
    inner: tuple[int, int],
    pallets: int,
    lines: list[tuple[Decimal, str]],
) -> None:
    shop, user = await new_shop(tenant), await api.user(tenant, "*")
    units = {"PALLET": pallet, "CASE": case, "INNER": inner}
    item = await with_units(user, shop, units)
    came = in_pieces(Decimal(pallets), BOUGHT, units)
    place = global_id("Location", shop.setting.location_ids[0])
    receipt = {"itemId": item, "quantity": str(pallets), "unit": BOUGHT, "unitCost": "3.33"}
    received = await done(user, RECEIVE, locationId=place, lines=[receipt])
    if came is None:
        assert [error["code"] for error in received["userErrors"]] == ["QUANTITY_NOT_EXACT"]
        return
    (balance,) = received["balances"]
    assert (Fraction(balance["onHand"]["value"]), balance["onHand"]["unit"]) == (came, BASE)
    wanted = [in_pieces(amount, unit, units) for amount, unit in lines]
    placed = await ordered_by(user, shop, item, lines)
    if None in wanted:
        assert [error["code"] for error in placed["userErrors"]] == ["QUANTITY_NOT_EXACT"]
        assert placed["order"] is None
        return
    shown = placed["order"]["lines"]
    assert [(Decimal(s["ordered"]["value"]), s["ordered"]["unit"]) for s in shown] == lines
    assert [Fraction(each["quantity"]) for each in shown] == wanted
    given_ = sum(Fraction(each["allocated"]) for each in shown)
    assert given_ == min(came, sum(each for each in wanted if each is not None))
    assert await shipped_of(user, placed["order"]["id"]) == given_
    (left,) = (await user.ask(LEFT, id=item)).data["availability"]
    assert Fraction(left["onHand"]["value"]) == came - given_
    assert await violations(tenant) == {}


async def test_two_hundred_stay_two_hundred(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    shop, user = await new_shop(tenant), await api.user(tenant, "*")
    item = await with_units(user, shop, {"PALLET": (200, 1), "CASE": (20, 3)})
    place = global_id("Location", shop.setting.location_ids[0])
    receipt = {"itemId": item, "quantity": "1", "unit": "PALLET"}
    received = await done(user, RECEIVE, locationId=place, lines=[receipt])
    assert received["balances"][0]["onHand"] == {"value": "200", "unit": "EA"}
    placed = await ordered_by(user, shop, item, [(Decimal(30), "CASE")])
    (line,) = placed["order"]["lines"]
    assert line == {
        "ordered": {"value": "30", "unit": "CASE"},
        "quantity": "200",
        "allocated": "200",
        "backordered": "0",
    }

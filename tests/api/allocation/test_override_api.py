"""Overrides over GraphQL: one asks, another says yes, both orders show it."""

from datetime import timedelta

from api.ids import global_id
from app.http.services import system_clock
from tests.factories.api import ApiUnderTest
from tests.factories.orders import new_shop
from tests.factories.tenants import TenantUnderTest

ASK = """
mutation($i: RequestAllocationOverrideInput!) {
  requestAllocationOverride(input: $i) {
    approvalRequest { id subject title status summary reason supportedActions }
    userErrors { code path ... on OverrideNotPossibleError { why requested available } }
  }
}
"""
APPROVE = """
mutation($i: DecideApprovalInput!) {
  approveRequest(input: $i) { approvalRequest { status } userErrors { code } }
}
"""
ORDER = """
query($id: ID!) { order(id: $id) { status lines { allocated backordered } } }
"""


async def test_one_asks_another_says_yes_and_both_orders_show_it(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    holds, waits = await shop.place(shop.line(5)), await shop.place(shop.line(4))
    wanted = {
        "orderLineId": global_id("OrderLine", waits.line_ids[0]),
        "fromOrderLineId": global_id("OrderLine", holds.line_ids[0]),
        "quantity": "3",
        "reason": "gold customer",
        "expiresAt": (system_clock() + timedelta(days=1)).isoformat(),
    }
    planner = await api.user(
        tenant, "allocation.override", "approvals.request", "approvals.read", "approvals.decide"
    )
    lead = await api.user(
        tenant, "approvals.read", "approvals.decide", "allocation.approve", "orders.read"
    )
    answer = (await planner.ask(ASK, i=wanted)).data["requestAllocationOverride"]
    request = answer["approvalRequest"]
    summary = f"3 for order {waits.number} from order {holds.number}"
    assert request == {
        "id": request["id"],
        "subject": "allocation_override",
        "title": "Stock against the rules",
        "status": "WAITING",
        "summary": summary,
        "reason": "gold customer",
        "supportedActions": ["withdraw"],
    }
    assert (await planner.ask(APPROVE, i={"id": request["id"]})).error_codes == ["FORBIDDEN"]
    told = (await lead.ask(APPROVE, i={"id": request["id"]})).data["approveRequest"]
    assert told == {"approvalRequest": {"status": "APPROVED"}, "userErrors": []}
    for placed, allocated, backordered in ((holds, "2", "3"), (waits, "3", "1")):
        order = (await lead.ask(ORDER, id=global_id("Order", placed.order_id))).data["order"]
        assert order == {
            "status": "PARTIALLY_ALLOCATED",
            "lines": [{"allocated": allocated, "backordered": backordered}],
        }


async def test_what_cannot_be_is_told_with_how_much_could(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(2)
    order = await shop.place(shop.line(4))
    place = global_id("Location", shop.setting.location_ids[0])
    wanted = {
        "orderLineId": global_id("OrderLine", order.line_ids[0]),
        "fromLocationId": place,
        "quantity": "1",
        "reason": "now",
    }
    planner = await api.user(tenant, "*")
    answer = (await planner.ask(ASK, i=wanted)).data["requestAllocationOverride"]
    assert answer == {
        "approvalRequest": None,
        "userErrors": [
            {
                "code": "OVERRIDE_NOT_POSSIBLE",
                "path": ["quantity"],
                "why": "location_has_less",
                "requested": "1",
                "available": "0",
            }
        ],
    }
    clerk = await api.user(tenant, "allocation.run")
    assert (await clerk.ask(ASK, i=wanted)).error_codes == ["FORBIDDEN"]

"""A request followed from asking to its end, over a real WebSocket."""

from api.ids import global_id
from domain.allocation.operations.hold_order import (
    hold_order_for_credit,
    request_credit_release,
)
from domain.approvals.operations import approve
from tests.factories.api import ApiUnderTest
from tests.factories.approvals import new_staff, policy_in_effect, rule, step
from tests.factories.live_api import listening, subscriber
from tests.factories.orders import new_shop
from tests.factories.tenants import TenantUnderTest

WATCH = """
subscription($id: ID, $after: ID) {
  approvalChanged(id: $id, after: $after) {
    eventType approvalRequest { status steps { given needed } }
  }
}
"""
RIGHTS = ("approvals.decide", "orders.approve")


async def test_a_request_is_followed_to_its_end(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    staff = await new_staff(tenant, {"bob": [], "cat": []}, rights=RIGHTS)
    two = rule("r", step("two", needed=2))
    await policy_in_effect(tenant, two, subject="credit_hold_release")
    shop = await new_shop(tenant)
    placed = await shop.place(shop.line(2))
    async with tenant.work() as work:
        await hold_order_for_credit(work, order_id=placed.order_id, reason="overdue")
        number = await request_credit_release(work, order_id=placed.order_id, reason="paid")
    watcher = await api.user(tenant, "approvals.read")
    async with listening(api) as port, subscriber(port, watcher.token or "") as watching:
        which = {"id": global_id("ApprovalRequest", number), "after": global_id("Event", 1)}
        await watching.subscribe(WATCH, **which)
        told = [await watching.next()]
        for name in ("bob", "cat"):
            async with tenant.work(as_=staff[name]) as work:
                await approve(work, request_id=number)
            api.services.feed.touched(tenant.id, [("approval_request", number)])
            told.append(await watching.next())
    assert [
        (
            each["approvalChanged"]["eventType"],
            each["approvalChanged"]["approvalRequest"]["status"],
            each["approvalChanged"]["approvalRequest"]["steps"],
        )
        for each in told
    ] == [
        ("approval.requested", "WAITING", [{"given": 0, "needed": 2}]),
        ("approval.given", "WAITING", [{"given": 1, "needed": 2}]),
        ("approval.decided", "APPROVED", [{"given": 2, "needed": 2}]),
    ]

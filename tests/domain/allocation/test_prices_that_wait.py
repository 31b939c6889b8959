"""Prices further from the list than allowed wait for approval, on every path by which an order gets
them; until then nothing of it is released, and it goes back to what was agreed when nobody does."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.allocation.operations.amend_order import LineAmendment, amend_order
from domain.allocation.operations.cancel_order import cancel_order
from domain.allocation.operations.hold_order import hold_order, unhold_order
from domain.allocation.ordering import OrderedLine
from domain.allocation.outcomes import PriceNeedsApproval
from domain.allocation.placing import PlacedOrder, place
from domain.approvals.ending import expire_requests
from domain.approvals.models import ApprovalRequest
from domain.approvals.operations import approve, reject, withdraw
from domain.approvals.outcomes import AwaitingApproval
from domain.entities.operations.parties import create_party
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.outcomes import OrderIsHeld
from domain.kernel.errors import InvalidState, NotPermitted
from domain.orders.capture import NewLine, NewOrder
from domain.pricing.operations.limits import set_price_override_limit
from domain.pricing.operations.price_lists import create_price_list
from domain.pricing.operations.prices import set_prices
from domain.pricing.price_writing import WantedPrice
from tests.factories.approvals import new_staff, policy_in_effect, rule, step
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

BOSS = ("approvals.read", "approvals.decide", "pricing.approve")


@pytest.fixture
async def shop(tenant: TenantUnderTest) -> Shop:
    """A shop whose items cost 10.00 on the list, and where 10 % off is allowed."""
    made = await new_shop(tenant, items=2, locations=1)
    async with tenant.work() as work:
        prices = await create_price_list(work, code="L", name="L", currency="EUR")
        wanted = [
            WantedPrice(item_id=item, unit="EA", unit_price=Decimal("10.00"))
            for item in made.setting.item_ids
        ]
        await set_prices(work, price_list_id=prices, prices=wanted)
        await set_price_override_limit(work, percent=Decimal(10))
    await made.stock(100)
    return made


async def _requests(shop: Shop) -> list[Any]:
    async with shop.tenant.read() as reader:
        return list(
            await reader.rows(
                select(*ApprovalRequest.__table__.c)
                .where(ApprovalRequest.tenant_id == shop.tenant.id)
                .order_by(ApprovalRequest.id)
            )
        )


async def _decide(shop: Shop, decide: Any = approve) -> None:
    [*_, latest] = await _requests(shop)
    async with shop.tenant.work(as_=shop.tenant.user(*BOSS, id=77)) as work:
        await decide(work, request_id=latest.id)


async def _refused_release(shop: Shop, order_id: int) -> str:
    with pytest.raises(OrderIsHeld) as told:
        async with shop.tenant.work() as work:
            await release_order(work, order_id=order_id)
    return str(told.value.fields["reason"])


async def _released(shop: Shop, order_id: int) -> int:
    async with shop.tenant.work() as work:
        return len(await release_order(work, order_id=order_id))


@pytest.mark.parametrize(("price", "waits"), [("9.00", False), ("8.99", True), ("11.01", True)])
async def test_a_price_beyond_the_limit_holds_the_order_until_it_is_approved(
    shop: Shop, price: str, waits: bool
) -> None:
    placed = await shop.place(shop.line(3, price=price), shop.line(1, item=1, price="10.00"))
    assert placed.status == ("held" if waits else "partially_allocated")
    if not waits:
        assert await _requests(shop) == []
        return
    [request] = await _requests(shop)
    assert (request.subject, request.subject_id) == ("price_override", placed.order_id)
    assert request.facts["kind"] == ("below" if price == "8.99" else "above")
    assert Decimal(request.facts["percent"]) == Decimal("10.1")
    assert request.facts["amount_minor"] == (-303 if price == "8.99" else 303)
    assert [line.price_beyond_limit for line in await shop.lines(placed.order_id)] == [True, False]
    assert await shop.figures(placed.order_id) == [(3, 0, 0, 0), (0, 0, 0, 1)]
    await _refused_release(shop, placed.order_id)
    await _decide(shop)
    assert (await shop.order(placed.order_id)).status == "partially_allocated"
    assert await _released(shop, placed.order_id) == 1
    assert await violations(shop.tenant) == {}


async def test_no_other_path_lets_it_go(shop: Shop) -> None:
    placed = await shop.place(shop.line(3, price="5.00"))
    order_id = placed.order_id
    with pytest.raises(InvalidState):
        async with shop.tenant.work() as work:
            await unhold_order(work, order_id=order_id)
    async with shop.tenant.work() as work:
        await hold_order(work, order_id=order_id, reason="by hand")
    async with shop.tenant.work() as work:
        assert await unhold_order(work, order_id=order_id) == "held"
    [line] = await shop.lines(order_id)
    async with shop.tenant.work() as work:
        smaller = [LineAmendment(line.id, Decimal(2))]
        assert await amend_order(work, order_id=order_id, lines=smaller) == "held"
    async with shop.tenant.work() as work:
        assert await amend_order(work, order_id=order_id, ship_to={"country": "DE"}) == "held"
    for more in (
        {"lines": [LineAmendment(line.id, Decimal(9))]},
        {"added": [shop.line(1, item=1, price="1.00")]},
    ):
        with pytest.raises(AwaitingApproval):
            async with shop.tenant.work() as work:
                await amend_order(work, order_id=order_id, **more)
    await _refused_release(shop, order_id)
    assert len(await _requests(shop)) == 1


async def test_amending_documents_and_many_at_once_are_held_like_placing(shop: Shop) -> None:
    plain = await shop.place(shop.line(1, price="10.00"))
    async with shop.tenant.work() as work:
        added = [shop.line(2, item=0, price="5.00")]
        assert await amend_order(work, order_id=plain.order_id, added=added) == "held"
    await _refused_release(shop, plain.order_id)
    outcomes = await _place_documents(shop, ["5.00", "9.50", None])
    assert [each.status for each in outcomes] == ["held", "allocated", "allocated"]
    await _refused_release(shop, outcomes[0].order_id)
    assert [row.subject_id for row in await _requests(shop)] == [
        plain.order_id,
        outcomes[0].order_id,
    ]


async def _place_documents(shop: Shop, prices: list[str | None]) -> list[PlacedOrder]:
    """Orders as the intake places them, in one transaction; without a price: one that is free by
    a discount on the whole document, which no line says."""
    orders = [
        NewOrder(
            channel_id=shop.channel_id,
            entity_id=shop.setting.entity_id,
            party_id=None,
            currency="EUR",
            ordered_at=shop.tenant.now,
            external_id=f"doc-{n}",
            lines=(
                NewLine(
                    item_id=shop.setting.item_ids[0],
                    quantity_ordered=Decimal(1),
                    unit="EA",
                    quantity=Decimal(1),
                    unit_price=Decimal(price or "10.00"),
                    own_price=price is not None,
                ),
            ),
        )
        for n, price in enumerate(prices)
    ]
    async with shop.tenant.work() as work:
        outcomes = await place(work, orders)
    return [each for each in outcomes if isinstance(each, PlacedOrder)]


async def test_more_of_a_line_that_was_approved_waits_again_and_goes_back(shop: Shop) -> None:
    placed = await shop.place(shop.line(3, price="5.00"))
    await _decide(shop)
    [line] = await shop.lines(placed.order_id)
    async with shop.tenant.work() as work:
        more = [LineAmendment(line.id, Decimal(30))]
        assert await amend_order(work, order_id=placed.order_id, lines=more) == "held"
    assert await shop.figures(placed.order_id) == [(30, 0, 0, 0)]
    await _refused_release(shop, placed.order_id)
    await _decide(shop, reject)
    assert await shop.figures(placed.order_id) == [(3, 0, 0, 0)]
    order = await shop.order(placed.order_id)
    assert (order.status, order.total_minor) == ("allocated", 1500)
    assert await shop.available() == 97
    assert await violations(shop.tenant) == {}


async def test_prices_of_which_nobody_says_anything_expire_order_by_order(shop: Shop) -> None:
    await new_staff(shop.tenant, {"ann": []}, rights=BOSS)
    await policy_in_effect(
        shop.tenant, rule("r", step("s"), expires_after_minutes=60), subject="price_override"
    )
    placed = [await shop.place(shop.line(2, price="5.00")) for _ in range(3)]
    async with shop.tenant.at(shop.tenant.now + timedelta(hours=1)).work() as work:
        assert await expire_requests(work) == 3
    for each in placed:
        order = await shop.order(each.order_id)
        assert (order.status, order.guarded_holds) == ("cancelled", [])
    assert await shop.available() == 100
    assert await violations(shop.tenant) == {}


@pytest.mark.parametrize("how", [reject, withdraw])
async def test_prices_that_nobody_approves_cancel_their_lines_and_free_the_stock(
    shop: Shop, how: Any
) -> None:
    both = await shop.place(shop.line(3, price="5.00"), shop.line(4, price="10.00"))
    if how is reject:
        await _decide(shop, reject)
    else:
        [request] = await _requests(shop)
        async with shop.tenant.work() as work:
            await withdraw(work, request_id=request.id)
    assert await shop.figures(both.order_id) == [(0, 0, 3, 0), (4, 0, 0, 0)]
    order = await shop.order(both.order_id)
    assert (order.status, order.total_minor, order.guarded_holds) == ("allocated", 4000, [])
    assert await shop.available() == 96
    assert await _released(shop, both.order_id) == 1
    assert await violations(shop.tenant) == {}


async def test_of_an_order_that_ended_meanwhile_nothing_is_approved(shop: Shop) -> None:
    placed = await shop.place(shop.line(3, price="5.00"))
    async with shop.tenant.work() as work:
        await cancel_order(work, order_id=placed.order_id, reason="no")
    with pytest.raises(InvalidState):
        await _decide(shop)
    await _decide(shop, reject)
    order = await shop.order(placed.order_id)
    assert (order.status, order.guarded_holds) == ("cancelled", [])


async def test_a_decision_while_the_order_changes_is_about_what_is_there(shop: Shop) -> None:
    for decide in (approve, reject):
        placed = await shop.place(shop.line(3, price="5.00"))

        async def cancel(order_id: int = placed.order_id) -> None:
            async with shop.tenant.work() as work:
                await cancel_order(work, order_id=order_id, reason="no")

        await asyncio.gather(_decide(shop, decide), cancel(), return_exceptions=True)
        assert (await shop.order(placed.order_id)).status == "cancelled"
    assert await shop.available() == 100
    assert await violations(shop.tenant) == {}
    assert await violations(shop.tenant) == {}


async def test_a_rule_may_let_small_ones_go_by_itself_and_ask_a_step_for_the_others(
    shop: Shop,
) -> None:
    await new_staff(shop.tenant, {"ann": []}, rights=BOSS)
    await policy_in_effect(
        shop.tenant,
        rule("small", automatic=True, condition={"percent_below": "25", "kinds": ["below"]}),
        rule("large", step("sales"), condition={"percent_from": "25"}),
        subject="price_override",
    )
    small = await shop.place(shop.line(1, price="8.00"))
    large = await shop.place(shop.line(1, price="7.50"))
    assert (small.status, large.status) == ("allocated", "held")
    assert await _released(shop, small.order_id) == 1
    assert [(row.status, row.rule) for row in await _requests(shop)] == [
        ("approved", "small"),
        ("waiting", "large"),
    ]
    line = (await shop.lines(small.order_id))[0]
    assert line.price_beyond_limit


async def test_the_channels_own_limit_comes_first_and_a_price_without_list_waits(
    shop: Shop,
) -> None:
    async with shop.tenant.work() as work:
        await set_price_override_limit(work, percent=Decimal(60), channel_id=shop.channel_id)
    assert (await shop.place(shop.line(1, price="5.00"))).status == "allocated"
    async with shop.tenant.work() as work:
        await set_price_override_limit(work, percent=None, channel_id=shop.channel_id)
    assert (await shop.place(shop.line(1, price="5.00"))).status == "held"
    line = OrderedLine(
        item_id=shop.setting.item_ids[0], quantity=Decimal(1), unit="EA", unit_price=Decimal(1)
    )
    other = await shop.place(line, currency="USD")
    assert other.status == "held"
    [*_, request] = await _requests(shop)
    assert (request.facts["kind"], request.facts.get("percent")) == ("without_list", None)
    with pytest.raises(NotPermitted):
        async with shop.tenant.work(as_=shop.tenant.user("pricing.manage")) as work:
            await set_price_override_limit(work, percent=Decimal(99))


async def test_a_partner_gets_no_more_of_a_line_at_such_a_price_by_itself(shop: Shop) -> None:
    tenant = shop.tenant
    async with tenant.work() as work:
        party = await create_party(work, code="P", name="P", is_customer=True)
    placed = await shop.place(shop.line(3, price="5.00"), party_id=party)
    await _decide(shop)
    [line] = await shop.lines(placed.order_id)
    buyer = replace(tenant.user("orders.read", "orders.amend"), party_id=party)
    with pytest.raises(PriceNeedsApproval):
        async with tenant.work(as_=buyer) as work:
            more = [LineAmendment(line.id, Decimal(4))]
            await amend_order(work, order_id=placed.order_id, lines=more)
    async with tenant.work(as_=buyer) as work:
        less = [LineAmendment(line.id, Decimal(2))]
        assert await amend_order(work, order_id=placed.order_id, lines=less) == "allocated"

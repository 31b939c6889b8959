"""Orders are cancelled, closed, and raced for."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.catalog.operations.supplier_items import WantedSupplierItem, set_supplier_items
from domain.inventory.operations.expected_supplies import cancel_supply, change_supply
from domain.inventory.operations.receiving_expected import SupplyReceipt, receive_supplies
from domain.kernel.errors import CodeTaken, InvalidInput, InvalidState, NotFound, NotPermitted
from domain.procurement.operations.ending import (
    answer_purchase_cancellation,
    cancel_purchase_order,
    close_purchase_order,
)
from domain.procurement.operations.shipping import SentLine, ship_purchase_order
from domain.procurement.outcomes import ReceivedTooMuch, SupplierTermsNotMet
from tests.factories.orders import new_shop
from tests.factories.promises import events_of
from tests.factories.purchases import Buying, new_buying
from tests.factories.tenants import TenantUnderTest


@pytest.fixture
async def buying(tenant: TenantUnderTest) -> Buying:
    return await new_buying(await new_shop(tenant, items=2))


async def _cancel(buying: Buying, order_id: int) -> None:
    async with buying.shop.tenant.work() as work:
        await cancel_purchase_order(work, order_id=order_id, reason="not needed")


async def _answer(buying: Buying, order_id: int, *, accept: bool) -> None:
    async with buying.shop.tenant.work(as_=buying.supplier) as work:
        await answer_purchase_cancellation(work, order_id=order_id, accept=accept)


async def test_an_order_that_nobody_promised_is_cancelled_at_once(buying: Buying) -> None:
    draft, order_id = await buying.ordered(5, sent=False), await buying.ordered(100)

    await _cancel(buying, draft)
    await _cancel(buying, order_id)

    assert [await buying.status(each) for each in (draft, order_id)] == ["cancelled"] * 2
    assert await buying.coming() == []
    assert await buying.violations() == []
    told = await events_of(buying.shop.tenant, "procurement.order_ended")
    assert [(each[1], each[2]["status"]) for each in told] == [
        (draft, "cancelled"),
        (order_id, "cancelled"),
    ]


async def test_a_confirmed_order_is_let_go_by_its_supplier(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    await buying.confirm(order_id, (100, 9))
    await buying.ship(order_id, 30, days=7)

    await _cancel(buying, order_id)

    assert await buying.status(order_id) == "shipped"
    assert await buying.coming() == [(30, 7, True), (70, 9, True)]
    with pytest.raises(InvalidState):
        await _cancel(buying, order_id)

    await _answer(buying, order_id, accept=True)

    assert await buying.status(order_id) == "shipped"
    assert await buying.coming() == [(30, 7, True)]
    await buying.receive(order_id, 30, ship_notice="ASN-1")
    assert await buying.status(order_id) == "received"
    assert await buying.violations() == []


async def test_a_supplier_may_hold_to_a_confirmed_order(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    await buying.confirm(order_id, (100, 9))
    with pytest.raises(InvalidState):
        await _answer(buying, order_id, accept=True)
    await _cancel(buying, order_id)

    await _answer(buying, order_id, accept=False)

    row = await buying.order(order_id)
    assert (row.status, row.cancellation_asked_at) == ("confirmed", None)
    assert await buying.coming() == [(100, 9, True)]


async def test_the_buyer_waits_for_no_more_of_what_was_sent(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    await buying.ship(order_id, 100)
    await buying.receive(order_id, 60, ship_notice="ASN-1", notice_is_complete=False)

    async with buying.shop.tenant.work() as work:
        await close_purchase_order(work, order_id=order_id, reason="waited enough")

    assert await buying.status(order_id) == "closed"
    assert await buying.figures(order_id) == [(100, 60, 60, 60, 0, 40)]
    assert await buying.coming() == []
    with pytest.raises(InvalidState):
        await buying.receive(order_id, 1)
    assert await buying.violations() == []


async def test_a_confirmation_and_a_cancellation_at_once_agree_on_the_outcome(
    buying: Buying,
) -> None:
    order_id = await buying.ordered(100)

    done = await asyncio.gather(
        buying.confirm(order_id, (100, 9)), _cancel(buying, order_id), return_exceptions=True
    )

    row = await buying.order(order_id)
    if row.status == "cancelled":
        assert isinstance(done[0], InvalidState)
        assert await buying.coming() == []
    else:
        assert done == [None, None]
        assert (row.status, row.cancellation_asked_at) == ("confirmed", buying.shop.tenant.now)
        assert await buying.coming() == [(100, 9, True)]
    assert await buying.violations() == []


async def test_receipts_at_once_never_come_to_more_than_is_tolerated(buying: Buying) -> None:
    order_id = await buying.ordered(100, over_percent=10)

    done = await asyncio.gather(
        *(buying.receive(order_id, 40) for _ in range(4)), return_exceptions=True
    )

    refused = [each for each in done if each is not None]
    assert [type(each) for each in refused] == [ReceivedTooMuch] * 2
    assert await buying.figures(order_id) == [(100, 80, 80, 80, 0, 0)]
    assert await buying.shop.available() == 80
    assert await buying.violations() == []


async def test_a_notice_is_received_once(buying: Buying) -> None:
    order_id = await buying.ordered(100, over_percent=100)
    await buying.ship(order_id, 50)

    done = await asyncio.gather(
        *(buying.receive(order_id, 50, ship_notice="ASN-1") for _ in range(3)),
        return_exceptions=True,
    )

    assert sorted(type(each).__name__ for each in done) == [
        "InvalidState",
        "InvalidState",
        "NoneType",
    ]
    assert await buying.figures(order_id) == [(100, 50, 50, 50, 0, 0)]
    assert await buying.violations() == []


async def test_a_notice_goes_by_its_number_once(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    await buying.ship(order_id, 10)
    with pytest.raises(CodeTaken):
        await buying.ship(order_id, 10)
    assert await buying.figures(order_id) == [(100, 10, 10, 0, 0, 0)]


async def test_a_notice_says_lot_and_logistic_unit_which_is_checked(buying: Buying) -> None:
    order_id = await buying.ordered(100)

    async def sent(sscc: str) -> None:
        line = SentLine(line_number=1, quantity=Decimal(10), lot="L-1", sscc=sscc)
        async with buying.shop.tenant.work(as_=buying.supplier) as work:
            await ship_purchase_order(
                work, order_id=order_id, number=sscc, expected_on=buying.day(3), lines=[line]
            )

    await sent("106141411234567897")
    with pytest.raises(InvalidInput):
        await sent("106141411234567890")
    assert await buying.figures(order_id) == [(100, 10, 10, 0, 0, 0)]


async def test_what_an_order_expects_is_changed_by_the_order_alone(buying: Buying) -> None:
    await buying.ordered(100)
    [(_, supply_id, _)] = [
        each
        for each in await events_of(buying.shop.tenant, "inventory.expected_supply_changed")
        if each[2]["what"] == "announced"
    ]
    async with buying.shop.tenant.work() as work:
        for refused in (
            change_supply(work, supply_id=supply_id, expected_on=buying.day(1)),
            cancel_supply(work, supply_id=supply_id, reason="no"),
        ):
            with pytest.raises(InvalidState):
                await refused
    with pytest.raises(InvalidState):
        async with buying.shop.tenant.work() as work:
            receipt = SupplyReceipt(supply_id=supply_id, quantity=Decimal(1))
            await receive_supplies(work, receipts=[receipt])
    assert await buying.coming() == [(100, 10, False)]


async def test_the_suppliers_terms_are_kept(buying: Buying) -> None:
    bought = WantedSupplierItem(
        item_id=buying.shop.setting.item_ids[0],
        supplier_id=buying.supplier_id,
        lead_days=9,
        minimum_quantity=Decimal(50),
        pack_size=Decimal(25),
    )
    async with buying.shop.tenant.work() as work:
        await set_supplier_items(work, rows=[bought])

    for quantity in (25, 60):
        with pytest.raises(SupplierTermsNotMet) as refused:
            await buying.ordered(quantity)
        assert int(refused.value.fields["minimum_quantity"]) == 50
    assert await buying.status(await buying.ordered(75)) == "sent"


async def test_only_a_supplier_is_ordered_from(buying: Buying) -> None:
    stranger = Buying(buying.shop, buying.supplier_id + 1000)
    with pytest.raises(NotFound):
        await stranger.ordered(1)


async def test_a_supplier_neither_orders_nor_receives(buying: Buying) -> None:
    order_id = await buying.ordered(1)
    as_supplier = buying.shop.tenant.work(as_=buying.supplier)
    with pytest.raises(NotPermitted):
        async with as_supplier as work:
            await cancel_purchase_order(work, order_id=order_id, reason="no")


async def test_what_a_supplier_does_is_audited_and_told(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    await buying.confirm(order_id, (100, 20))

    told = await events_of(buying.shop.tenant, "procurement.order_answered")

    assert told == [
        (
            "procurement.order_answered",
            order_id,
            {
                "number": "PO-1",
                "supplier_id": buying.supplier_id,
                "status": "sent",
                "confirmation": 1,
                "accepted_lines": [],
                "proposed_lines": [1],
            },
        )
    ]
    assert (await buying.order(order_id)).answer_by == buying.shop.tenant.now + timedelta(days=2)

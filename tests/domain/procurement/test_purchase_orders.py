"""A purchase order from its draft to its receipt."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from domain.inventory.models import SerialNumber, StockBalance
from domain.kernel.errors import InvalidState, NotFound
from domain.ledger.models import JournalLine
from domain.procurement.arriving import ReceivedPurchaseLine
from domain.procurement.operations.confirming import decide_purchase_proposal
from domain.procurement.operations.receiving import receive_purchase_order
from domain.procurement.outcomes import PromisedTooMuch, ReceivedTooMuch, SentTooMuch
from tests.factories.orders import new_shop
from tests.factories.purchases import Buying, new_buying, new_supplier
from tests.factories.tenants import TenantUnderTest


@pytest.fixture
async def buying(tenant: TenantUnderTest) -> Buying:
    return await new_buying(await new_shop(tenant, items=2))


async def _decide(buying: Buying, order_id: int, number: int, *, accept: bool) -> None:
    async with buying.shop.tenant.work() as work:
        await decide_purchase_proposal(work, order_id=order_id, confirmation=number, accept=accept)


async def test_what_is_sent_to_a_supplier_is_to_come_on_the_day_it_is_wanted(
    buying: Buying,
) -> None:
    order_id = await buying.ordered(100, 20, sent=False)
    assert await buying.status(order_id) == "draft"
    assert await buying.coming() == []

    sent_id = await buying.ordered(100, 20)

    assert await buying.status(sent_id) == "sent"
    assert await buying.coming() == [(100, 10, False)]
    assert await buying.coming(item=1) == [(20, 10, False)]
    assert await buying.violations() == []


async def test_what_is_confirmed_as_asked_holds_at_once(buying: Buying) -> None:
    order_id = await buying.ordered(100, 20)

    await buying.confirm(order_id, (60, 8), (40, 10))

    assert await buying.status(order_id) == "partly_confirmed"
    assert await buying.coming() == [(60, 8, True), (40, 10, True)]

    await buying.confirm(order_id, (20, 10), line=2)

    assert await buying.status(order_id) == "confirmed"
    assert await buying.figures(order_id) == [(100, 100, 0, 0, 0, 0), (20, 20, 0, 0, 0, 0)]
    assert await buying.violations() == []


async def test_the_rest_of_a_line_may_be_confirmed_later(buying: Buying) -> None:
    order_id = await buying.ordered(100)

    await buying.confirm(order_id, (60, 8), rest_follows=True)

    assert await buying.status(order_id) == "partly_confirmed"
    assert await buying.coming() == [(60, 8, True), (40, 10, False)]


async def test_a_later_day_and_less_wait_for_the_buyer(buying: Buying) -> None:
    order_id = await buying.ordered(100)

    await buying.confirm(order_id, (90, 20))

    assert await buying.status(order_id) == "sent"
    assert await buying.coming() == [(100, 10, False)]

    await _decide(buying, order_id, 1, accept=True)

    assert await buying.status(order_id) == "confirmed"
    assert await buying.coming() == [(90, 20, True)]
    assert await buying.figures(order_id) == [(100, 90, 0, 0, 0, 10)]
    assert await buying.violations() == []


async def test_a_refused_proposal_changes_nothing(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    await buying.confirm(order_id, (100, 20))

    await _decide(buying, order_id, 1, accept=False)

    assert await buying.coming() == [(100, 10, False)]
    with pytest.raises(InvalidState):
        await _decide(buying, order_id, 1, accept=True)


async def test_a_new_answer_supersedes_a_proposal_that_waits(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    await buying.confirm(order_id, (100, 20))

    await buying.confirm(order_id, (100, 9))

    assert await buying.coming() == [(100, 9, True)]
    with pytest.raises(InvalidState):
        await _decide(buying, order_id, 1, accept=True)


async def test_what_was_sent_before_the_decision_stays_sent(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    await buying.confirm(order_id, (50, 15), (50, 20))
    await buying.ship(order_id, 60, days=12)

    await _decide(buying, order_id, 1, accept=True)

    assert await buying.coming() == [(60, 12, True), (40, 20, True)]
    assert await buying.figures(order_id) == [(100, 100, 60, 0, 0, 0)]
    assert await buying.violations() == []


async def test_nobody_promises_more_than_is_asked_for(buying: Buying) -> None:
    order_id = await buying.ordered(100)

    with pytest.raises(PromisedTooMuch) as refused:
        await buying.confirm(order_id, (101, 9))

    assert {name: str(each) for name, each in refused.value.fields.items()} == {
        "line_number": "1",
        "promised": "101",
        "open": "100",
    }
    assert await buying.coming() == [(100, 10, False)]


async def test_what_is_sent_is_to_come_when_the_notice_says(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    await buying.confirm(order_id, (100, 9))

    await buying.ship(order_id, 60, days=7)

    assert await buying.status(order_id) == "shipped"
    assert await buying.coming() == [(60, 7, True), (40, 9, True)]

    await buying.ship(order_id, 40, number="ASN-2", days=12)

    assert await buying.coming() == [(60, 7, True), (40, 12, True)]
    with pytest.raises(SentTooMuch):
        await buying.ship(order_id, 1, number="ASN-3")
    assert await buying.violations() == []


async def test_goods_come_at_the_orders_price_and_damaged_ones_as_such(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    await buying.ship(order_id, 100)

    await buying.receive(order_id, 100, damaged=3, ship_notice="ASN-1")

    assert await buying.status(order_id) == "received"
    assert await buying.figures(order_id) == [(100, 100, 100, 100, 3, 0)]
    assert await buying.coming() == []
    async with buying.shop.tenant.read() as reader:
        balance = await reader.row(
            select(StockBalance.on_hand, StockBalance.damaged, StockBalance.available)
        )
        assert balance is not None
        assert tuple(balance) == (100, 3, 97)
        amounts = await reader.values(
            select(JournalLine.amount_minor).order_by(JournalLine.amount_minor)
        )
    assert list(amounts) == [-25000, 25000]
    assert await buying.violations() == []


async def test_what_did_not_come_of_a_notice_is_to_be_sent_still(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    await buying.ship(order_id, 100)

    await buying.receive(order_id, 90, ship_notice="ASN-1")

    assert await buying.status(order_id) == "partly_received"
    assert await buying.figures(order_id) == [(100, 100, 90, 90, 0, 0)]
    assert await buying.coming() == [(10, 10, True)]
    with pytest.raises(InvalidState):
        await buying.receive(order_id, 10, ship_notice="ASN-1")
    await buying.ship(order_id, 10, number="ASN-2", days=14)
    await buying.receive(order_id, 10, ship_notice="ASN-2")
    assert await buying.status(order_id) == "received"
    assert await buying.violations() == []


async def test_less_within_tolerance_is_all(buying: Buying) -> None:
    order_id = await buying.ordered(100, under_percent=5)
    await buying.receive(order_id, 95)
    assert await buying.status(order_id) == "received"
    assert await buying.figures(order_id) == [(100, 95, 95, 95, 0, 5)]
    assert await buying.coming() == []
    assert await buying.violations() == []


async def test_more_than_tolerated_is_not_received(buying: Buying) -> None:
    order_id = await buying.ordered(100, over_percent=5)

    with pytest.raises(ReceivedTooMuch) as refused:
        await buying.receive(order_id, 106)

    assert int(refused.value.fields["most"]) == 105
    assert await buying.figures(order_id) == [(100, 0, 0, 0, 0, 0)]
    assert await buying.shop.available() == 0
    await buying.receive(order_id, 105)
    assert await buying.status(order_id) == "received"
    assert await buying.violations() == []


async def test_a_receipt_may_close_its_line(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    await buying.receive(order_id, 40, closes=True)
    assert await buying.figures(order_id) == [(100, 40, 40, 40, 0, 60)]
    assert await buying.status(order_id) == "received"
    assert await buying.violations() == []


async def test_a_supplier_does_not_find_its_neighbours_order_nor_a_draft(buying: Buying) -> None:
    neighbour = Buying(buying.shop, await new_supplier(buying.shop))
    others, draft = await neighbour.ordered(5), await buying.ordered(5, sent=False)

    for order_id in (others, draft):
        with pytest.raises(NotFound):
            await buying.confirm(order_id, (5, 9))
        with pytest.raises(NotFound):
            await buying.ship(order_id, 5)


async def test_damaged_pieces_are_named_and_counted_in_their_units(tenant: TenantUnderTest) -> None:
    buying = await new_buying(await new_shop(tenant, tracking="serial"))
    order_id = await buying.ordered(2)
    line = ReceivedPurchaseLine(
        line_number=1,
        quantity=Decimal(2),
        damaged=Decimal(1),
        serials=["A-1", "A-2"],
        damaged_serials=["A-2"],
    )

    async with tenant.work() as work:
        await receive_purchase_order(work, order_id=order_id, lines=[line])

    async with tenant.read() as reader:
        pieces = await reader.rows(
            select(SerialNumber.code, SerialNumber.state).order_by(SerialNumber.code)
        )
    assert [tuple(piece) for piece in pieces] == [("A-1", "available"), ("A-2", "damaged")]
    assert await buying.violations() == []

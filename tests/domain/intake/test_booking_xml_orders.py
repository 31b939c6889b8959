"""Orders in XML are booked, followed by their changes, and taken back."""

import asyncio
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.catalog.operations.item_units import set_item_unit
from domain.fulfilment.operations.release_order import release_order
from domain.intake.operations import map_party_code, read_waiting_changes, replay_message
from domain.intake.processing import Processed
from tests.domain.intake.formats.conftest import SAMPLES
from tests.factories.intake import Door, new_door, stocked_door
from tests.factories.masters import new_item, new_party, new_price_list, price
from tests.factories.tenants import TenantUnderTest
from tests.factories.xml_orders import XmlLine, XmlOrder

Writer = Callable[[XmlOrder], str]
BUYER = "7300010000001"
LATER: dict[str, Any] = {"number": "C-1", "about": "PO-1", "time": "10:00:00"}


def as_ubl(order: XmlOrder) -> str:
    return order.as_ubl()


def as_orderx(order: XmlOrder) -> str:
    return order.as_orderx()


def as_cxml(order: XmlOrder) -> str:
    return order.as_cxml()


ALL = pytest.mark.parametrize("write", [as_ubl, as_orderx, as_cxml])
# How each says that only 5 of A-1 are wanted now, with nothing else.
FIVE = XmlOrder(lines=[XmlLine("A-1", "5")], **LATER)
CHANGES = [
    (as_ubl, FIVE.as_ubl("OrderChange")),
    (as_orderx, FIVE.as_orderx(kind="230", purpose="5")),
    (as_cxml, FIVE.as_cxml(kind="update")),
]
WITHDRAWALS = [
    (as_ubl, FIVE.as_ubl("OrderCancellation")),
    (as_orderx, FIVE.as_orderx(kind="230", purpose="1")),
    (as_cxml, FIVE.as_cxml(kind="delete")),
]


@pytest.fixture
async def door(tenant: TenantUnderTest) -> Door:
    """A customer's channel, on which it is known by its GLN, and the items A-1 to A-3."""
    for sku in ("A-1", "A-2", "A-3"):
        await new_item(tenant, sku=sku)
    found = await new_door(tenant, kind="edi", source="generic")
    party_id = await new_party(tenant)
    async with tenant.work() as work:
        await map_party_code(work, channel_id=found.channel_id, code=BUYER, party_id=party_id)
    return found


async def _wanted(door: Door) -> list[int]:
    """What is still wanted of each line of the only order."""
    lines = await door.lines((await door.order()).id)
    return [int(line.quantity - line.cancelled) for line in lines]


async def _codes(door: Door, processed: Processed) -> list[str]:
    return [each["code"] for each in (await door.message(processed.message_id)).problems]


@ALL
async def test_an_order_is_booked_for_the_customer_whose_gln_it_tells(
    door: Door, write: Writer
) -> None:
    processed = await door.take(write(XmlOrder()))
    assert (processed.outcome, await _codes(door, processed)) == ("accepted", [])
    order = await door.order()
    assert (order.external_id, order.external_number) == (f"{BUYER}/PO-1", "PO-1")
    assert (order.currency, order.total_minor, order.status) == ("EUR", 2000, "backordered")
    assert order.party_id is not None
    assert (order.ship_to["line1"], order.ship_to["city"]) == ("Kai 1", "Bremen")
    (line,) = await door.lines(order.id)
    assert (line.quantity, line.unit, line.unit_price) == (2, "EA", 10)
    assert line.external_line == "1"


@ALL
async def test_the_same_order_twice_or_at_once_is_one(door: Door, write: Writer) -> None:
    ids = [await door.receive(write(XmlOrder())) for _ in range(3)]
    done = await asyncio.gather(*(door.process(message_id) for message_id in ids))
    outcomes = sorted(each.outcome for each in done if each is not None)
    assert outcomes == ["accepted", "duplicate", "duplicate"]
    assert await _wanted(door) == [2]


async def test_the_same_number_of_two_buyers_is_two_orders(door: Door) -> None:
    other = await new_party(door.tenant)
    async with door.tenant.work() as work:
        await map_party_code(work, channel_id=door.channel_id, code="73-OTHER", party_id=other)
    for buyer in (BUYER, "73-OTHER"):
        assert (await door.take(XmlOrder(buyer=buyer).as_ubl())).outcome == "accepted"
    orders = await door.orders()
    assert len({order.party_id for order in orders}) == 2


async def test_a_buyer_that_is_not_known_waits_and_is_mapped_by_its_name(
    tenant: TenantUnderTest,
) -> None:
    door = await new_door(tenant, kind="edi", source="generic")
    await new_item(tenant, sku="A-1")
    processed = await door.take(XmlOrder().as_ubl())
    (problem,) = (await door.message(processed.message_id)).problems
    assert (processed.outcome, problem["code"]) == ("exception", "unknown_party")
    assert "mapPartyCode" in problem["remedy"]
    party_id = await new_party(tenant)
    async with tenant.work() as work:
        await map_party_code(work, channel_id=door.channel_id, code="Buyer Ltd", party_id=party_id)
        replayed = await replay_message(work, message_id=processed.message_id)
    assert replayed.outcome == "accepted"
    assert (await door.order()).party_id == party_id


@ALL
async def test_cases_are_booked_in_base_units(door: Door, write: Writer) -> None:
    item_id = await new_item(door.tenant, sku="B-1")
    async with door.tenant.work() as work:
        await set_item_unit(
            work, item_id=item_id, unit="case", numerator=Decimal(12), denominator=Decimal(1)
        )
    await door.take(write(XmlOrder(lines=[XmlLine("B-1", "2", price="60.00", unit="CS")])))
    order = await door.order()
    (line,) = await door.lines(order.id)
    assert (line.quantity, line.quantity_ordered, line.unit_price) == (24, 2, 60)
    assert order.total_minor == 12_000


async def test_a_price_for_several_that_does_not_divide_is_exact_to_the_cent(door: Door) -> None:
    line = XmlLine("A-1", "6", price="10.00", basis="3")
    await door.take(XmlOrder(lines=[line]).as_ubl())
    assert (await door.order()).total_minor == 2000


async def test_the_days_that_are_asked_for_are_kept(door: Door) -> None:
    await door.take(XmlOrder(wanted="2026-03-09").as_ubl())
    order = await door.order()
    (line,) = await door.lines(order.id)
    assert (order.wanted_on, line.wanted_on) == (date(2026, 3, 9), date(2026, 3, 9))


TAX = '<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">3.80</cbc:TaxAmount></cac:TaxTotal>'


def _total(amount: str) -> str:
    return (
        '<cac:AnticipatedMonetaryTotal><cbc:PayableAmount currencyID="EUR">'
        f"{amount}</cbc:PayableAmount></cac:AnticipatedMonetaryTotal>"
    )


@pytest.mark.parametrize("stated", ["20.00", "23.80"])
async def test_a_total_with_or_without_its_tax_is_the_same_order(door: Door, stated: str) -> None:
    await door.take(XmlOrder(more=TAX + _total(stated)).as_ubl())
    order = await door.order()
    assert (order.subtotal_minor, order.tax_minor, order.total_minor) == (2000, 380, 2380)
    assert order.hold_reason is None


async def test_an_order_whose_figures_disagree_is_booked_by_its_lines_and_held(door: Door) -> None:
    processed = await door.take(XmlOrder(more=_total("19.00")).as_ubl())
    assert (processed.outcome, await _codes(door, processed)) == ("accepted", ["totals_differ"])
    order = await door.order()
    assert (order.total_minor, order.status) == (2000, "held")
    assert order.hold_reason == "its figures do not agree with each other"


async def test_an_order_in_test_mode_is_held(door: Door) -> None:
    processed = await door.take(XmlOrder().as_cxml(mode="test"))
    assert (processed.outcome, await _codes(door, processed)) == ("accepted", ["test_order"])
    assert (await door.order()).status == "held"


async def test_an_order_without_prices_takes_them_from_the_list(door: Door) -> None:
    item_id = await new_item(door.tenant, sku="L-1")
    list_id = await new_price_list(door.tenant, currency="EUR")
    await price(door.tenant, list_id, item_id, "7.50")
    text = XmlOrder(lines=[XmlLine("L-1")]).as_ubl()
    start, end = text.index("<cac:Price>"), text.index("</cac:Price>") + len("</cac:Price>")
    await door.take(text[:start] + text[end:])
    assert (await door.order()).total_minor == 1500


@pytest.mark.parametrize(("write", "change"), CHANGES)
async def test_a_change_amends_its_order_and_twice_is_once(
    door: Door, write: Writer, change: str
) -> None:
    await door.take(write(XmlOrder()))
    assert (await door.take(change)).outcome == "accepted"
    assert await _wanted(door) == [5]
    assert (await door.take(change)).outcome == "duplicate"
    assert await _wanted(door) == [5]
    # The order itself, sent again late, does not take the change back.
    assert (await door.take(write(XmlOrder()))).outcome == "duplicate"
    assert await _wanted(door) == [5]
    assert (await door.order()).total_minor == 5000


@pytest.mark.parametrize(("write", "change"), CHANGES)
async def test_a_change_that_comes_before_its_order_ends_right(
    door: Door, write: Writer, change: str
) -> None:
    early = await door.take(change)
    assert (early.outcome, await _codes(door, early)) == ("exception", ["order_unknown"])
    await door.take(write(XmlOrder()))
    order = await door.order()
    async with door.tenant.work() as work:
        assert await read_waiting_changes(work, order_id=order.id) == [early.message_id]
    assert await _wanted(door) == [5]
    assert (await door.message(early.message_id)).outcome == "accepted"


@pytest.mark.parametrize(("write", "withdrawal"), WITHDRAWALS)
async def test_a_withdrawal_cancels_the_order_and_twice_is_once(
    door: Door, write: Writer, withdrawal: str
) -> None:
    await door.take(write(XmlOrder()))
    outcomes = [(await door.take(withdrawal)).outcome for _ in range(2)]
    assert outcomes == ["accepted", "duplicate"]
    assert (await door.order()).status == "cancelled"
    assert await _wanted(door) == [0]


@pytest.mark.parametrize(("write", "withdrawal"), WITHDRAWALS)
async def test_a_withdrawal_that_comes_before_its_order_ends_right(
    door: Door, write: Writer, withdrawal: str
) -> None:
    early = await door.take(withdrawal)
    assert (early.outcome, await _codes(door, early)) == ("exception", ["order_unknown"])
    await door.take(write(XmlOrder()))
    async with door.tenant.work() as work:
        await read_waiting_changes(work, order_id=(await door.order()).id)
    assert (await door.order()).status == "cancelled"


async def test_a_change_of_some_lines_leaves_the_others(door: Door) -> None:
    lines = [XmlLine("A-1", "2"), XmlLine("A-2", "3", number="2"), XmlLine("A-3", number="3")]
    await door.take(XmlOrder(lines=lines).as_ubl())
    change = [
        XmlLine("A-2", "7", number="2", status="Revised"),
        XmlLine("A-3", number="3", status="Cancelled"),
        XmlLine("A-1", "1", number="4", status="Added"),
    ]
    text = XmlOrder(lines=change, **LATER).as_ubl("OrderChange")
    assert (await door.take(text)).outcome == "accepted"
    assert await _wanted(door) == [2, 7, 0, 1]
    assert (await door.order()).total_minor == 10_000


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (XmlLine("A-1", "5", price="11.00", status="3"), "price_changed"),
        (XmlLine("A-2", "5", status="3"), "line_differs"),
        (XmlLine("A-2", "5", number="9", status="3"), "line_unknown"),
        (XmlLine("A-2", "5", status="1"), "line_exists"),
    ],
)
async def test_a_change_that_cannot_be_followed_waits_and_changes_nothing(
    door: Door, line: XmlLine, code: str
) -> None:
    await door.take(XmlOrder().as_ubl())
    text = XmlOrder(lines=[line], **LATER).as_ubl("OrderChange")
    processed = await door.take(text)
    assert (processed.outcome, await _codes(door, processed)) == ("exception", [code])
    assert await _wanted(door) == [2]


@pytest.mark.parametrize(("write", "text"), [*CHANGES, *WITHDRAWALS])
async def test_what_comes_after_the_warehouse_began_waits_with_the_reason(
    tenant: TenantUnderTest, write: Writer, text: str
) -> None:
    shop, door, sku = await stocked_door(tenant)
    await door.take(write(XmlOrder(lines=[XmlLine(sku, "8")])))
    async with tenant.work() as work:
        await release_order(work, order_id=(await door.order()).id)
    processed = await door.take(text.replace("A-1", sku))
    assert processed.outcome == "exception"
    assert set(await _codes(door, processed)) <= {"invalid_state", "cancellation_too_much"}
    assert await _wanted(door) == [8]
    assert await shop.available() == Decimal(2)


async def test_an_update_brings_its_own_tax_and_freight(door: Door) -> None:
    def money(name: str, amount: str) -> str:
        return f'<{name}><Money currency="EUR">{amount}</Money></{name}>'

    await door.take(XmlOrder(more=money("Total", "20.00")).as_cxml())
    assert (await door.order()).total_minor == 2000
    more = money("Total", "50.00") + money("Shipping", "5.00") + money("Tax", "9.50")
    update = XmlOrder(lines=[XmlLine("A-1", "5")], time="10:00:00", more=more)
    assert (await door.take(update.as_cxml(kind="update"))).outcome == "accepted"
    order = await door.order()
    assert (order.shipping_minor, order.tax_minor, order.total_minor) == (500, 950, 6450)


async def test_a_late_older_version_of_a_cxml_order_changes_nothing(door: Door) -> None:
    await door.take(XmlOrder().as_cxml(attributes='orderVersion="1"'))
    newest = XmlOrder(lines=[XmlLine("A-1", "9")], time="12:00:00")
    older = XmlOrder(lines=[XmlLine("A-1", "5")], time="11:00:00")
    await door.take(newest.as_cxml(kind="update", attributes='orderVersion="3"'))
    late = await door.take(older.as_cxml(kind="update", attributes='orderVersion="2"'))
    assert (late.outcome, await _wanted(door)) == ("duplicate", [9])


async def test_every_sample_order_is_booked_once_where_all_may_be_drafted(
    tenant: TenantUnderTest,
) -> None:
    if not SAMPLES:
        pytest.skip("no shared/samples beside this checkout")
    samples = {str(sample): sample for sample in SAMPLES}
    names = [
        ("ubl/order_UBL-Order-2.0-Example.xml", 11_750),
        ("ubl/order_UBL-Order-2.1-Example.xml", 632_500),
        ("orderx/ORDER-X_EX01_ORDER_FULL_DATA-COMFORTorder-x.xml", 36_000),
        ("cxml/Handling_order_request.xml", 1_000),
        ("cxml/cxml_OrderRequest.xml", 8_500),
        ("cxml/officeluv_purchase_order_request_200.xml", 451_500),
    ]
    door = await new_door(
        tenant,
        kind="edi",
        source="generic",
        on_unknown_item="create_draft",
        on_unknown_party="create_draft",
    )
    for _ in range(2):
        outcomes = [(await door.take(samples[name].raw)).outcome for name, _ in names]
    assert set(outcomes) == {"duplicate"}
    assert [order.total_minor for order in await door.orders()] == [total for _, total in names]
    change = await door.take(samples["ubl/orderchange_UBL-OrderChange-2.1-Example.xml"].raw)
    assert change.outcome == "accepted"
    changed = next(order for order in await door.orders() if order.external_number == "34")
    quantities = [line.quantity for line in await door.lines(changed.id)]
    assert quantities == [240, 15]

"""EDIFACT orders and changes of orders (ORDCHG, X12 860), through the intake into the order."""

import asyncio
from decimal import Decimal

import pytest

from domain.allocation.operations.amend_order import LineAmendment, amend_order
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.intake.operations import read_change_again, read_waiting_changes
from domain.intake.processing import Processed
from tests.factories.edifact_orders import (
    LINE,
    OTHER,
    change_message,
    edifact_change,
    edifact_order,
    interchange,
    order_message,
)
from tests.factories.intake import Door, new_door, purchase_order, stocked_door
from tests.factories.masters import new_item, new_party
from tests.factories.orders import violations
from tests.factories.tenants import TenantUnderTest
from tests.factories.x12_changes import order_change


@pytest.fixture
async def door(tenant: TenantUnderTest) -> Door:
    """An EDI channel that knows the items A-1, A-2 and A-3."""
    for sku in ("A-1", "A-2", "A-3"):
        await new_item(tenant, sku=sku)
    party_id = await new_party(tenant)
    return await new_door(tenant, kind="edi", source="generic", default_party_id=party_id)


async def _lines(door: Door) -> list[tuple[str, int, int]]:
    """Code, quantity and what is cancelled of each line of the only order."""
    lines = await door.lines((await door.order()).id)
    return [(line.external_code, int(line.quantity), int(line.cancelled)) for line in lines]


async def _outcome(door: Door, processed: Processed) -> tuple[str, list[str]]:
    """The outcome of the message's only order, and the codes of its problems."""
    (document,) = await door.documents(processed.message_id)
    return document.outcome, [problem["code"] for problem in document.problems]


async def _follow_waiting(door: Door) -> list[int]:
    """As the worker does when an order was placed."""
    async with door.tenant.work() as work:
        return await read_waiting_changes(work, order_id=(await door.order()).id)


def _x12_order() -> str:
    return purchase_order(lines="PO1*1*12*EA*2.50**VN*A-1~PO1*2*4*EA*10**VN*A-2~")


FIVE = edifact_change("PO-1", ["LIN+1+3+A-1:SA", "QTY+21:5:PCE"])
X12_FIVE = order_change("PO-1", "POC*1*QD*5**EA***VN*A-1~")


async def test_an_edifact_order_is_booked_once(door: Door) -> None:
    first, second = await door.take(edifact_order()), await door.take(edifact_order())
    order = await door.order()
    assert [first.outcome, second.outcome] == ["accepted", "duplicate"]
    assert (order.external_number, order.external_id) == ("PO-1", "4012345000009/PO-1")
    assert (order.currency, order.total_minor) == ("EUR", 7000)
    assert await _lines(door) == [("A-1", 12, 0), ("A-2", 4, 0)]
    assert "UCM+1+ORDERS:D:96A:UN:EAN008+7'" in (
        (await door.message(first.message_id)).acknowledgement
    )


async def test_an_envelope_with_a_fault_is_kept_and_read_and_never_booked(door: Door) -> None:
    processed = await door.take(interchange(order_message(), count=2))
    (document,) = await door.documents(processed.message_id)
    assert (processed.outcome, document.order_id) == ("exception", None)
    assert document.content["lines"][0]["external_code"] == "A-1"
    assert await door.orders() == []
    assert "+4+29'" in (await door.message(processed.message_id)).acknowledgement


async def test_the_buyer_is_found_by_its_location_number(tenant: TenantUnderTest) -> None:
    await new_item(tenant, sku="A-1")
    edi = await new_door(tenant, kind="edi", on_unknown_party="create_draft")
    await edi.take(edifact_order("PO-1", LINE))
    assert (await edi.order()).party_id is not None
    strict = await new_door(tenant, kind="edi")
    waits = await strict.take(edifact_order("PO-1", LINE))
    assert await _outcome(strict, waits) == ("exception", ["unknown_party"])


@pytest.mark.parametrize(
    ("order", "change"), [(edifact_order(), FIVE), (_x12_order(), X12_FIVE)], ids=["edifact", "x12"]
)
async def test_a_change_is_followed_once_and_an_old_order_takes_nothing_back(
    door: Door, order: str, change: str
) -> None:
    await door.take(order)
    followed, again, old = [await door.take(text) for text in (change, change, order)]
    assert await _outcome(door, followed) == ("amended", [])
    assert [again.outcome, old.outcome] == ["duplicate", "duplicate"]
    assert await _lines(door) == [("A-1", 5, 0), ("A-2", 4, 0)]
    placed = await door.order()
    assert (placed.total_minor, placed.intake_message_id) == (5250, followed.message_id)


@pytest.mark.parametrize(
    ("order", "change"), [(edifact_order(), FIVE), (_x12_order(), X12_FIVE)], ids=["edifact", "x12"]
)
async def test_a_change_that_comes_before_its_order_waits_and_is_followed(
    door: Door, order: str, change: str
) -> None:
    waits = await door.take(change)
    assert await _outcome(door, waits) == ("exception", ["order_unknown"])
    await door.take(order)
    assert await _lines(door) == [("A-1", 12, 0), ("A-2", 4, 0)]
    assert await _follow_waiting(door) == [waits.message_id]
    assert await _lines(door) == [("A-1", 5, 0), ("A-2", 4, 0)]
    assert await _outcome(door, waits) == ("amended", [])
    assert (await door.message(waits.message_id)).outcome == "accepted"
    assert await _follow_waiting(door) == []


async def test_a_change_that_was_read_while_its_order_was_placed_is_read_again(
    door: Door,
) -> None:
    waits = await door.take(FIVE)

    async def again() -> bool:
        async with door.tenant.work() as work:
            return await read_change_again(work, message_id=waits.message_id)

    assert await again() is False
    await door.take(edifact_order())
    assert [await again(), await again()] == [True, False]
    assert await _lines(door) == [("A-1", 5, 0), ("A-2", 4, 0)]


@pytest.mark.parametrize("order", [[0, 1, 2], [0, 2, 1], [2, 1, 0], [1, 2, 0]])
async def test_changes_out_of_order_end_in_the_right_state(door: Door, order: list[int]) -> None:
    documents = [
        edifact_order(),
        edifact_change("PO-1", ["LIN+1+3+A-1:SA", "QTY+21:5:PCE"], ["LIN+2+2+A-2:SA"]),
        edifact_change("PO-1", ["LIN+1+3+A-1:SA", "QTY+21:8:PCE"], own="CHG-2", sent="260303:0930"),
    ]
    for place in order:
        await door.take(documents[place])
    await _follow_waiting(door)
    assert await _lines(door) == [("A-1", 8, 0), ("A-2", 4, 4)]
    assert [(await door.take(text)).outcome for text in documents] == ["duplicate"] * 3
    assert await _lines(door) == [("A-1", 8, 0), ("A-2", 4, 4)]


async def test_changes_at_once_are_all_followed(door: Door) -> None:
    await door.take(edifact_order())
    changes = [
        edifact_change(
            "PO-1", [f"LIN+{n % 2 + 1}+3+A-{n % 2 + 1}:SA", f"QTY+21:{n}:PCE"],
            own=f"CHG-{n}", sent=f"2603{n:02}:0930",
        )
        for n in range(2, 8)
    ]  # fmt: skip
    ids = [await door.receive(change) for change in reversed(changes)]
    done = await asyncio.gather(*(door.process(message_id) for message_id in ids))
    assert {p.outcome for p in done if p is not None} <= {"accepted", "duplicate"}
    assert await _lines(door) == [("A-1", 6, 0), ("A-2", 7, 0)]


async def test_lines_are_added_and_taken_out_and_days_changed(door: Door) -> None:
    await door.take(edifact_order())
    change = edifact_change(
        "PO-1",
        ["LIN+1+1+A-3:SA", "QTY+21:6:PCE", "PRI+AAA:1"],
        ["LIN+2+2+A-2:SA"],
        heading=["DTM+2:20260501:102"],
    )
    assert await _outcome(door, await door.take(change)) == ("amended", [])
    assert await _lines(door) == [("A-1", 12, 0), ("A-2", 4, 4), ("A-3", 6, 0)]
    order = await door.order()
    assert (str(order.wanted_on), order.total_minor) == ("2026-05-01", 3600)
    days = {str(line.wanted_on) for line in await door.lines(order.id) if not line.cancelled}
    assert days == {"2026-05-01"}


async def test_a_replacement_and_a_cancellation(door: Door) -> None:
    await door.take(edifact_order())
    anew = edifact_change("PO-1", ["LIN+1++A-1:SA", "QTY+21:3:PCE", "PRI+AAA:2.50"], function="5")
    assert (await door.take(anew)).outcome == "accepted"
    assert await _lines(door) == [("A-1", 3, 0), ("A-2", 4, 4)]
    gone = edifact_change("PO-1", own="CHG-2", function="1", sent="260304:0930")
    assert [(await door.take(gone)).outcome for _ in range(2)] == ["accepted", "duplicate"]
    assert (await door.order()).status == "cancelled"
    late = edifact_change("PO-1", ["LIN+1+3+A-1:SA", "QTY+21:9"], own="CHG-3", sent="260305:0930")
    assert await _outcome(door, await door.take(late)) == ("exception", ["order_cancelled"])


@pytest.mark.parametrize(
    ("order", "gone"),
    [
        (edifact_order(), edifact_change("PO-1", function="1")),
        (edifact_order(), edifact_order(function="1", sent="260302:0930")),
        (_x12_order(), order_change("PO-1", purpose="01")),
    ],
    ids=["ordchg", "orders", "x12"],
)
async def test_a_cancellation_before_its_order_ends_in_a_cancelled_order(
    door: Door, order: str, gone: str
) -> None:
    waits = await door.take(gone)
    assert waits.outcome == "exception"
    await door.take(order)
    await _follow_waiting(door)
    assert (await door.order()).status == "cancelled"
    assert (await door.take(gone)).outcome == "duplicate"


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (edifact_change("PO-1", ["LIN+1+3+A-1:SA", "PRI+AAA:9"]), ["price_changed"]),
        (edifact_change("PO-1", ["LIN+1+3+A-1:SA", "QTY+21:1:CT"]), ["unknown_unit"]),
        (edifact_change("PO-1", ["LIN+1+3+Z-9:SA", "QTY+21:1"], ["LIN+2+3+Z-8:SA"]),
         ["line_unknown", "line_unknown"]),
        (edifact_change("PO-1", ["LIN+1+1+Z-9:SA", "QTY+21:1", "PRI+AAA:1"]), ["unknown_item"]),
        (edifact_change("PO-1", ["LIN+1+3+A-1:SA", "QTY+21:1"], ["LIN+2+3+Z-9:SA", "QTY+21:1"]),
         ["line_unknown"]),
    ],
)  # fmt: skip
async def test_what_cannot_be_followed_waits_and_nothing_of_it_is_written(
    door: Door, change: str, codes: list[str]
) -> None:
    await door.take(edifact_order())
    before, lines = await door.order(), await _lines(door)
    waits = await door.take(change)
    assert await _outcome(door, waits) == ("exception", codes)
    assert (await door.order(), await _lines(door)) == (before, lines)
    # It stands in the way of no other change.
    further = edifact_change(
        "PO-1", ["LIN+1+3+A-2:SA", "QTY+21:3:PCE"], own="CHG-2", sent="260303:0930"
    )
    assert (await door.take(further)).outcome == "accepted"
    assert await _lines(door) == [("A-1", 12, 0), ("A-2", 3, 0)]


@pytest.mark.parametrize("is_shipped", [False, True])
async def test_a_change_of_what_is_at_work_or_shipped_waits_with_the_reason(
    tenant: TenantUnderTest, is_shipped: bool
) -> None:
    _, door, sku = await stocked_door(tenant)
    line = (f"LIN+1++{sku}:SA", "QTY+21:4", "PRI+AAA:2")
    await door.take(edifact_order("PO-1", line))
    async with tenant.work() as work:
        (fulfilment_id,) = await release_order(work, order_id=(await door.order()).id)
    if is_shipped:
        await _ship(tenant, fulfilment_id)
    less = edifact_change("PO-1", [f"LIN+1+3+{sku}:SA", "QTY+21:1"])
    gone = edifact_change("PO-1", own="CHG-2", function="1", sent="260303:0930")
    for change in (less, gone):
        outcome, codes = await _outcome(door, await door.take(change))
        assert (outcome, len(codes)) == ("exception", 1)
        assert codes[0] in ("invalid_state", "cancellation_too_much")
    assert await _lines(door) == [(sku, 4, 0)]
    assert await violations(tenant) == {}


async def _ship(tenant: TenantUnderTest, fulfilment_id: int) -> None:
    for step in (record_pick, pack_fulfilment_order, ship_fulfilment_order):
        async with tenant.work() as work:
            await step(work, fulfilment_order_id=fulfilment_id)


async def test_stock_follows_the_changes(tenant: TenantUnderTest) -> None:
    shop, door, sku = await stocked_door(tenant)
    await door.take(edifact_order("PO-1", (f"LIN+1++{sku}:SA", "QTY+21:4", "PRI+AAA:2")))
    left = [int(await shop.available())]
    for day, quantity in ((2, 7), (3, 2)):
        line = [f"LIN+1+3+{sku}:SA", f"QTY+21:{quantity}"]
        await door.take(edifact_change("PO-1", line, own=f"C{day}", sent=f"26030{day}:0930"))
        left.append(int(await shop.available()))
    await door.take(edifact_change("PO-1", own="C9", function="1", sent="260309:0930"))
    assert [*left, int(await shop.available())] == [6, 3, 8, 10]
    assert await violations(tenant) == {}


async def test_an_order_and_its_changes_in_one_interchange(door: Door) -> None:
    text = interchange(
        order_message("PO-1"),
        change_message("PO-1", ["LIN+1+3+A-1:SA", "QTY+21:5:PCE"], place=2),
        change_message("PO-1", ["LIN+1+2+A-2:SA"], own="CHG-2", place=3),
        order_message("PO-2", LINE, place=4),
    )
    processed = await door.take(text)
    outcomes = [document.outcome for document in await door.documents(processed.message_id)]
    assert outcomes == ["accepted", "amended", "amended", "accepted"]
    first, _ = await door.orders()
    lines = [(int(line.quantity), int(line.cancelled)) for line in await door.lines(first.id)]
    assert lines == [(5, 0), (4, 4)]
    assert (await door.take(text)).outcome == "duplicate"


async def test_a_change_that_stands_before_its_order_in_the_interchange(door: Door) -> None:
    text = interchange(
        change_message("PO-1", ["LIN+1+3+A-1:SA", "QTY+21:5:PCE"]), order_message("PO-1", place=2)
    )
    assert (await door.take(text)).outcome == "accepted"
    assert await _lines(door) == [("A-1", 5, 0), ("A-2", 4, 0)]


async def test_a_change_leaves_alone_what_was_agreed_here_of_other_lines(door: Door) -> None:
    await door.take(edifact_order("PO-1", LINE, OTHER))
    order = await door.order()
    line = (await door.lines(order.id))[1]
    async with door.tenant.work() as work:
        nine = LineAmendment(line_id=line.id, quantity=Decimal(9))
        await amend_order(work, order_id=order.id, lines=[nine])
    assert (await door.take(FIVE)).outcome == "accepted"
    assert await _lines(door) == [("A-1", 5, 0), ("A-2", 9, 0)]


async def test_the_change_of_another_buyer_or_channel_is_not_of_this_order(door: Door) -> None:
    await door.take(edifact_order())
    other = edifact_change("PO-1", ["LIN+1+2+A-1:SA"], sender="9999999999994")
    assert await _outcome(door, await door.take(other)) == ("exception", ["order_unknown"])
    beside = await new_door(door.tenant, kind="edi")
    assert await _outcome(beside, await beside.take(FIVE)) == ("exception", ["order_unknown"])
    assert await _lines(door) == [("A-1", 12, 0), ("A-2", 4, 0)]

"""Further documents about an order we have: repetitions, changes, cancellations, late comers."""

import asyncio
import itertools
import json
from decimal import Decimal
from typing import Any

import pytest

from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.intake.processing import Processed
from tests.domain.intake.formats.conftest import SAMPLES
from tests.factories.intake import (
    Door,
    ShopLine,
    ShopOrder,
    new_door,
    purchase_order,
    stocked_door,
)
from tests.factories.masters import new_item, new_party
from tests.factories.orders import violations
from tests.factories.tenants import TenantUnderTest


@pytest.fixture
async def door(tenant: TenantUnderTest) -> Door:
    """A shop that knows the items A-1 and A-2."""
    for sku in ("A-1", "A-2"):
        await new_item(tenant, sku=sku)
    return await new_door(tenant)


async def _quantities(door: Door) -> list[tuple[int, int]]:
    """Quantity and cancelled of each line of the only order."""
    lines = await door.lines((await door.order()).id)
    return [(int(line.quantity), int(line.cancelled)) for line in lines]


async def _only_outcome(door: Door, processed: Processed) -> str:
    (document,) = await door.documents(processed.message_id)
    return str(document.outcome)


async def test_the_same_document_twice_gives_one_order(door: Door) -> None:
    document = ShopOrder().document()
    first = await door.take(document)
    second = await door.take(document)
    order = await door.order()
    assert [p.outcome for p in (first, second)] == ["accepted", "duplicate"]
    assert await _only_outcome(door, second) == "duplicate"
    assert [d.order_id for d in await door.documents(second.message_id)] == [order.id]
    assert (await door.message(second.message_id)).duplicate_of_id == first.message_id
    assert (await door.message(first.message_id)).duplicate_of_id is None
    assert order.version == 1


async def test_the_same_document_many_times_at_once_gives_one_order(door: Door) -> None:
    document = ShopOrder().document()
    ids = [await door.receive(document) for _ in range(6)]
    done = await asyncio.gather(*(door.process(message_id) for message_id in ids))
    assert sorted(p.outcome for p in done if p is not None) == ["accepted"] + ["duplicate"] * 5
    assert len(await door.orders()) == 1
    assert await _quantities(door) == [(2, 0)]


async def test_a_document_without_versions_sent_again_is_the_same_order(
    tenant: TenantUnderTest,
) -> None:
    party_id = await new_party(tenant)
    edi = await new_door(tenant, kind="edi", source="x12", default_party_id=party_id)
    await new_item(tenant, sku="A-1")
    outcomes = [(await edi.take(purchase_order())).outcome for _ in range(2)]
    assert outcomes == ["accepted", "duplicate"]
    changed = await edi.take(purchase_order(lines="PO1*1*13*EA*2.50**VN*A-1~"))
    assert (changed.outcome, await _quantities(edi)) == ("accepted", [(13, 0)])
    # The first one, sent once more, does not take back what came since.
    late = await edi.take(purchase_order())
    assert (late.outcome, await _quantities(edi)) == ("duplicate", [(13, 0)])
    assert await _only_outcome(edi, late) == "superseded"


async def test_a_newer_document_amends_quantities_lines_and_addresses(door: Door) -> None:
    await door.take(ShopOrder(lines=[ShopLine("A-1", 2), ShopLine("A-2", 1)]).document())
    newer = ShopOrder(
        lines=[ShopLine("A-1", 5), ShopLine("A-2", 1), ShopLine("A-2", 3, "4.00")],
        updated_at="2026-03-01T11:00:00Z",
        city="Kiel",
    )
    processed = await door.take(newer.document())
    order = await door.order()
    assert processed.outcome == "accepted"
    assert await _only_outcome(door, processed) == "amended"
    assert await _quantities(door) == [(5, 0), (1, 0), (3, 0)]
    assert (order.ship_to["city"], order.total_minor) == ("Kiel", 7200)
    assert order.intake_message_id == processed.message_id
    assert order.source_version == "2026-03-01T11:00:00.000000Z"


async def test_a_line_taken_out_is_cancelled(door: Door) -> None:
    lines = [ShopLine("A-1", 2), ShopLine("A-2", 1)]
    await door.take(ShopOrder(lines=lines).document())
    left = [ShopLine("A-1", 2, current=2), ShopLine("A-2", 1, current=0)]
    await door.take(ShopOrder(lines=left, updated_at="2026-03-01T11:00:00Z").document())
    assert await _quantities(door) == [(2, 0), (1, 1)]
    assert (await door.order()).total_minor == 2000


async def test_an_older_document_changes_nothing(door: Door) -> None:
    await door.take(ShopOrder(updated_at="2026-03-01T12:00:00Z").document())
    older = ShopOrder(
        lines=[ShopLine("A-1", 9)],
        updated_at="2026-03-01T11:00:00Z",
        cancelled_at="2026-03-01T11:00:00Z",
    )
    processed = await door.take(older.document())
    assert (processed.outcome, await _only_outcome(door, processed)) == ("duplicate", "superseded")
    assert await _quantities(door) == [(2, 0)]
    assert (await door.order()).source_version == "2026-03-01T12:00:00.000000Z"


async def test_an_older_document_still_tells_of_the_payment(door: Door) -> None:
    newest = ShopOrder(updated_at="2026-03-01T12:00:00Z", financial_status="pending")
    await door.take(newest.document())
    await door.take(
        ShopOrder(updated_at="2026-03-01T11:00:00Z", financial_status="paid").document()
    )
    assert (await door.order()).payment_state == "paid"


async def test_of_two_changes_at_once_the_newer_one_stands(door: Door) -> None:
    await door.take(ShopOrder().document())
    changes = [
        ShopOrder(lines=[ShopLine("A-1", 2 + hour)], updated_at=f"2026-03-01T{10 + hour}:00:00Z")
        for hour in range(1, 6)
    ]
    ids = [await door.receive(change.document()) for change in reversed(changes)]
    await asyncio.gather(*(door.process(message_id) for message_id in ids))
    assert await _quantities(door) == [(7, 0)]
    assert (await door.order()).source_version == "2026-03-01T15:00:00.000000Z"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lines": [ShopLine("A-1", 2, "11.00")]}, "price_changed"),
        ({"currency": "USD"}, "currency_changed"),
        ({"lines": [ShopLine("A-1", 2), ShopLine("NEW", 1)]}, "unknown_item"),
    ],
)
async def test_what_a_person_must_agree_to_waits_and_changes_nothing(
    door: Door, change: dict[str, Any], code: str
) -> None:
    await door.take(ShopOrder().document())
    before = await door.order()
    newer = ShopOrder(updated_at="2026-03-01T11:00:00Z", financial_status="paid", **change)
    processed = await door.take(newer.document())
    assert processed.outcome == "exception"
    assert [p["code"] for p in (await door.message(processed.message_id)).problems] == [code]
    after = await door.order()
    assert (after.total_minor, after.content_hash) == (before.total_minor, before.content_hash)
    assert after.source_version == before.source_version
    assert after.payment_state == "paid"
    (document,) = await door.documents(processed.message_id)
    assert document.order_id == after.id


async def test_a_cancelled_order_is_cancelled_here_and_again_is_nothing_new(door: Door) -> None:
    await door.take(ShopOrder().document())
    gone = ShopOrder(
        cancelled_at="2026-03-01T11:00:00Z",
        updated_at="2026-03-01T11:00:00Z",
        lines=[ShopLine("A-1", 2, current=0)],
    )
    outcomes = [(await door.take(gone.document())).outcome for _ in range(2)]
    assert outcomes == ["accepted", "duplicate"]
    assert (await door.order()).status == "cancelled"
    assert await _quantities(door) == [(2, 2)]


async def test_a_cancellation_that_comes_before_its_order_ends_in_a_cancelled_order(
    door: Door,
) -> None:
    gone = ShopOrder(
        cancelled_at="2026-03-01T11:00:00Z",
        updated_at="2026-03-01T11:00:00Z",
        lines=[ShopLine("A-1", 2, current=0)],
    )
    first = await door.take(gone.document())
    created = await door.take(ShopOrder().document())
    assert (first.outcome, created.outcome) == ("accepted", "duplicate")
    assert await _only_outcome(door, created) == "superseded"
    assert (await door.order()).status == "cancelled"


async def test_a_change_of_a_cancelled_order_waits(door: Door) -> None:
    gone = ShopOrder(cancelled_at="2026-03-01T11:00:00Z", updated_at="2026-03-01T11:00:00Z")
    await door.take(gone.document())
    back = ShopOrder(lines=[ShopLine("A-1", 3)], updated_at="2026-03-01T12:00:00Z")
    processed = await door.take(back.document())
    assert processed.outcome == "exception"
    assert [p["code"] for p in (await door.message(processed.message_id)).problems] == [
        "invalid_state"
    ]


async def _release(door: Door) -> int:
    """The only order at work in its warehouse; the fulfilment order's id."""
    order = await door.order()
    async with door.tenant.work() as work:
        (fulfilment_id,) = await release_order(work, order_id=order.id)
    return fulfilment_id


async def _ship(door: Door) -> None:
    fulfilment_id = await _release(door)
    async with door.tenant.work() as work:
        await record_pick(work, fulfilment_order_id=fulfilment_id)
    async with door.tenant.work() as work:
        await pack_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
    async with door.tenant.work() as work:
        await ship_fulfilment_order(work, fulfilment_order_id=fulfilment_id)


@pytest.mark.parametrize("shipped", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        {"lines": 1},
        {"cancelled_at": "2026-03-01T11:00:00Z"},
    ],
)
async def test_a_change_of_what_is_at_work_or_shipped_waits_with_the_reason(
    tenant: TenantUnderTest, change: dict[str, Any], shipped: bool
) -> None:
    _, door, sku = await stocked_door(tenant)
    await door.take(ShopOrder(lines=[ShopLine(sku, 4)]).document())
    await (_ship(door) if shipped else _release(door))
    before = await door.order()
    fewer = {"lines": [ShopLine(sku, change.get("lines", 4))]}
    newer = ShopOrder(
        **{**change, **fewer}, updated_at="2026-03-01T11:00:00Z", financial_status="refunded"
    )
    processed = await door.take(newer.document())
    after = await door.order()
    assert processed.outcome == "exception"
    (problem,) = (await door.message(processed.message_id)).problems
    assert problem["code"] in ("invalid_state", "cancellation_too_much")
    assert problem["message"]
    assert (await door.documents(processed.message_id))[0].order_id == after.id
    assert (after.status, after.total_minor) == (before.status, before.total_minor)
    assert (after.payment_state, await _quantities(door)) == ("refunded", [(4, 0)])
    assert await violations(tenant) == {}


async def test_the_sources_word_that_it_was_shipped_is_nothing_new(
    tenant: TenantUnderTest,
) -> None:
    _, door, sku = await stocked_door(tenant)
    order = ShopOrder(lines=[ShopLine(sku, 4)])
    await door.take(order.document())
    await _ship(door)
    told = order.document() | {"updated_at": "2026-03-05T10:00:00Z", "note": "left the house"}
    told["fulfillment_status"] = "fulfilled"
    for line in told["line_items"]:
        line |= {"fulfillment_status": "fulfilled", "fulfillable_quantity": 0}
    assert (await door.take(told)).outcome == "duplicate"
    assert (await door.order()).status == "shipped"


async def test_stock_follows_what_the_source_changes_and_cancels(
    tenant: TenantUnderTest,
) -> None:
    shop, door, sku = await stocked_door(tenant)
    left = []
    for hour, quantity in enumerate((4, 7, 2), start=1):
        document = ShopOrder(
            lines=[ShopLine(sku, quantity)], updated_at=f"2026-03-01T1{hour}:00:00Z"
        )
        await door.take(document.document())
        left.append(int(await shop.available()))
    gone = ShopOrder(
        lines=[ShopLine(sku, 2)],
        updated_at="2026-03-01T15:00:00Z",
        cancelled_at="2026-03-01T15:00:00Z",
    )
    await door.take(gone.document())
    assert [*left, int(await shop.available())] == [6, 3, 8, 10]
    assert await violations(tenant) == {}


@pytest.mark.parametrize("topic", ["orders/delete", "order.deleted"])
async def test_a_deleted_order_is_cancelled_where_it_is_open(door: Door, topic: str) -> None:
    await door.take(ShopOrder().document())
    notice = {"id": 900_001_001}
    processed = await door.take(notice, topic=topic)
    assert processed.outcome == "accepted"
    assert (await door.order()).status == "cancelled"
    again = await door.take(notice, topic=topic)
    assert again.outcome == "rejected"


async def test_a_deleted_order_that_never_came_here_asks_for_nothing(door: Door) -> None:
    processed = await door.take({"id": 4711}, topic="orders/delete")
    assert processed.outcome == "rejected"
    message = await door.message(processed.message_id)
    assert (message.format, [p["code"] for p in message.problems]) == (
        "shopify.order_deleted",
        ["not_an_order"],
    )


def _life_of_a_real_order() -> dict[str, dict[str, Any]]:
    """One real Shopify order at four moments of its life."""
    sample = next(
        s
        for s in SAMPLES
        if s.kind == "ecommerce/shopify"
        and not s.is_negative
        and "line_items" in (body := json.loads(s.raw).get("order") or {})
        and body.get("updated_at")
        and all(Decimal(line["quantity"]) > 0 for line in body["line_items"])
    )
    order = json.loads(sample.raw)["order"]
    for name in ("cancelled_at", "cancel_reason", "closed_at"):
        order[name] = None
    order |= {"test": False, "financial_status": "pending", "refunds": []}
    lines = [
        {key: value for key, value in line.items() if key != "current_quantity"}
        for line in order["line_items"]
    ]

    def at(hour: int, **changes: Any) -> dict[str, Any]:
        moment = f"2030-01-01T{hour:02}:00:00Z"
        return {"order": {**order, "line_items": lines, **changes, "updated_at": moment}}

    more = [{**lines[0], "quantity": lines[0]["quantity"] + 2}, *lines[1:]]
    paid = {"line_items": more, "financial_status": "paid"}
    cancelled = {**paid, "cancelled_at": "2030-01-01T04:00:00Z", "cancel_reason": "customer"}
    return {
        "created": at(1),
        "updated": at(2, line_items=more),
        "paid": at(3, **paid),
        "cancelled": at(4, **cancelled),
    }


STEPS = ("created", "updated", "paid", "cancelled")


@pytest.mark.parametrize("last", [2, 3, 4])
async def test_documents_in_any_order_end_in_the_same_state(
    tenant: TenantUnderTest, last: int
) -> None:
    if not SAMPLES:
        pytest.skip("no shared/samples beside this checkout")
    life = _life_of_a_real_order()
    ends = set()
    for steps in itertools.permutations(STEPS[:last]):
        door = await new_door(tenant, on_unknown_item="create_draft")
        outcomes = [(await door.take(life[step])).outcome for step in steps]
        assert set(outcomes) <= {"accepted", "duplicate"}, (steps, outcomes)
        order = await door.order()
        wanted = [
            (line.external_line, line.quantity - line.cancelled)
            for line in await door.lines(order.id)
        ]
        cancelled = order.status == "cancelled"
        ends.add((cancelled, order.payment_state, order.source_version, tuple(sorted(wanted))))
    (end,) = ends
    assert end[0] is (last == 4)
    assert end[1] == ("paid" if last >= 3 else "pending")
    assert end[2] == f"2030-01-01T{last:02}:00:00.000000Z"

"""A document becomes an order, or waits with its reason, its place and its remedy."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.catalog.models import Item, ItemIdentifier
from domain.catalog.operations.item_units import set_item_unit
from domain.catalog.operations.items import update_item
from domain.channels.operations import change_assortment, update_channel
from domain.entities.models import Party
from domain.entities.operations.parties import update_party
from domain.intake.operations import (
    map_item_code,
    map_party_code,
    process_message,
    receive_message,
    replay_message,
)
from domain.intake.processing import Processed
from domain.kernel.errors import InvalidState, NotFound, NotPermitted
from domain.orders.models import SalesOrder
from tests.factories.intake import (
    Door,
    ShopLine,
    ShopOrder,
    interchange,
    new_door,
    purchase_order,
    purchase_order_set,
)
from tests.factories.masters import new_item, new_party, new_price_list, price
from tests.factories.tenants import TenantUnderTest


async def _replay(door: Door, message_id: int) -> Processed:
    async with door.tenant.work() as work:
        return await replay_message(work, message_id=message_id)


async def _map(door: Door, code: str, item_id: int, unit: str | None = None) -> None:
    async with door.tenant.work() as work:
        await map_item_code(work, channel_id=door.channel_id, code=code, item_id=item_id, unit=unit)


async def _edi(tenant: TenantUnderTest, **fields: Any) -> Door:
    return await new_door(tenant, **{"kind": "edi", "source": "x12", **fields})


def _codes(processed: Processed) -> list[str]:
    return [problem.code for booked in processed.booked for problem in booked.problems]


async def test_a_known_item_makes_an_order_that_says_what_the_document_said(
    tenant: TenantUnderTest,
) -> None:
    door = await new_door(tenant)
    item_id = await new_item(tenant, sku="A-1")
    processed = await door.take(ShopOrder().document(), filename="order.json")
    order = await door.order()
    assert processed.outcome == "accepted"
    assert (order.external_id, order.external_number) == ("900001001", "#1001")
    assert (order.currency, order.subtotal_minor, order.total_minor) == ("EUR", 2000, 2000)
    assert order.ship_to["city"] == "Bremen"
    assert (order.payment_state, order.status) == ("pending", "backordered")
    (line,) = await door.lines(order.id)
    assert (line.item_id, line.quantity, line.unit) == (item_id, 2, "each")
    assert (line.unit_price, line.net_minor, line.external_line) == (10, 2000, "100101")
    message = await door.message(processed.message_id)
    assert (message.outcome, message.format, message.problems) == ("accepted", "shopify.order", [])
    assert (message.processed_at, message.attempts) == (tenant.now, 1)
    (document,) = await door.documents(processed.message_id)
    assert (document.order_id, document.outcome) == (order.id, "accepted")
    assert order.intake_message_id == processed.message_id


async def test_an_unknown_item_waits_and_its_code_mapped_and_replayed_gives_the_order(
    tenant: TenantUnderTest,
) -> None:
    door = await new_door(tenant)
    processed = await door.take(ShopOrder().document())
    assert processed.outcome == "exception"
    (problem,) = (await door.message(processed.message_id)).problems
    assert (problem["code"], problem["path"]) == ("unknown_item", "line_items[0]")
    assert "mapItemCode" in problem["remedy"]
    assert (await door.orders(), await door.counted(Item)) == ([], 0)
    item_id = await new_item(tenant, sku="OURS")
    await _map(door, "A-1", item_id)
    replayed = await _replay(door, processed.message_id)
    assert replayed.outcome == "accepted"
    (line,) = await door.lines((await door.order()).id)
    assert (line.item_id, line.external_code) == (item_id, "A-1")
    message = await door.message(processed.message_id)
    assert (message.outcome, message.problems, message.attempts) == ("accepted", [], 2)
    assert len(await door.documents(processed.message_id)) == 1


async def test_who_may_only_manage_intake_can_map_and_replay(tenant: TenantUnderTest) -> None:
    door = await new_door(tenant, on_unknown_item="create_draft")
    paid = ShopOrder(financial_status="paid", lines=[ShopLine("A-1"), ShopLine("")])
    waiting = await door.take(paid.document())
    clerk = tenant.user("intake.manage")
    item_id = await new_item(tenant)
    async with tenant.work(as_=clerk) as work:
        await map_item_code(work, channel_id=door.channel_id, code="Thing", item_id=item_id)
        await replay_message(work, message_id=waiting.message_id)
        assert work.principal == clerk
    nobody = tenant.user("intake.read")
    for refused in (
        lambda work: map_item_code(work, channel_id=door.channel_id, code="Other", item_id=item_id),
        lambda work: map_party_code(work, channel_id=door.channel_id, code="X", party_id=1),
        lambda work: replay_message(work, message_id=waiting.message_id),
    ):
        with pytest.raises(NotPermitted):
            async with tenant.work(as_=nobody) as work:
                await refused(work)


async def test_only_a_message_that_waits_is_replayed(tenant: TenantUnderTest) -> None:
    door = await new_door(tenant)
    await new_item(tenant, sku="A-1")
    accepted = await door.take(ShopOrder().document())
    with pytest.raises(InvalidState) as refused:
        await _replay(door, accepted.message_id)
    assert refused.value.fields == {"state": "accepted", "allowed": []}
    received = await door.receive(b"{}")
    with pytest.raises(InvalidState):
        await _replay(door, received)
    with pytest.raises(NotFound):
        await _replay(door, 987654321)


async def test_a_draft_item_is_made_for_what_is_unknown(tenant: TenantUnderTest) -> None:
    door = await _edi(tenant, on_unknown_item="create_draft", on_unknown_party="create_draft")
    lines = (
        "PO1*1*12*CA*2.50**VN*NEW-1~PID*F****A new thing~"
        "PO1*2*1*CA*2.50**VN*NEW-1~PO1*3*5**1.00**VN*NEW-2~"
    )
    processed = await door.take(purchase_order(lines=lines))
    assert processed.outcome == "accepted", _codes(processed)
    async with tenant.read() as reader:
        items = await reader.rows(
            select(Item.sku, Item.name, Item.base_unit, Item.status)
            .where(Item.tenant_id == tenant.id)
            .order_by(Item.sku)
        )
        codes = await reader.rows(
            select(ItemIdentifier.value, ItemIdentifier.channel_id)
            .where(ItemIdentifier.tenant_id == tenant.id)
            .order_by(ItemIdentifier.value)
        )
        parties = await reader.rows(
            select(Party.code, Party.name, Party.status).where(Party.tenant_id == tenant.id)
        )
    assert [tuple(row) for row in items] == [
        ("NEW-1", "A new thing", "CA", "draft"),
        ("NEW-2", "NEW-2", "EA", "draft"),
    ]
    assert [tuple(row) for row in codes] == [
        ("NEW-1", door.channel_id),
        ("NEW-2", door.channel_id),
    ]
    assert [tuple(row) for row in parties] == [("BUYER7", "Buyer Ltd", "draft")]


async def test_a_draft_does_not_take_the_sku_or_code_of_a_record_of_ours(
    tenant: TenantUnderTest,
) -> None:
    door = await _edi(
        tenant, code="EDI1", on_unknown_item="create_draft", on_unknown_party="create_draft"
    )
    await new_item(tenant, sku="777")
    await new_party(tenant, code="BUYER7")
    # As a buyer's number, 777 does not mean our SKU.
    processed = await door.take(purchase_order(lines="PO1*1*1*EA*1.00**BP*777~"))
    assert processed.outcome == "accepted", _codes(processed)
    async with tenant.read() as reader:
        skus = await reader.values(
            select(Item.sku).where(Item.tenant_id == tenant.id, Item.status == "draft")
        )
        parties = await reader.values(
            select(Party.code).where(Party.tenant_id == tenant.id, Party.status == "draft")
        )
    assert (list(skus), list(parties)) == (["777@EDI1"], ["BUYER7@EDI1"])


async def test_two_documents_at_once_make_each_draft_once(tenant: TenantUnderTest) -> None:
    door = await _edi(tenant, on_unknown_item="create_draft", on_unknown_party="create_draft")
    ids = [await door.receive(purchase_order(f"PO-{n}")) for n in range(4)]
    done = await asyncio.gather(*(door.process(message_id) for message_id in ids))
    assert [p.outcome for p in done if p is not None] == ["accepted"] * 4
    assert (await door.counted(Item), await door.counted(Party)) == (1, 1)
    assert await door.counted(SalesOrder) == 4


async def test_keeping_and_booking_in_one_transaction_at_once_makes_each_draft_once(
    tenant: TenantUnderTest,
) -> None:
    """The command line does so; its new message refers to the channel that drafts lock."""
    door = await _edi(tenant, on_unknown_item="create_draft", on_unknown_party="create_draft")
    both_kept = asyncio.Barrier(2)

    async def ingest(number: str) -> None:
        async with tenant.work() as work:
            message_id = await receive_message(
                work, channel_code=door.code, raw=purchase_order(number).encode()
            )
            await both_kept.wait()
            await process_message(work, message_id=message_id)

    await asyncio.gather(ingest("PO-1"), ingest("PO-2"))
    assert (await door.counted(Item), await door.counted(SalesOrder)) == (1, 2)


async def test_an_unknown_buyer_waits_and_its_code_mapped_and_replayed_gives_the_order(
    tenant: TenantUnderTest,
) -> None:
    door = await _edi(tenant)
    await new_item(tenant, sku="A-1")
    waiting = await door.take(purchase_order())
    assert _codes(waiting) == ["unknown_party"]
    party_id = await new_party(tenant)
    async with tenant.work() as work:
        await map_party_code(work, channel_id=door.channel_id, code="BUYER7", party_id=party_id)
    assert (await _replay(door, waiting.message_id)).outcome == "accepted"
    assert (await door.order()).party_id == party_id


async def test_the_channels_own_customer_stands_for_an_unknown_buyer_unless_closed(
    tenant: TenantUnderTest,
) -> None:
    party_id = await new_party(tenant)
    door = await _edi(tenant, default_party_id=party_id)
    await new_item(tenant, sku="A-1")
    await door.take(purchase_order("PO-1"))
    assert (await door.order()).party_id == party_id
    async with tenant.work() as work:
        await update_party(work, party_id=party_id, status="closed")
    assert _codes(await door.take(purchase_order("PO-2"))) == ["party_closed"]


async def test_a_discontinued_item_waits(tenant: TenantUnderTest) -> None:
    door = await new_door(tenant)
    item_id = await new_item(tenant, sku="A-1")
    async with tenant.work() as work:
        await update_item(work, item_id=item_id, status="discontinued")
    assert _codes(await door.take(ShopOrder().document())) == ["item_discontinued"]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("PO1*1*1*PL*9.00**VN*A-1~", "unknown_unit"),
        ("PO1*1*1*EA***VN*A-1~", "price_missing"),
        ("PO1*1*0.0000001*EA*1**VN*A-1~", "quantity_not_exact"),
        ("PO1*1*9999999999999*EA*1**VN*A-1~", "quantity_too_large"),
        ("PO1*1*10*EA*9999999999999**VN*A-1~", "amount_out_of_range"),
        ("PO1*1*1*EA*99999999999999999999**VN*A-1~", "amount_out_of_range"),
    ],
)
async def test_a_line_that_cannot_be_booked_says_why_and_where(
    tenant: TenantUnderTest, lines: str, code: str
) -> None:
    door = await _edi(tenant, default_party_id=await new_party(tenant))
    await new_item(tenant, sku="A-1")
    processed = await door.take(purchase_order(lines=lines))
    assert processed.outcome == "exception"
    assert _codes(processed) == [code]
    (problem,) = processed.booked[0].problems
    assert problem.path == "ISA[1]/GS[1]/ST[1]/PO1[1]"
    assert problem.remedy
    assert await door.orders() == []


async def test_the_unit_of_a_mapped_code_counts_where_the_item_has_not_the_documents(
    tenant: TenantUnderTest,
) -> None:
    door = await _edi(tenant, default_party_id=await new_party(tenant))
    item_id = await new_item(tenant)
    async with tenant.work() as work:
        await set_item_unit(
            work, item_id=item_id, unit="case", numerator=Decimal(12), denominator=Decimal(1)
        )
    await _map(door, "THEIRS", item_id, unit="case")
    await door.take(purchase_order(lines="PO1*1*2*PL*60.00**VN*THEIRS~"))
    (line,) = await door.lines((await door.order()).id)
    assert (line.unit, line.quantity_ordered, line.quantity) == ("case", 2, 24)
    assert (line.unit_price, line.net_minor) == (60, 12000)


async def test_a_missing_price_comes_from_the_price_list(tenant: TenantUnderTest) -> None:
    door = await _edi(tenant, default_party_id=await new_party(tenant))
    item_id = await new_item(tenant, sku="A-1")
    waiting = await door.take(purchase_order(lines="PO1*1*3*EA***VN*A-1~"))
    assert _codes(waiting) == ["price_missing"]
    await price(tenant, await new_price_list(tenant), item_id, "4.25")
    assert (await _replay(door, waiting.message_id)).outcome == "accepted"
    assert (await door.order()).total_minor == 1275


async def test_where_the_price_list_rules_the_documents_prices_do_not_count(
    tenant: TenantUnderTest,
) -> None:
    door = await new_door(tenant, price_source="price_list")
    item_id = await new_item(tenant, sku="A-1")
    await price(tenant, await new_price_list(tenant), item_id, "4.25")
    await door.take(ShopOrder().document())
    order = await door.order()
    assert (order.subtotal_minor, order.total_minor) == (850, 850)


async def test_a_document_in_another_currency_than_its_channel_is_booked_in_its_own(
    tenant: TenantUnderTest,
) -> None:
    door = await new_door(tenant, currency="EUR")
    await new_item(tenant, sku="A-1")
    await door.take(ShopOrder(currency="JPY", lines=[ShopLine("A-1", 2, "1500")]).document())
    order = await door.order()
    assert (order.currency, order.total_minor) == ("JPY", 3000)


async def test_a_currency_that_does_not_exist_waits(tenant: TenantUnderTest) -> None:
    door = await new_door(tenant)
    await new_item(tenant, sku="A-1")
    assert _codes(await door.take(ShopOrder(currency="XQX").document())) == ["currency_unknown"]


async def test_a_line_that_asks_for_nothing_is_left_out_with_a_warning(
    tenant: TenantUnderTest,
) -> None:
    door = await new_door(tenant)
    await new_item(tenant, sku="A-1")
    lines = [ShopLine("A-1", 2), ShopLine("NEVER-HEARD-OF", 0)]
    processed = await door.take(ShopOrder(lines=lines).document())
    assert (processed.outcome, _codes(processed)) == ("accepted", ["line_without_quantity"])
    assert len(await door.lines((await door.order()).id)) == 1
    (problem,) = (await door.message(processed.message_id)).problems
    assert (problem["severity"], problem["path"]) == ("warning", "line_items[1]")


async def test_an_order_that_asks_for_nothing_at_all_waits(tenant: TenantUnderTest) -> None:
    door = await new_door(tenant, on_unknown_item="create_draft")
    processed = await door.take(ShopOrder(lines=[ShopLine("A-1", 0)]).document())
    assert processed.outcome == "exception"
    assert _codes(processed) == ["line_without_quantity", "nothing_ordered"]


async def test_what_the_source_took_back_before_is_not_ordered(tenant: TenantUnderTest) -> None:
    door = await new_door(tenant)
    await new_item(tenant, sku="A-1")
    lines = [ShopLine("A-1", 3, "10.00", current=1)]
    await door.take(ShopOrder(lines=lines).document())
    order = await door.order()
    (line,) = await door.lines(order.id)
    assert (line.quantity, line.net_minor, order.total_minor) == (1, 1000, 1000)


async def test_a_test_order_is_held_and_says_so(tenant: TenantUnderTest) -> None:
    door = await new_door(tenant)
    await new_item(tenant, sku="A-1")
    processed = await door.take(ShopOrder(more={"test": True}).document())
    order = await door.order()
    assert (processed.outcome, _codes(processed)) == ("accepted", ["test_order"])
    assert (order.status, order.hold_reason) == ("held", "marked as a test by its source")


async def test_each_order_of_an_interchange_has_its_own_outcome(tenant: TenantUnderTest) -> None:
    door = await _edi(tenant, default_party_id=await new_party(tenant))
    await new_item(tenant, sku="A-1")
    sets = (
        purchase_order_set("A", control="0001"),
        purchase_order_set("B", control="0002", lines="PO1*1*1*EA*1.00**VN*NEW~"),
        purchase_order_set("A", control="0003"),
    )
    processed = await door.take(interchange(*sets))
    assert processed.outcome == "exception"
    documents = await door.documents(processed.message_id)
    first = await door.order()
    assert [(d.external_number, d.outcome, d.order_id) for d in documents] == [
        ("A", "accepted", first.id),
        ("B", "exception", None),
        ("A", "duplicate", first.id),
    ]
    await new_item(tenant, sku="NEW")
    replayed = await _replay(door, processed.message_id)
    assert replayed.outcome == "accepted"
    assert [d.outcome for d in await door.documents(processed.message_id)] == [
        "accepted",
        "accepted",
        "duplicate",
    ]
    assert [order.external_number for order in await door.orders()] == ["A", "B"]


async def test_an_acknowledgement_is_kept_for_the_sender(tenant: TenantUnderTest) -> None:
    door = await _edi(tenant, default_party_id=await new_party(tenant))
    await new_item(tenant, sku="A-1")
    processed = await door.take(purchase_order())
    acknowledgement = (await door.message(processed.message_id)).acknowledgement
    assert "ST*997*" in acknowledgement
    assert "AK9*A*1*1*1~" in acknowledgement


@pytest.mark.parametrize(
    "fault",
    [
        ("IEA*1*", "IEA*2*"),
        ("GE*1*", "GE*7*"),
        ("SE*", "SE*9"),
        ("*000000001~", "*000000009~"),
    ],
)
async def test_a_faulty_envelope_is_kept_and_never_booked(
    tenant: TenantUnderTest, fault: tuple[str, str]
) -> None:
    door = await _edi(tenant, on_unknown_item="create_draft", on_unknown_party="create_draft")
    raw = purchase_order()
    place = raw.rindex(fault[0])
    faulty = raw[:place] + fault[1] + raw[place + len(fault[0]) :]
    processed = await door.take(faulty)
    assert processed.outcome == "exception"
    message = await door.message(processed.message_id)
    assert any(problem["severity"] == "error" for problem in message.problems)
    assert message.raw == faulty.encode()
    assert (await door.orders(), await door.counted(Item)) == ([], 0)


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [
        (b'{"id": 1, "line_items": [', "exception"),
        (b"", "exception"),
        (b'{"webhook_id": 7}', "rejected"),
        (b"%PDF-1.7 whatever", "rejected"),
    ],
)
async def test_what_is_no_order_is_rejected_and_what_may_be_one_waits(
    tenant: TenantUnderTest, raw: bytes, outcome: str
) -> None:
    door = await new_door(tenant)
    processed = await door.take(raw)
    assert processed.outcome == outcome
    message = await door.message(processed.message_id)
    assert message.problems
    assert await door.documents(processed.message_id) == []


async def test_a_closed_channel_still_takes_the_cancellation_of_its_orders(
    tenant: TenantUnderTest,
) -> None:
    door = await new_door(tenant)
    await new_item(tenant, sku="A-1")
    await door.take(ShopOrder().document())
    later = ShopOrder(cancelled_at="2026-03-02T08:00:00Z", updated_at="2026-03-02T08:00:00Z")
    message_id = await door.receive(later.document())
    async with tenant.work() as work:
        await update_channel(work, channel_id=door.channel_id, status="closed")
    processed = await door.process(message_id)
    assert processed is not None
    assert processed.outcome == "accepted"
    assert (await door.order()).status == "cancelled"


async def test_what_the_customer_is_not_offered_waits_until_it_is(tenant: TenantUnderTest) -> None:
    party_id = await new_party(tenant)
    door = await _edi(tenant, default_party_id=party_id)
    offered, other = await new_item(tenant, sku="A-0"), await new_item(tenant, sku="A-1")
    async with tenant.work() as work:
        await change_assortment(work, party_id=party_id, add=[offered])
    waiting = await door.take(purchase_order())
    assert (waiting.outcome, _codes(waiting)) == ("exception", ["item_not_offered"])
    assert await door.orders() == []
    async with tenant.work() as work:
        await change_assortment(work, party_id=party_id, add=[other])
    assert (await _replay(door, waiting.message_id)).outcome == "accepted"
    # What is agreed stays so, though it is offered no longer; no more of it is ordered anew.
    async with tenant.work() as work:
        await change_assortment(work, party_id=party_id, remove=[other])
    changed = await door.take(purchase_order(lines="PO1*1*13*EA*2.50**VN*A-1~"))
    assert changed.outcome == "accepted"
    assert [int(line.quantity) for line in await door.lines((await door.order()).id)] == [13]


async def test_what_the_channel_is_not_offered_waits(tenant: TenantUnderTest) -> None:
    door = await new_door(tenant)
    await new_item(tenant, sku="A-1")
    async with tenant.work() as work:
        await change_assortment(work, channel_id=door.channel_id)
    waiting = await door.take(ShopOrder().document())
    (problem,) = (await door.message(waiting.message_id)).problems
    assert (problem["code"], problem["path"]) == ("item_not_offered", "line_items[0]")
    assert "changeAssortment" in problem["remedy"]
    assert await door.orders() == []

"""The invariants of goods on their way, pieces, kits, holds and counts see what breaks them."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from sqlalchemy import text

from domain.inventory.lines import AdjustmentLine
from domain.inventory.operations.requesting_adjustments import request_stock_adjustment
from tests.factories.checks import counted, violations
from tests.factories.counting import allow, close, open_count
from tests.factories.counting import counted as write_down
from tests.factories.orders import Shop, new_shop
from tests.factories.pieces import receive_pieces, send
from tests.factories.tenants import TenantUnderTest
from tests.factories.transfers import released


async def _scene(tenant: TenantUnderTest) -> Shop:
    """Of two pieces one is on its way and one is kept for an order; a correction waits, and a
    count was booked."""
    shop = await new_shop(tenant, locations=2, items=2, tracking="serial")
    await receive_pieces(shop, "S1", "S2")
    await send(shop, await released(shop, 1), "S1")
    await shop.place(shop.line(1))
    await allow(tenant, quantity=Decimal(3))
    line = AdjustmentLine(item_id=shop.setting.item_ids[1], delta=Decimal(9), serials="ABCDEFGHI")
    async with tenant.work(as_=tenant.user("inventory.adjust", "approvals.request")) as work:
        here = shop.setting.location_ids[0]
        await request_stock_adjustment(work, location_id=here, lines=[line], reason="found")
    count_id = await open_count(shop, items=[0])
    await write_down(shop, count_id, 1, serials=["S2"])
    assert await close(shop, count_id) == "booked"
    return shop


async def test_they_hold_and_look_at_something(tenant: TenantUnderTest) -> None:
    await _scene(tenant)
    assert await violations(tenant) == []
    names = (
        "goods_on_their_way_lie_in_transit",
        "transfers_lose_nothing",
        "pieces_on_their_way_are_what_is_on_its_way",
        "pieces_are_where_their_history_says",
        "ended_reservations_keep_nothing",
        "corrections_wait_as_long_as_their_request",
        "counts_are_booked_as_they_were_decided",
    )
    told = await counted(tenant)
    assert [told[name] for name in names] == [1, 1, 1, 2, 3, 1, 1]


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (
            ["UPDATE transfer_line SET in_transit = 0, received = 1"],
            [
                "goods_on_their_way_lie_in_transit",
                "pieces_on_their_way_are_what_is_on_its_way",
                "transfers_end_when_nothing_is_on_its_way",
                "transfers_hold_what_they_keep_and_what_is_on_its_way",
            ],
        ),
        (
            [
                "INSERT INTO stock_movement (tenant_id, balance_id, kind, on_hand, reason,"
                " reference_kind, reference_id, actor, occurred_at) SELECT tenant_id, balance_id,"
                " kind, 1, reason, reference_kind, reference_id, actor, occurred_at"
                " FROM stock_movement WHERE kind = 'transfer_in'"
            ],
            ["balance_is_sum_of_movements", "transfers_lose_nothing"],
        ),
        (
            ["UPDATE serial_number SET state = 'shipped', transfer_line_id = NULL WHERE code='S1'"],
            [
                "pieces_are_what_is_on_hand",
                "pieces_are_where_their_history_says",
                "pieces_on_their_way_are_what_is_on_its_way",
            ],
        ),
        (
            [
                "INSERT INTO serial_movement (tenant_id, serial_id, balance_id, kind, state,"
                " reason, reference_kind, reference_id, actor, occurred_at) SELECT tenant_id,"
                " serial_id, balance_id, kind, 'damaged', reason, reference_kind, reference_id,"
                " actor, occurred_at FROM serial_movement WHERE kind = 'transfer_out'"
            ],
            ["pieces_are_where_their_history_says"],
        ),
        (
            ["UPDATE stock_reservation SET status = 'released' WHERE order_line_id IS NOT NULL"],
            ["ended_reservations_keep_nothing", "reserved_is_sum_of_open_reservations"],
        ),
        (
            ["UPDATE item SET kind = 'kit'"],
            ["kits_that_are_sold_in_parts_have_no_stock"],
        ),
        (
            ["UPDATE requested_adjustment SET status = 'dropped'"],
            ["corrections_wait_as_long_as_their_request"],
        ),
        (
            ["UPDATE stock_count_line SET difference_damaged = 1"],
            ["counts_are_booked_as_they_were_decided"],
        ),
    ],
)
async def test_each_is_named_when_it_is_broken(
    tenant: TenantUnderTest, damage: Sequence[str], named: list[str]
) -> None:
    await _scene(tenant)
    async with tenant.work() as work:
        for statement in damage:
            await work.execute(text(statement))
    broken = {name for name, _ in await violations(tenant)}
    assert sorted(broken - {"expected_of_transfers_is_what_is_on_its_way"}) == named


async def test_a_hold_that_ended_and_still_keeps_is_named(tenant: TenantUnderTest) -> None:
    shop = await _scene(tenant)
    statements = [
        "INSERT INTO stock_hold (tenant_id, kind, holder, channel_id, expires_at, status,"
        " created_at, version) SELECT :t, 'cart', 'h', id, now(), 'expired', now(), 1 FROM channel"
        " LIMIT 1",
        "UPDATE stock_reservation SET kind = 'soft', order_line_id = NULL, expires_at = now(),"
        " hold_id = (SELECT max(id) FROM stock_hold) WHERE order_line_id IS NOT NULL",
    ]
    async with tenant.work() as work:
        for statement in statements:
            await work.execute(text(statement), {"t": shop.tenant.id} if ":t" in statement else {})
    assert "ended_holds_keep_nothing" in {name for name, _ in await violations(tenant)}

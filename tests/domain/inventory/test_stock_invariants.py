"""The invariants of stock and books see what breaks them."""

from decimal import Decimal

import pytest
from sqlalchemy import text

from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.reservations import Taken, Wanted, consume, reserve
from tests.factories.checks import counted, violations
from tests.factories.stock import StockSetting, new_order_lines, new_stock_setting
from tests.factories.tenants import TenantUnderTest, new_tenant

D = Decimal


async def _stocked(tenant: TenantUnderTest) -> tuple[StockSetting, int]:
    setting = await new_stock_setting(tenant)
    (line_id,) = await new_order_lines(setting, [4])
    line = ReceiptLine(item_id=setting.item_ids[0], quantity=D(10), unit_cost=D(1))
    async with tenant.work() as work:
        document = await receive_stock(work, location_id=setting.location_ids[0], lines=[line])
        balance_id = document.balance_ids[0]
        wanted = [Wanted(balance_id=balance_id, order_line_id=line_id, quantity=D(4))]
        await reserve(work, wanted, reference_kind="order", reference_id=1)
    return setting, balance_id


async def test_they_hold_and_tell_how_much_they_looked_at(tenant: TenantUnderTest) -> None:
    await _stocked(await new_tenant(tenant.engine, now=tenant.now))
    assert set((await counted(tenant)).values()) == {0}
    await _stocked(tenant)
    assert await violations(tenant) == []
    assert await counted(tenant) == {
        "balance_is_sum_of_movements": 1,
        "reserved_is_sum_of_open_reservations": 1,
        "nothing_oversold": 1,
        "cost_covers_what_is_on_hand": 1,
        "inventory_account_is_value_of_stock": 1,
        "pieces_are_what_is_on_hand": 0,
        "pieces_held_are_what_is_held": 0,
        "stock_of_lots_is_of_known_lots": 1,
        "ended_holds_keep_nothing": 0,
        "no_kit_is_made_of_itself": 0,
        "expected_of_transfers_is_what_is_on_its_way": 0,
        "holds_keep_what_they_hold": 0,
        "transfers_hold_what_they_keep_and_what_is_on_its_way": 0,
        "transfers_end_when_nothing_is_on_its_way": 0,
        "counts_are_booked_as_they_were_decided": 0,
        "what_waits_for_approval_is_asked_for": 0,
        "goods_on_their_way_lie_in_transit": 0,
        "transfers_lose_nothing": 0,
        "pieces_on_their_way_are_what_is_on_its_way": 0,
        "pieces_are_where_their_history_says": 0,
        "ended_reservations_keep_nothing": 1,
        "kits_that_are_sold_in_parts_have_no_stock": 0,
        "corrections_wait_as_long_as_their_request": 0,
        "value_is_sum_of_what_happened": 1,
        "layers_are_what_is_costed": 1,
        "fifo_layers_are_the_value": 1,
        "layers_went_where_it_is_told": 1,
        "issues_cost_what_they_took": 0,
        "what_came_back_is_of_what_left": 0,
        "journal_balances": 1,
        "journal_has_lines": 1,
        "journal_line_account_of_entity": 2,
        "journal_balances_in_base": 1,
        "journals_are_numbered_without_gaps": 1,
        "fiscal_periods_follow_each_other": 12,
    }


@pytest.mark.parametrize(
    ("damage", "broken"),
    [
        (
            "UPDATE stock_balance SET on_hand = 11",
            [
                ("balance_is_sum_of_movements", 10, 11),
                ("cost_covers_what_is_on_hand", 11, 10),
            ],
        ),
        (
            "UPDATE stock_balance SET reserved = 3",
            [
                ("balance_is_sum_of_movements", 4, 3),
                ("reserved_is_sum_of_open_reservations", 4, 3),
            ],
        ),
        ("UPDATE stock_balance SET damaged = 1", [("balance_is_sum_of_movements", 0, 1)]),
        (
            "UPDATE stock_reservation SET quantity = 5",
            [("reserved_is_sum_of_open_reservations", 5, 4)],
        ),
        (
            "UPDATE item_cost SET quantity = 9",
            [("cost_covers_what_is_on_hand", 10, 9), ("layers_are_what_is_costed", 10, 9)],
        ),
        (
            "DELETE FROM item_cost",
            [
                ("cost_covers_what_is_on_hand", 10, 0),
                ("inventory_account_is_value_of_stock", 0, 1000),
            ],
        ),
        (
            "UPDATE item_cost SET value_minor = 999",
            [
                ("inventory_account_is_value_of_stock", 999, 1000),
                ("value_is_sum_of_what_happened", 1000, 999),
            ],
        ),
        (
            "UPDATE cost_layer SET quantity_left = 9",
            [("layers_are_what_is_costed", 9, 10), ("layers_went_where_it_is_told", 0, 1)],
        ),
        (
            "UPDATE item_cost SET method = 'fifo'",
            [("fifo_layers_are_the_value", 0, 1000)],
        ),
    ],
)
async def test_each_sees_what_breaks_it(
    tenant: TenantUnderTest, damage: str, broken: list[tuple[str, int, int]]
) -> None:
    await _stocked(tenant)
    async with tenant.work() as work:
        await work.execute(text(damage))
    found = await violations(tenant)
    assert [(name, row["expected"], row["actual"]) for name, row in found] == broken


async def test_goods_that_leave_without_their_cost_are_noticed(tenant: TenantUnderTest) -> None:
    _, _ = await _stocked(tenant)
    async with tenant.work() as work:
        reservation_id = await work.value(text("SELECT id FROM stock_reservation"))
        taken = [Taken(reservation_id=reservation_id, quantity=D(4))]
        await consume(work, taken, reference_kind="shipment", reference_id=1)
    found = await violations(tenant)
    assert [(name, row["expected"], row["actual"]) for name, row in found] == [
        ("cost_covers_what_is_on_hand", 6, 10)
    ]

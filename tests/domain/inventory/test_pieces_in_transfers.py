"""Pieces with serial numbers go with transfers: named when they leave, known on their way, and
named when they arrive."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest

from domain.inventory.lines import AdjustmentLine
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.closing_transfers import close_transfer
from domain.inventory.operations.receiving_transfers import receive_transfer
from domain.inventory.operations.shipping_transfers import ship_transfer
from domain.inventory.outcomes import SerialNotThere, SerialTaken
from domain.inventory.policies.transfers import Arrival, arrival_of_pieces
from domain.inventory.transfer_goods import MovedLine
from domain.kernel.errors import InvalidInput, InvalidState
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.pieces import history, land, pieces, receive_pieces, send
from tests.factories.tenants import TenantUnderTest
from tests.factories.transfers import quantities, released, status, stock_at

D = Decimal


async def _shop(tenant: TenantUnderTest, *serials: str) -> Shop:
    shop = await new_shop(tenant, locations=2, tracking="serial")
    await receive_pieces(shop, *serials)
    return shop


def _line(quantity: int, serials: Sequence[str], **fields: object) -> MovedLine:
    return MovedLine(line_number=1, quantity=D(quantity), serials=serials, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("serials", "damaged", "expected"),
    [
        ("A B", "", Arrival(D(2), D(0), D(0), D(0))),
        ("A", "A", Arrival(D(1), D(0), D(1), D(0))),
        ("A X", "A X", Arrival(D(1), D(1), D(1), D(1))),
        ("X Y", "Y", Arrival(D(0), D(2), D(0), D(1))),
    ],
)
def test_what_was_on_its_way_is_told_by_name(serials: str, damaged: str, expected: Arrival) -> None:
    on_way = {"A", "B"}
    assert arrival_of_pieces(serials.split(), damaged.split(), on_their_way=on_way) == expected


async def test_named_pieces_go_through_transit(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant, "S1", "S2", "S3")
    transfer_id = await released(shop, 2)
    await send(shop, transfer_id, "S1", " S3 ")
    assert await pieces(shop) == {
        "S1": ("transit", "in_transit"),
        "S2": ("source", "available"),
        "S3": ("transit", "in_transit"),
    }
    assert await violations(tenant) == {}
    await land(shop, transfer_id, "S3", damaged="S3")
    assert await status(shop, transfer_id) == "partly_received"
    await land(shop, transfer_id, "S1")
    assert await status(shop, transfer_id) == "received"
    assert await pieces(shop) == {
        "S1": ("destination", "available"),
        "S2": ("source", "available"),
        "S3": ("destination", "damaged"),
    }
    assert await stock_at(shop) == {
        "source": (1, 0, 0, 1),
        "transit": (0, 0, 0, 0),
        "destination": (2, 0, 1, 1),
    }
    assert await history(shop, "S3") == [
        ("receipt", "available", "stock_document"),
        ("transfer_out", "in_transit", "transfer_order"),
        ("transfer_in", "damaged", "transfer_order"),
    ]
    assert await violations(tenant) == {}


async def test_every_piece_that_leaves_is_named_and_there(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant, "S1", "S2", "S3")
    await receive_pieces(shop, "S4", location=1)
    transfer_id = await released(shop, 2)
    for line in (None, _line(2, ["S1"]), _line(1, ["S1", "S2"]), _line(2, ["S1", "S1"])):
        with pytest.raises(InvalidInput) as refused:
            async with tenant.work() as work:
                lines = None if line is None else [line]
                await ship_transfer(work, transfer_id=transfer_id, lines=lines)
        assert refused.value.path == ("lines", 0, "serials")
    for strange in ("S4", "S9"):
        with pytest.raises(SerialNotThere) as missing:
            await send(shop, transfer_id, "S1", strange)
        assert missing.value.fields["serial"] == strange
    assert await status(shop, transfer_id) == "released"
    assert {where for where, _ in (await pieces(shop)).values()} == {"source", "destination"}
    await send(shop, transfer_id, "S2")
    assert (await stock_at(shop))["source"] == (2, 0, 0, 2)
    assert await violations(tenant) == {}


async def test_of_what_arrives_the_right_ones_are_told_from_the_wrong(
    tenant: TenantUnderTest,
) -> None:
    shop = await _shop(tenant, "S1", "S2", "S3")
    transfer_id = await released(shop, 2)
    await send(shop, transfer_id, "S1", "S2")
    # S3 was put into the box instead of S2: by the books it lies at the source.
    with pytest.raises(SerialTaken) as taken:
        await land(shop, transfer_id, "S1", "S3", reason="wrong one")
    assert taken.value.fields["serial"] == "S3"
    with pytest.raises(InvalidInput) as refused:
        await land(shop, transfer_id, "S1", "X9")
    assert refused.value.path == ("reason",)
    with pytest.raises(InvalidInput) as broken:
        async with tenant.work() as work:
            line = _line(1, ["S1"], damaged=D(1), damaged_serials=["S2"])
            await receive_transfer(work, transfer_id=transfer_id, lines=[line])
    assert broken.value.path == ("lines", 0, "damaged_serials")
    assert await quantities(shop, transfer_id) == [(2, 0, 0, 0, 0, 2)]
    await land(shop, transfer_id, "S1", "X9", damaged="X9", reason="not on the list")
    assert await quantities(shop, transfer_id) == [(2, 2, 1, 1, 0, 1)]
    assert await status(shop, transfer_id) == "partly_received"
    assert await pieces(shop) == {
        "S1": ("destination", "available"),
        "S2": ("transit", "in_transit"),
        "S3": ("source", "available"),
        "X9": ("destination", "damaged"),
    }
    assert await violations(tenant) == {}


async def test_a_piece_arrives_with_its_own_transfer_only(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant, "S1", "S2")
    first, second = await released(shop, 1), await released(shop, 1)
    await send(shop, first, "S1")
    await send(shop, second, "S2")
    with pytest.raises(SerialTaken):
        await land(shop, first, "S2", reason="mixed up")
    await land(shop, second, "S2")
    assert await status(shop, first) == "shipped"
    assert await violations(tenant) == {}


async def test_pieces_that_never_arrive_are_written_off(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant, "S1", "S2")
    transfer_id = await released(shop, 2)
    await send(shop, transfer_id, "S1", "S2")
    await land(shop, transfer_id, "S2")
    async with tenant.work() as work:
        await close_transfer(work, transfer_id=transfer_id, reason="stolen")
    assert await quantities(shop, transfer_id) == [(2, 1, 0, 0, 1, 0)]
    assert await pieces(shop) == {
        "S1": ("transit", "removed"),
        "S2": ("destination", "available"),
    }
    assert await violations(tenant) == {}
    # It turns up after all, and is in stock once more.
    async with tenant.work() as work:
        line = AdjustmentLine(item_id=shop.setting.item_ids[0], delta=D(1), serials=["S1"])
        there = shop.setting.location_ids[1]
        await adjust_stock(work, location_id=there, lines=[line], reason="found")
    assert (await pieces(shop))["S1"] == ("destination", "available")
    assert await violations(tenant) == {}


async def test_nobody_moves_a_piece_on_its_way_by_hand(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant, "S1")
    transfer_id = await released(shop, 1)
    await send(shop, transfer_id, "S1")
    line = AdjustmentLine(item_id=shop.setting.item_ids[0], delta=D(1), serials=["S1"])
    with pytest.raises(SerialTaken):
        async with tenant.work() as work:
            here = shop.setting.location_ids[0]
            await adjust_stock(work, location_id=here, lines=[line], reason="found")
    assert await pieces(shop) == {"S1": ("transit", "in_transit")}


async def test_of_many_who_send_one_piece_at_once_one_wins(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant, "S1", "S2", "S3")
    transfers = [await released(shop, 1) for _ in range(3)]
    sent = await asyncio.gather(
        *(send(shop, each, "S1") for each in transfers), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in sent) == [
        "NoneType",
        "SerialNotThere",
        "SerialNotThere",
    ]
    assert await violations(tenant) == {}


async def test_of_two_who_receive_one_piece_at_once_one_wins(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant, "S1", "S2")
    transfer_id = await released(shop, 2)
    await send(shop, transfer_id, "S1", "S2")
    done = await asyncio.gather(
        *(land(shop, transfer_id, *each) for each in (["S1", "S2"], ["S2", "S1"])),
        return_exceptions=True,
    )
    assert [type(each) for each in done if each is not None] == [InvalidState]
    assert await quantities(shop, transfer_id) == [(2, 2, 0, 0, 0, 0)]
    assert await violations(tenant) == {}

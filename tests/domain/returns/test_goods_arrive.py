"""What comes back: more, fewer, other goods, unannounced ones, pieces, lots and parts of kits."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from domain.allocation.ordering import OrderedLine
from domain.catalog.models import Item, KitComponent
from domain.inventory.lines import ReceiptLine
from domain.inventory.models import SerialNumber, StockBalance
from domain.inventory.operations.receiving import receive_stock
from domain.kernel.errors import InvalidInput, InvalidState
from domain.orders.models import SalesOrderKit
from domain.returns.arriving import ReturnedGoods
from domain.returns.asked import WantedReturn
from domain.returns.models import (
    ReturnCredit,
    ReturnInspection,
    ReturnLine,
    ReturnReceipt,
    ReturnRequest,
    ReturnUnit,
)
from domain.returns.operations.inspecting import Finding, inspect_return
from domain.returns.operations.receiving import receive_authorized, receive_unannounced
from domain.returns.operations.requesting import request_return
from domain.returns.outcomes import NothingCreditable, SerialNotReturnable
from tests.factories.orders import violations
from tests.factories.pieces import receive_pieces
from tests.factories.returns import Returns, new_returns
from tests.factories.stock import new_item
from tests.factories.tenants import TenantUnderTest

D = Decimal


async def _lines(returns: Returns, return_id: int) -> list[tuple[Any, ...]]:
    """(kind, has an order's line, quantity, received) of a return's lines."""
    return [
        (row.kind, row.order_line_id is not None, int(row.quantity), int(row.received))
        for row in await returns.rows(ReturnLine, return_id=return_id)
    ]


async def _blind(returns: Returns, *goods: ReturnedGoods, **fields: Any) -> int:
    """The id of the return that was made of goods that came by themselves."""
    async with returns.tenant.work() as work:
        receipt_id = await receive_unannounced(
            work,
            location_id=returns.shop.setting.location_ids[0],
            lines=list(goods),
            **fields,
        )
    [receipt] = await returns.rows(ReturnReceipt, id=receipt_id)
    return int(receipt.return_id)


def _goods(returns: Returns, quantity: int, item: int = 0, **fields: Any) -> ReturnedGoods:
    item_id = returns.shop.setting.item_ids[item]
    return ReturnedGoods(item_id=item_id, quantity=D(quantity), **fields)


async def test_more_than_announced_fewer_and_other_goods_come_to_another_location(
    tenant: TenantUnderTest,
) -> None:
    returns = await new_returns(tenant, items=3, locations=2)
    order_id = await returns.sell(3, 2)
    return_id = await returns.request(order_id, 1, 2)
    await returns.receive(return_id, (0, 5), (1, 1), (2, 1), location=1)
    assert await _lines(returns, return_id) == [
        ("announced", True, 1, 1),
        ("announced", True, 2, 1),
        ("unannounced", True, 2, 2),
        ("unannounced", False, 2, 2),
        ("wrong_item", False, 1, 1),
    ]
    units = await returns.rows(ReturnUnit)
    assert {row.location_id for row in units} == {returns.shop.setting.location_ids[1]}
    for unit in units:
        await returns.inspect(unit.id, (int(unit.quantity), "opened"))
        await returns.dispose(unit.id, "quarantine")
    balances = await returns.rows(StockBalance, location_id=returns.shop.setting.location_ids[1])
    assert [(int(b.on_hand), int(b.quality_control), b.condition) for b in balances] == [
        (5, 5, "used"),
        (1, 1, "used"),
        (1, 1, "used"),
    ]
    await returns.credit(return_id)
    [credit] = await returns.rows(ReturnCredit)
    assert credit.net_minor == 1000 + 500
    assert await violations(tenant) == {}


async def test_the_label_tells_the_return(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    return_id = await returns.request(await returns.sell(1), 1)
    authorization = await returns.authorization(return_id)
    async with tenant.work() as work:
        await receive_authorized(
            work,
            code=authorization.barcode,
            location_id=authorization.location_id,
            lines=[_goods(returns, 1)],
        )
    assert (await returns.authorization(return_id)).status == "received"
    assert (await returns.state(return_id))[0] == "receiving"


async def test_goods_that_nobody_announced_find_their_order(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    order_id = await returns.sell(2)
    known = await _blind(returns, _goods(returns, 3), order_id=order_id)
    assert await _lines(returns, known) == [
        ("unannounced", True, 2, 2),
        ("unannounced", False, 1, 1),
    ]
    nobodys = await _blind(returns, _goods(returns, 1))
    assert await _lines(returns, nobodys) == [("wrong_item", False, 1, 1)]
    [row] = await returns.rows(ReturnRequest, id=nobodys)
    assert (row.source, row.party_id, row.status) == ("warehouse", None, "receiving")
    with pytest.raises(NothingCreditable):
        await returns.credit(nobodys)
    assert await violations(tenant) == {}


async def test_a_piece_comes_back_only_if_it_was_shipped_and_once(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant, tracking="serial")
    await receive_pieces(returns.shop, "S-1", "S-2", "S-3")
    order_id = await returns.sell(2, serials=["S-1", "S-2"])
    for serial in ("S-3", "S-9"):
        with pytest.raises(SerialNotReturnable):
            await _blind(returns, _goods(returns, 1, serials=[serial]))
    return_id = await _blind(returns, _goods(returns, 1, serials=["S-2"]))
    [row] = await returns.rows(ReturnRequest, id=return_id)
    assert row.party_id == returns.party_id
    [line] = await returns.rows(ReturnLine, return_id=return_id)
    assert line.order_id == order_id
    with pytest.raises(SerialNotReturnable):
        await _blind(returns, _goods(returns, 1, serials=["S-2"]))
    [unit] = await returns.rows(ReturnUnit)
    await returns.inspect(unit.id, (1, "new"))
    await returns.dispose(unit.id)
    states = {r.code: r.state for r in await returns.rows(SerialNumber)}
    assert states == {"S-1": "shipped", "S-2": "available", "S-3": "available"}
    with pytest.raises(SerialNotReturnable):
        await _blind(returns, _goods(returns, 1, serials=["S-2"]))
    scrapped = await _blind(returns, _goods(returns, 1, serials=["S-1"]))
    [unit] = await returns.rows(ReturnUnit, return_id=scrapped)
    await returns.inspect(unit.id, (1, "damaged"))
    await returns.dispose(unit.id, "scrap")
    states = {r.code: r.state for r in await returns.rows(SerialNumber)}
    assert states["S-1"] == "removed"
    assert await violations(tenant) == {}


async def test_a_lot_keeps_its_identity(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant, tracking="lot")
    place = returns.shop.setting.location_ids[0]
    for lot in ("L-1", "L-2"):
        line = ReceiptLine(item_id=returns.shop.setting.item_ids[0], quantity=D(2), lot=lot)
        async with tenant.work() as work:
            await receive_stock(work, location_id=place, lines=[line])
    order_id = await returns.sell(2, from_stock=True)
    [gone] = [b.lot for b in await returns.rows(StockBalance) if b.on_hand == 0]
    other = "L-2" if gone == "L-1" else "L-1"
    return_id = await returns.request(order_id, 2)
    await returns.receive(return_id, (0, 1), lot=gone)
    await returns.receive(return_id, (0, 1), lot=other)
    assert await _lines(returns, return_id) == [
        ("announced", True, 2, 1),
        ("unannounced", False, 1, 1),
    ]
    for unit in await returns.rows(ReturnUnit):
        await returns.inspect(unit.id, (1, "new"))
        await returns.dispose(unit.id)
    balances = {b.lot: int(b.on_hand) for b in await returns.rows(StockBalance)}
    assert balances == {gone: 1, other: 3}
    with pytest.raises(InvalidInput):
        await returns.receive(return_id, (0, 1))
    assert await violations(tenant) == {}


async def test_a_kit_comes_back_in_parts(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant, items=2)
    items = returns.shop.setting.item_ids
    async with tenant.work() as work:
        kit = await new_item(work)
        mine = (Item.tenant_id == work.tenant_id, Item.id == kit)
        await work.execute(update(Item).where(*mine).values(kind="kit"))
        for item_id, amount in zip(items, (2, 1), strict=True):
            row = {"kit_item_id": kit, "component_item_id": item_id, "quantity": D(amount)}
            await work.execute(insert(KitComponent).values(tenant_id=work.tenant_id, **row))
    await returns.shop.stock(4, item=0, value_minor=400)
    await returns.shop.stock(2, item=1, value_minor=600)
    ordered = OrderedLine(item_id=kit, quantity=D(2), unit_price=D("10.00"))
    placed = await returns.shop.place(ordered, party_id=returns.party_id)
    await returns.send(placed.order_id)
    async with tenant.read() as reader:
        kit_id = await reader.value(
            select(SalesOrderKit.id).where(SalesOrderKit.order_id == placed.order_id)
        )
    async with tenant.work() as work:
        return_id = await request_return(
            work, lines=[WantedReturn(kit_id=kit_id, quantity=D(1), reason="UNWANTED")]
        )
    assert await _lines(returns, return_id) == [
        ("announced", True, 2, 0),
        ("announced", True, 1, 0),
    ]
    await returns.receive(return_id, (0, 1))
    [unit] = await returns.rows(ReturnUnit)
    await returns.inspect(unit.id, (1, "new"))
    await returns.dispose(unit.id)
    [credit_id] = await returns.credit(return_id)
    lines = await returns.rows(ReturnLine, return_id=return_id)
    assert [int(line.credited) for line in lines] == [1, 0]
    [credit] = await returns.rows(ReturnCredit, id=credit_id)
    assert 0 < credit.net_minor < 1000
    assert await violations(tenant) == {}


async def test_what_is_found_is_kept_with_its_photos_and_sets_the_fee(
    tenant: TenantUnderTest,
) -> None:
    returns = await new_returns(
        tenant,
        {"name": "Broken", "decision": "refuse", "conditions": ["damaged"]},
        {"name": "Used", "decision": "approve", "conditions": ["used"], "fee_percent": "30"},
        {"name": "Else", "decision": "approve"},
    )
    order_id = await returns.sell(3, prices_minor=[3000])
    return_id = await returns.request(order_id, 3, condition="new")
    await returns.receive(return_id, (0, 3))
    [unit] = await returns.rows(ReturnUnit)
    findings = [
        Finding(condition="used", quantity=D(1), notes="worn", photos=["photos/1.jpg"]),
        Finding(condition="damaged", quantity=D(1)),
        Finding(condition="missing", quantity=D(1)),
    ]
    async with tenant.work() as work:
        ids = await inspect_return(work, unit_id=unit.id, findings=findings)
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await inspect_return(work, unit_id=unit.id, findings=findings)
    found = await returns.rows(ReturnInspection)
    assert [(row.condition, row.notes, row.photos) for row in found] == [
        ("used", "worn", ["photos/1.jpg"]),
        ("damaged", None, []),
        ("missing", None, []),
    ]
    [line] = await returns.rows(ReturnLine)
    assert (int(line.accepted), line.fee_percent) == (1, 30)
    assert line.explanation[-2:] == ["Found damaged: Broken: holds.", "Found used: Used: holds."]
    for kind in ("restock", "scrap"):
        with pytest.raises(InvalidInput):
            await returns.dispose(ids[2], kind)
    with pytest.raises(InvalidInput):
        await returns.dispose(ids[1], "restock")
    await returns.dispose(ids[0], "refurbish")
    await returns.dispose(ids[1], "return_to_supplier")
    await returns.dispose(ids[2], "missing")
    [credit_id] = await returns.credit(return_id)
    [credit] = await returns.rows(ReturnCredit, id=credit_id)
    assert (credit.net_minor, credit.fee_minor) == (1000, 300)
    assert await violations(tenant) == {}

"""Goods that are not there, and pieces by name, over GraphQL, by the documents clients send."""

from typing import Any

from api.ids import global_id
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.pieces import receive_pieces
from tests.factories.stock_room import KEEPER, do, item, place, send
from tests.factories.tenants import TenantUnderTest


async def _on_its_way(keeper: ApiCaller, shop: Shop, *serials: str, quantity: str = "6") -> str:
    """The id of a transfer that was shipped, with the named pieces."""
    made = await do(
        keeper,
        "CreateTransfer",
        "t",
        sourceId=place(shop),
        destinationId=place(shop, 1),
        lines=[{"itemId": item(shop), "quantity": quantity}],
    )
    transfer = str(made["transferOrder"]["id"])
    await do(keeper, "ReleaseTransfer", "a", id=transfer)
    named = {"lines": [_line(*serials)]} if serials else {}
    shipped = await do(keeper, "ShipTransfer", "b", id=transfer, **named)
    assert shipped["userErrors"] == []
    return transfer


def _line(*serials: str, **fields: Any) -> dict[str, Any]:
    return {"lineNumber": 1, "quantity": str(len(serials)), "serials": serials, **fields}


async def test_goods_that_never_arrive_are_given_up_once_another_approves(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10)
    keeper, boss = await api.user(tenant, *KEEPER), await api.user(tenant, *KEEPER)
    await do(keeper, "SetStockTolerance", "s", quantity="1")
    transfer = await _on_its_way(keeper, shop)
    refused = await do(keeper, "CloseTransfer", "c", id=transfer, reason="lost")
    assert [e["__typename"] for e in refused["userErrors"]] == ["AboveToleranceError"]
    asked = await do(keeper, "RequestTransferClosing", "r", id=transfer, reason="lost")
    assert asked["approvalRequest"]["summary"] == "TR-1: 1 lines never arrived"
    twice = await do(keeper, "RequestTransferClosing", "r2", id=transfer, reason="lost")
    assert [e["code"] for e in twice["userErrors"]] == ["AWAITING_APPROVAL"]
    lines = [{"lineNumber": 1, "quantity": "2"}]
    await do(keeper, "ReceiveTransfer", "v", id=transfer, lines=lines)
    await do(boss, "ApproveRequest", "y", id=asked["approvalRequest"]["id"])
    (listed,) = (await send(keeper, "Transfers"))["nodes"]
    assert (listed["status"], listed["lines"][0]["missing"]["value"]) == ("RECEIVED", "4")
    assert await violations(tenant) == {}


async def test_orders_give_up_what_was_not_found_once_another_approves(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    order = await shop.place(shop.line(8))
    keeper, boss = await api.user(tenant, *KEEPER), await api.user(tenant, *KEEPER)
    made = await do(keeper, "CreateStockCount", "c", locationId=place(shop), reason="yearly")
    count = made["stockCount"]["id"]
    entries = [{"itemId": item(shop), "quantity": "5"}]
    await do(keeper, "RecordStockCount", "r", id=count, entries=entries)
    refused = await do(keeper, "CloseStockCount", "x", id=count)
    assert [e["__typename"] for e in refused["userErrors"]] == ["StockPromisedError"]
    asked = await do(keeper, "RequestOversoldResolution", "q", id=count, reason="really gone")
    approved = await do(boss, "ApproveRequest", "y", id=asked["approvalRequest"]["id"])
    assert approved["approvalRequest"]["status"] == "APPROVED"
    assert await shop.figures(order.order_id) == [(5, 0, 0, 3)]
    (listed,) = (await send(keeper, "StockCounts"))["nodes"]
    assert listed["status"] == "BOOKED"
    assert await violations(tenant) == {}


async def test_pieces_are_named_when_they_leave_and_arrive(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, locations=2, tracking="serial")
    await receive_pieces(shop, "S1", "S2", "S3")
    keeper = await api.user(tenant, *KEEPER)
    transfer = await _on_its_way(keeper, shop, "S1", "S2", quantity="2")
    on_way = await send(keeper, "SerialNumbers", filter={"transferOrderId": transfer})
    assert [(n["code"], n["state"], n["transferOrder"]) for n in on_way["nodes"]] == [
        ("S1", "IN_TRANSIT", {"number": "TR-1"}),
        ("S2", "IN_TRANSIT", {"number": "TR-1"}),
    ]
    wrong = await do(
        keeper, "ReceiveTransfer", "w", id=transfer, lines=[_line("S3")], reason="in the box"
    )
    assert [e["__typename"] for e in wrong["userErrors"]] == ["SerialTakenError"]
    lines = [_line("S1", "S2", damaged="1", damagedSerials=["S2"])]
    done = await do(keeper, "ReceiveTransfer", "v", id=transfer, lines=lines)
    assert done["transferOrder"]["status"] == "RECEIVED"
    told = await send(keeper, "SerialNumbers", filter={"state": "DAMAGED"})
    assert [(n["code"], n["transferOrder"]) for n in told["nodes"]] == [("S2", None)]
    other = str(global_id("TransferOrder", 999_999))
    nothing = await send(keeper, "SerialNumbers", filter={"transferOrderId": other})
    assert nothing["nodes"] == []
    assert await violations(tenant) == {}


async def test_a_count_tells_which_pieces_are_missing_and_found(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, tracking="serial")
    await receive_pieces(shop, "S1", "S2")
    keeper = await api.user(tenant, *KEEPER)
    await do(keeper, "SetStockTolerance", "s", quantity="1")
    made = await do(keeper, "CreateStockCount", "c", locationId=place(shop), reason="yearly")
    count = made["stockCount"]["id"]
    entries = [{"itemId": item(shop), "quantity": "2", "serials": ["S1", "X2"]}]
    await do(keeper, "RecordStockCount", "r", id=count, entries=entries)
    closed = await do(keeper, "CloseStockCount", "x", id=count)
    assert closed["stockCount"]["status"] == "BOOKED"
    (line,) = (await send(keeper, "StockCountLines", stockCountId=count))["nodes"]
    told = {name: line[name] for name in ("verdict", "missingSerials", "foundSerials", "isBooked")}
    assert told == {
        "verdict": "WITHIN",
        "missingSerials": ["S2"],
        "foundSerials": ["X2"],
        "isBooked": True,
    }
    assert await violations(tenant) == {}

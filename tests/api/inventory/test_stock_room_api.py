"""Counts, snapshots, transfers and approvals over GraphQL, by the documents that clients send."""

from tests.factories.api import ApiUnderTest
from tests.factories.client import operations
from tests.factories.orders import new_shop
from tests.factories.stock_room import KEEPER, do, item, place, send
from tests.factories.tenants import TenantUnderTest, new_tenant


async def test_a_count_above_tolerance_is_asked_for_and_approved_by_another(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(100)
    keeper, boss = await api.user(tenant, *KEEPER), await api.user(tenant, *KEEPER)
    await do(keeper, "SetStockTolerance", "t", quantity="2")
    assert [t["quantity"] for t in await send(keeper, "StockTolerances")] == ["2.000000"]
    made = await do(keeper, "CreateStockCount", "c", locationId=place(shop), reason="yearly")
    count = made["stockCount"]["id"]
    assert made["stockCount"]["supportedActions"] == ["record", "close", "cancel"]
    entries = [{"itemId": item(shop), "quantity": "9", "unit": "CASE"}]
    await do(keeper, "RecordStockCount", "r", id=count, entries=entries)
    closed = (await do(keeper, "CloseStockCount", "x", id=count))["stockCount"]
    assert (closed["status"], closed["approvalRequest"]["status"]) == ("WAITING", "WAITING")
    (line,) = (await send(keeper, "StockCountLines", stockCountId=count))["nodes"]
    assert (line["verdict"], line["expected"]["value"], line["difference"]["value"]) == (
        "ABOVE",
        "100",
        "-10",
    )
    (mine,) = (await send(keeper, "Approvals"))["nodes"]
    (theirs,) = (await send(boss, "Approvals", filter={"status": "WAITING"}))["nodes"]
    assert (mine["supportedActions"], theirs["supportedActions"]) == (
        ["withdraw"],
        ["approve", "reject"],
    )
    own = await do(keeper, "ApproveRequest", "own", id=mine["id"])
    assert [e["__typename"] for e in own["userErrors"]] == ["OwnRequestError"]
    for _ in range(2):  # The same key: one effect, one answer.
        done = await do(boss, "ApproveRequest", "yes", id=mine["id"], comment="seen it")
        assert done["approvalRequest"]["status"] == "APPROVED"
        assert [d["comment"] for d in done["approvalRequest"]["decisions"]] == ["seen it"]
    assert await shop.available() == 90
    late = await do(boss, "RejectRequest", "late", id=mine["id"])
    assert [e["code"] for e in late["userErrors"]] == ["INVALID_STATE"]


async def test_a_snapshot_names_the_orders_that_it_cannot_serve(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    order = await shop.place(shop.line(8))
    keeper = await api.user(tenant, *KEEPER)
    sku = (await keeper.ask("{ items { nodes { sku } } }")).data["items"]["nodes"][0]["sku"]
    rows = [{"code": sku, "onHand": "6"}, {"code": "WHAT", "onHand": "1"}]
    wanted = {"locationId": place(shop), "asOf": "2026-03-02T09:45:00Z", "rows": rows}
    told = await do(keeper, "ReconcileSnapshot", "s", **wanted)
    assert (told["userErrors"], told["stockCount"]["status"]) == ([], "EXCEPTION")
    again = await do(keeper, "ReconcileSnapshot", "s2", **wanted)
    assert again["stockCount"]["id"] == told["stockCount"]["id"]
    lines = await send(keeper, "StockCountLines", stockCountId=told["stockCount"]["id"])
    assert [(n["verdict"], n["path"], len(n["promisedTo"])) for n in lines["nodes"]] == [
        ("OVERSOLD", "rows[0]", 1),
        ("UNKNOWN", "rows[1]", 0),
    ]
    promised = lines["nodes"][0]["promisedTo"][0]
    assert promised["order"]["number"] == order.number
    listed = await send(keeper, "StockCounts", filter={"kind": "SNAPSHOT"})
    assert [n["number"] for n in listed["nodes"]] == ["SC-1"]


async def test_a_transfer_is_shipped_and_received_by_the_documents_of_the_stock_room(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10)
    keeper = await api.user(tenant, *KEEPER)
    made = await do(
        keeper,
        "CreateTransfer",
        "t",
        sourceId=place(shop),
        destinationId=place(shop, 1),
        lines=[{"itemId": item(shop), "quantity": "6"}],
        expectedOn="2026-03-09",
    )
    transfer = made["transferOrder"]["id"]
    for name, key in (("ReleaseTransfer", "a"), ("ShipTransfer", "b")):
        done = await do(keeper, name, key, id=transfer)
    assert done["transferOrder"]["lines"][0]["inTransit"] == {"value": "6"}
    lines = [{"lineNumber": 1, "quantity": "6", "damaged": "1"}]
    over = [{"lineNumber": 1, "quantity": "7"}]
    refused = await keeper.ask(
        operations()["ReceiveTransfer"], input={"id": transfer, "lines": over}, key="o"
    )
    assert refused.error_codes == ["BAD_INPUT"]
    done = (await do(keeper, "ReceiveTransfer", "c", id=transfer, lines=lines))["transferOrder"]
    assert (done["status"], done["supportedActions"]) == ("RECEIVED", [])
    assert await shop.available(location=1) == 5
    listed = await send(keeper, "Transfers", filter={"destinationId": place(shop, 1)})
    assert [n["number"] for n in listed["nodes"]] == ["TR-1"]


async def test_neither_without_the_right_nor_from_another_company(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    stranger = await api.user(await new_tenant(tenant.engine, now=tenant.now), *KEEPER)
    reader = await api.user(tenant, "inventory.read")
    for caller, code in ((stranger, "NOT_FOUND"), (reader, "FORBIDDEN")):
        wanted = {"locationId": place(shop), "reason": "x"}
        refused = await caller.ask(operations()["CreateStockCount"], input=wanted, key="k")
        assert refused.error_codes == [code]
    refused = await reader.ask(operations()["Approvals"])
    assert refused.error_codes == ["FORBIDDEN"]

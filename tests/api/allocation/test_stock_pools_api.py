"""Protected pools over GraphQL: made, read with what is left, changed, ended; and who may."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from api.ids import global_id
from app.http.services import system_clock
from tests.factories.api import ApiUnderTest
from tests.factories.orders import Shop, new_channel, new_shop, violations
from tests.factories.pools import drawn, new_pool
from tests.factories.tenants import TenantUnderTest

POOL = """
  id code quantity share status version supportedActions
  item { id } location { id } owner { id } parent { code } channel { id } party { id }
  standings { item { id } drawn shipped remaining own covered }
"""
CREATE = (
    "mutation($i: CreateStockPoolInput!) { createStockPool(input: $i) { stockPool {"
    f"{POOL}}} userErrors {{ code path }} }} }}"
)
CHANGE = """
mutation($i: ChangeStockPoolInput!) {
  changeStockPool(input: $i) { stockPool { quantity version } userErrors { code } }
}
"""
EXTEND = """
mutation($i: ExtendStockPoolInput!) {
  extendStockPool(input: $i) { stockPool { expiresAt version } userErrors { code } }
}
"""
CLOSE = """
mutation($i: CloseStockPoolInput!) {
  closeStockPool(input: $i) { stockPool { status supportedActions } userErrors { code } }
}
"""
LIST = f"query($f: StockPoolFilter) {{ stockPools(filter: $f) {{ totalCount nodes {{{POOL}}} }} }}"
EXPLAIN = """
query($id: ID!, $line: ID!) {
  order(id: $id) {
    allocationDecisions {
      candidates { rule }
      fromPools { quantity pool { code } }
      keptByPools { quantity pool { code } }
    }
  }
  explainAllocation(orderLineId: $line) {
    waitsBecause { rule } wouldRelease { kind quantity expiresAt }
  }
}
"""
PLACE = """
mutation($i: PlaceOrderInput!, $key: String!) {
  placeOrder(input: $i) @idempotent(key: $key) {
    order { id } userErrors { code }
  }
}
"""


def _by_now(shop: Shop) -> Shop:
    """The shop after what the API did by its own clock."""
    tenant = shop.tenant.at(system_clock() + timedelta(minutes=1))
    return replace(shop, setting=replace(shop.setting, tenant=tenant))


async def test_a_pool_is_made_and_read(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    planner = await api.user(tenant, "*")
    item, channel = (
        global_id("Item", shop.setting.item_ids[0]),
        global_id("Channel", shop.channel_id),
    )
    owner = global_id("LegalEntity", shop.setting.entity_id)
    wanted = {
        "code": "SHOP",
        "name": "The shop's",
        "ownerId": owner,
        "itemId": item,
        "channelId": channel,
        "quantity": "6",
    }
    made = (await planner.ask(CREATE, i=wanted)).data["createStockPool"]
    pool_id = made["stockPool"]["id"]
    assert made == {
        "stockPool": {
            "id": pool_id,
            "code": "SHOP",
            "quantity": "6",
            "share": None,
            "status": "ACTIVE",
            "version": 1,
            "supportedActions": ["CHANGE", "EXTEND", "CLOSE"],
            "item": {"id": item},
            "location": None,
            "owner": {"id": owner},
            "parent": None,
            "channel": {"id": channel},
            "party": None,
            "standings": [
                {
                    "item": {"id": item},
                    "drawn": "0",
                    "shipped": "0",
                    "remaining": "6",
                    "own": "6",
                    "covered": "6",
                }
            ],
        },
        "userErrors": [],
    }


async def test_a_pool_is_filled_changed_and_ended(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    planner = await api.user(tenant, "*")
    item = global_id("Item", shop.setting.item_ids[0])
    wanted = {
        "code": "SHOP",
        "name": "The shop's",
        "ownerId": global_id("LegalEntity", shop.setting.entity_id),
        "itemId": item,
        "channelId": global_id("Channel", shop.channel_id),
        "quantity": "6",
    }
    made = (await planner.ask(CREATE, i=wanted)).data["createStockPool"]
    pool_id = made["stockPool"]["id"]
    inner = wanted | {"code": "VIP", "channelId": None, "customerGroup": "vip", "quantity": "2"}
    inside = (await planner.ask(CREATE, i=inner | {"parentId": pool_id})).data["createStockPool"]
    assert inside["stockPool"]["parent"] == {"code": "SHOP"}
    await _by_now(shop).place(shop.line(5))
    listed = (await planner.ask(LIST, f={"itemId": item})).data["stockPools"]
    assert listed["totalCount"] == 2
    assert [
        (n["code"], [(s["drawn"], s["remaining"], s["own"]) for s in n["standings"]])
        for n in listed["nodes"]
    ] == [("SHOP", [("4", "2", "0")]), ("VIP", [("0", "2", "2")])]
    assert (await planner.ask(LIST, f={"parentId": pool_id})).data["stockPools"]["totalCount"] == 1
    changed = {"id": pool_id, "expectedVersion": 1, "quantity": "9"}
    answer = (await planner.ask(CHANGE, i=changed)).data["changeStockPool"]
    assert answer == {"stockPool": {"quantity": "9", "version": 2}, "userErrors": []}
    stale = (await planner.ask(CHANGE, i=changed)).data["changeStockPool"]
    assert stale["userErrors"] == [{"code": "STALE_VERSION"}]
    until = "2099-01-01T00:00:00+00:00"
    extended = {"id": pool_id, "expectedVersion": 2, "expiresAt": until}
    answer = (await planner.ask(EXTEND, i=extended)).data["extendStockPool"]
    assert answer == {"stockPool": {"expiresAt": until, "version": 3}, "userErrors": []}
    closed = (await planner.ask(CLOSE, i={"id": pool_id})).data["closeStockPool"]
    assert closed == {
        "stockPool": {"status": "CLOSED", "supportedActions": []},
        "userErrors": [],
    }


async def test_what_is_wrong_is_named(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    planner = await api.user(tenant, "*")
    wanted = {
        "code": "SHOP",
        "name": "The shop's",
        "ownerId": global_id("LegalEntity", shop.setting.entity_id),
        "itemId": global_id("Item", shop.setting.item_ids[0]),
        "channelId": global_id("Channel", shop.channel_id),
    }
    assert (await planner.ask(CREATE, i=wanted)).error_codes == ["BAD_INPUT"]
    foreign = wanted | {"quantity": "1", "channelId": global_id("Channel", 10**9)}
    assert (await planner.ask(CREATE, i=foreign)).error_codes == ["NOT_FOUND"]
    await planner.ask(CREATE, i=wanted | {"quantity": "1"})
    twice = (await planner.ask(CREATE, i=wanted | {"quantity": "1"})).data["createStockPool"]
    assert twice == {"stockPool": None, "userErrors": [{"code": "CODE_TAKEN", "path": ["code"]}]}


async def test_only_those_who_may(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    pool = global_id("StockPool", await new_pool(shop, "KEPT", 5))
    reader = await api.user(tenant, "allocation.read")
    listed = (await reader.ask("{ stockPools { nodes { code supportedActions } } }")).data
    assert listed["stockPools"]["nodes"] == [{"code": "KEPT", "supportedActions": []}]
    assert (await reader.ask(CLOSE, i={"id": pool})).error_codes == ["FORBIDDEN"]
    clerk = await api.user(tenant, "orders.read")
    assert (await clerk.ask("{ stockPools { nodes { code } } }")).error_codes == ["FORBIDDEN"]


async def test_a_decision_names_the_pools(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    outside = replace(shop, channel_id=await new_channel(tenant, shop.setting.entity_id))
    await shop.stock(10)
    until = tenant.now + timedelta(days=36500)
    await new_pool(shop, "KEPT", 10, expires_at=until)
    planner = await api.user(tenant, "*")
    other = await outside.place(outside.line(3))
    [line] = await outside.lines(other.order_id)
    ids = {"id": global_id("Order", other.order_id), "line": global_id("OrderLine", line.id)}
    told = (await planner.ask(EXPLAIN, **ids)).data
    assert told["order"]["allocationDecisions"] == [
        {
            "candidates": [{"rule": "protected_for_others"}],
            "fromPools": [],
            "keptByPools": [{"quantity": "10", "pool": {"code": "KEPT"}}],
        }
    ]
    assert told["explainAllocation"] == {
        "waitsBecause": [{"rule": "protected_for_others"}],
        "wouldRelease": [
            {"kind": "protected_pool", "quantity": "10", "expiresAt": until.isoformat()}
        ],
    }
    mine = await shop.place(shop.line(3))
    [line] = await shop.lines(mine.order_id)
    ids = {"id": global_id("Order", mine.order_id), "line": global_id("OrderLine", line.id)}
    [decision] = (await planner.ask(EXPLAIN, **ids)).data["order"]["allocationDecisions"]
    assert decision["fromPools"] == [{"quantity": "3", "pool": {"code": "KEPT"}}]


async def test_members_and_outsiders_buy_at_once_over_http(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    """32 buyers of one piece each, every fourth a member; 20 pieces, 6 of them kept."""
    shop = await new_shop(tenant)
    outside = replace(shop, channel_id=await new_channel(tenant, shop.setting.entity_id))
    await shop.stock(20)
    pool = await new_pool(shop, "KEPT", 6)
    buyer = await api.user(tenant, "*")

    async def buy(number: int) -> str | None:
        channel = shop.channel_id if number % 4 == 3 else outside.channel_id
        item = global_id("Item", shop.setting.item_ids[0])
        wanted = {
            "channelId": global_id("Channel", channel),
            "allOrNothing": True,
            "lines": [{"itemId": item, "quantity": "1", "unit": "EA", "unitPrice": "10"}],
        }
        answer = await buyer.ask(PLACE, i=wanted, key=f"buy-{number}")
        done = answer.data["placeOrder"]
        assert [each["code"] for each in done["userErrors"]] in ([], ["STOCK_SHORT"])
        return None if done["order"] is None else str(done["order"]["id"])

    orders = await asyncio.gather(*(buy(number) for number in range(32)))
    members = sum(1 for n, order in enumerate(orders) if order and n % 4 == 3)
    outsiders = sum(1 for n, order in enumerate(orders) if order and n % 4 != 3)
    assert members >= 6
    assert members + outsiders == 20
    assert outsiders <= 14
    assert await violations(tenant) == {}
    assert await drawn(shop) == {pool: (6, 0)}

"""Stock of other entities over GraphQL: whose it is, and under which agreement it comes."""

from decimal import Decimal

from api.ids import global_id
from domain.ledger.operations.accounts import create_account
from tests.factories.affiliates import new_affiliates
from tests.factories.api import ApiUnderTest
from tests.factories.tenants import TenantUnderTest

AGREE = """
mutation($i: AgreeTradeInput!) {
  agreeTrade(input: $i) {
    tradeAgreement { version revenueAccount { code } costAccount { code } } userErrors { code }
  }
}
"""
WHENCE = """
query($id: ID!) {
  order(id: $id) {
    allocationDecisions { boughtFrom { quantity owner { code } agreements { version } } }
  }
}
"""
TRADES = "{ intercompanyTrades { nodes { lines { quantity { value } kept { value } } } } }"
PLAN = """
mutation($i: PlanAllocationRunInput!, $k: String!) {
  planAllocationRun(input: $i) @idempotent(key: $k) { allocationRun { status } userErrors { code } }
}
"""


async def test_what_is_bought_names_its_owner_and_agreement(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    group = await new_affiliates(tenant, "EUR")
    async with tenant.work() as work:
        account_id = await create_account(
            work, entity_id=group.entity_ids[1], code="4711", name="To affiliates", kind="income"
        )
    finance = await api.user(tenant, "*")
    terms = {"currency": "EUR", "revenueAccountId": global_id("Account", account_id)}
    pair = {
        name: global_id("LegalEntity", group.entity_ids[place])
        for name, place in (("supplierId", 1), ("buyerId", 0))
    }
    asked = {**pair, "terms": terms, "effectiveFrom": "2020-01-01"}
    agreed = (await finance.ask(AGREE, i=asked)).data["agreeTrade"]
    assert agreed == {
        "tradeAgreement": {"version": 1, "revenueAccount": {"code": "4711"}, "costAccount": None},
        "userErrors": [],
    }
    await group.stock(5, of=1, value_minor=500)
    placed = await group.shop.place(group.shop.line(2))

    order_id = global_id("Order", placed.order_id)
    told = (await finance.ask(WHENCE, id=order_id)).data["order"]["allocationDecisions"]
    (bought,) = told[0]["boughtFrom"]
    assert (Decimal(bought["quantity"]), bought["agreements"]) == (2, [{"version": 1}])
    assert bought["owner"] is not None
    trades = (await finance.ask(TRADES)).data["intercompanyTrades"]["nodes"]
    assert trades == [{"lines": [{"quantity": {"value": "2"}, "kept": {"value": "0"}}]}]

    planner = await api.user(tenant, "orders.read", "allocation.read", "entities.read")
    seen = (await planner.ask(WHENCE, id=order_id)).data["order"]["allocationDecisions"]
    assert [each["agreements"] for each in seen[0]["boughtFrom"]] == [None]


async def test_a_sale_between_entities_costs_in_minimum_cost_alone(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    planner = await api.user(tenant, "*")
    for method, cost, codes in (
        ("MINIMUM_COST", 50, []),
        ("PRIORITY", 0, []),
        ("PRIORITY", 50, ["BAD_INPUT"]),
        ("MINIMUM_COST", -1, ["BAD_INPUT"]),
    ):
        asked = {"method": method, "transferCostMinor": cost}
        answer = await planner.ask(PLAN, i=asked, k=f"{method}{cost}")
        assert answer.error_codes == codes

"""Quotas over HTTP: a typed refusal, also for orders that are placed together, and what is left."""

import asyncio
from typing import Any

from sqlalchemy import func, insert, select

from api.orders.desk import OrderDesk
from app.http.services import system_clock
from domain.kernel.quotas import set_ceiling
from domain.orders.models import SalesOrder
from tenancy.models import TenantQuota
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.client import operations
from tests.factories.templated import stock_up, template
from tests.factories.tenants import TenantUnderTest

ALLOWED, ASKED = 3, 12
PLACE = """
mutation ($input: PlaceOrderInput!, $key: String!) {
  placeOrder(input: $input) @idempotent(key: $key) {
    order { number }
    userErrors { code message ... on QuotaReachedError { quota allowed } }
  }
}
"""


async def _allow(tenant: TenantUnderTest, quota: str, allowed: int) -> None:
    # The month is that of the API's clock.
    async with tenant.at(system_clock()).work() as work:
        await work.execute(
            insert(TenantQuota).values(tenant_id=tenant.id, quota=quota, allowed=allowed)
        )
        await set_ceiling(work)


async def _place(caller: ApiCaller, key: str) -> Any:
    wanted = {
        "channelCode": "us1-portal",
        "lines": [{"code": "US1-TEA", "quantity": "1", "unit": "EA"}],
    }
    answer = await caller.ask(PLACE, input=wanted, key=key)
    return answer.data["placeOrder"]


async def test_orders_beyond_the_months_quota_are_refused_one_by_one(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    assert isinstance(api.services.order_desk, OrderDesk)
    await template(tenant)
    await stock_up(tenant)
    await _allow(tenant, "orders_per_month", ALLOWED)
    admin = await api.user(tenant, "*")
    told = await asyncio.gather(*(_place(admin, f"order-{n}") for n in range(ASKED)))
    placed = sorted(each["order"]["number"] for each in told if each["order"])
    refused = [each["userErrors"][0] for each in told if not each["order"]]
    assert placed == [f"SO-{n}" for n in range(1, ALLOWED + 1)]
    assert len(refused) == ASKED - ALLOWED
    assert {(each["code"], each["quota"], each["allowed"]) for each in refused} == {
        ("QUOTA_REACHED", "orders_per_month", ALLOWED)
    }
    async with tenant.read() as reader:
        counted = select(func.count()).where(SalesOrder.tenant_id == tenant.id)
        assert await reader.value(counted) == ALLOWED


async def test_a_plan_tells_what_it_allows_and_what_there_is(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await template(tenant)
    await _allow(tenant, "locations", 2)
    admin = await api.user(tenant, "*")
    answer = await admin.ask(operations()["DoorAndPlan"])
    told = {each["name"]: each for each in answer.data["plan"]["quotas"]}
    assert told["LOCATIONS"] == {"name": "LOCATIONS", "allowed": 2, "used": 2}
    assert told["LEGAL_ENTITIES"] == {"name": "LEGAL_ENTITIES", "allowed": 50, "used": 1}
    more = await admin.ask(
        operations()["ApplyTemplate"],
        input={
            "template": "MIXED_WITH_3PL",
            "entities": [{"code": "US1", "name": "Harbor Inc", "country": "US", "currency": "USD"}],
        },
        key="mixed",
    )
    (error,) = more.data["applyTemplate"]["userErrors"]
    assert error["code"] == "QUOTA_REACHED"
    again = await admin.ask(operations()["DoorAndPlan"])
    assert again.data["plan"] == answer.data["plan"] | {
        "tenantBudget": again.data["plan"]["tenantBudget"],
        "appBudget": again.data["plan"]["appBudget"],
    }

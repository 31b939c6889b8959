"""How stock is valued changes by change request once a company is live."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

import app.subjects  # noqa: F401
from domain.governance.operations.rolling_back import roll_back_configuration
from domain.inventory.models import ItemCost
from domain.inventory.operations.costing import (
    set_costing_method,
    set_costing_rule,
    set_standard_costs,
)
from domain.inventory.queries.stock_values import costing_rule
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.governing import ChangeRequestRequired
from domain.kernel.work import Work
from tests.factories.changes import approved, carried_out, changed, drafted, go_live, proposer
from tests.factories.checks import violations
from tests.factories.costing import In, Ledgered
from tests.factories.stock import new_stock_setting
from tests.factories.tenants import TenantUnderTest

PATHS: list[Callable[[Work, int, int], Awaitable[Any]]] = [
    lambda work, entity, item: set_costing_method(work, entity_id=entity, method="fifo"),
    lambda work, entity, item: set_standard_costs(work, entity_id=entity, costs={item: Decimal(1)}),
    lambda work, entity, item: set_costing_rule(work, entity_id=entity),
]


@pytest.mark.parametrize("path", PATHS)
async def test_no_path_changes_how_stock_is_valued(
    tenant: TenantUnderTest, path: Callable[[Work, int, int], Awaitable[Any]]
) -> None:
    setting = await new_stock_setting(tenant)
    await go_live(tenant)
    with pytest.raises(ChangeRequestRequired):
        async with tenant.work() as work:
            await path(work, setting.entity_id, setting.item_ids[0])


async def _stands(item: Ledgered) -> tuple[Any, ...]:
    async with item.setting.tenant.read() as reader:
        row = await reader.row(
            select(ItemCost.method, ItemCost.standard_cost, ItemCost.value_minor).where(
                ItemCost.tenant_id == reader.tenant_id
            )
        )
        rule = await costing_rule(reader, entity_id=item.key[0])
    assert row is not None
    return (*row, None if rule is None else (rule.negative_stock, rule.approval_above_minor))


async def test_a_change_request_values_stock_anew_and_another_takes_it_back(
    tenant: TenantUnderTest,
) -> None:
    item = Ledgered(await new_stock_setting(tenant))
    await item.take(In(4, 1000))
    await go_live(tenant)
    key = str(item.key[0])
    await changed(
        tenant,
        "costing",
        key,
        methods={"*": "standard"},
        standard_costs={str(item.key[1]): "3"},
        negative_stock="last_cost",
        approval_above_minor=500,
    )
    assert await _stands(item) == ("standard", Decimal(3), 1200, ("last_cost", 500))
    async with tenant.work(as_=proposer(tenant)) as work:
        back = await roll_back_configuration(
            work, kind="costing", key=key, version=0, reason="too soon"
        )
    await approved(tenant, back)
    await carried_out(tenant)
    assert await _stands(item) == ("average", Decimal(3), 1000, ("refuse", None))
    assert await violations(tenant) == []


@pytest.mark.parametrize(
    ("proposal", "refusal"),
    [
        ({}, InvalidInput),
        ({"methods": {"*": "lifo"}}, InvalidInput),
        ({"standard_costs": {"0": "1"}}, NotFound),
        ({"standard_costs": {"x": "1"}}, NotFound),
        ({"negative_stock": "whatever"}, InvalidInput),
        ({"approval_above_minor": -1}, InvalidInput),
        ({"approval_above_minor": "1"}, InvalidInput),
        ({"something": 1}, InvalidInput),
    ],
)
async def test_what_makes_no_sense_is_not_drafted(
    tenant: TenantUnderTest, proposal: dict[str, Any], refusal: type[Exception]
) -> None:
    setting = await new_stock_setting(tenant)
    with pytest.raises(refusal):
        await drafted(tenant, "costing", str(setting.entity_id), **proposal)
    with pytest.raises(NotFound):
        await drafted(tenant, "costing", "0", methods={"*": "fifo"})

"""Values as of any day, and the way from a layer to its issues and back."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from domain.catalog.models import Item
from domain.inventory.lines import AdjustmentLine, ReceiptLine
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.costing import set_costing_method, set_costing_rule
from domain.inventory.operations.landed_costs import book_landed_cost
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.queries.costs import (
    ISSUE_ORDERINGS,
    LAYER_ORDERINGS,
    CostFilter,
    cost_changes,
    cost_issues,
    cost_issues_of_ids,
    cost_layers,
    cost_layers_of_ids,
    takings_of_issues,
)
from domain.inventory.queries.revaluations import (
    DocumentFilter,
    charges_of_landed_costs,
    landed_costs,
    shares_of_landed_costs,
)
from domain.inventory.queries.stock_values import (
    StockValueFilter,
    costing_methods,
    costing_rule,
    stock_values,
)
from domain.inventory.valuation.charged import LandedChargeLine
from domain.inventory.valuation.landed import LandedReceipt
from domain.inventory.valuation.receiving import Terms
from domain.inventory.valuation.values import stock_value
from domain.kernel.errors import NotPermitted
from domain.kernel.paging import PageRequest
from domain.ledger.balances import account_balances
from tests.factories.checks import violations
from tests.factories.stock import StockSetting, new_stock_setting
from tests.factories.tenants import TenantUnderTest

D = Decimal


async def _receive(
    setting: StockSetting, *, item: int, place: int, quantity: int, cost: str, days_ago: int = 0
) -> int:
    day = setting.tenant.now.date() - timedelta(days=days_ago)
    async with setting.tenant.work() as work:
        document = await receive_stock(
            work,
            location_id=setting.location_ids[place],
            lines=[
                ReceiptLine(item_id=setting.item_ids[item], quantity=D(quantity), unit_cost=D(cost))
            ],
            terms=Terms(received_on=day),
        )
    return document.document_id


async def _stocked(tenant: TenantUnderTest) -> tuple[StockSetting, int]:
    setting = await new_stock_setting(tenant, items=2, locations=2)
    async with tenant.work() as work:
        await work.execute(
            update(Item)
            .where(Item.tenant_id == work.tenant_id, Item.id == setting.item_ids[0])
            .values(item_group="tools")
        )
        await set_costing_method(work, entity_id=setting.entity_id, method="fifo")
    document = await _receive(setting, item=0, place=0, quantity=2, cost="1.01")
    await _receive(setting, item=0, place=1, quantity=1, cost="2")
    await _receive(setting, item=1, place=1, quantity=3, cost="1")
    async with tenant.work() as work:
        line = AdjustmentLine(item_id=setting.item_ids[0], delta=D(-1))
        await adjust_stock(work, location_id=setting.location_ids[1], lines=[line], reason="broken")
    async with tenant.work() as work:
        await book_landed_cost(
            work,
            entity_id=setting.entity_id,
            charges=[LandedChargeLine(kind="duty", basis="value", amount=D("0.03"))],
            receipts=[LandedReceipt(document_id=document)],
            reason="duty",
        )
    return setting, document


@pytest.mark.parametrize("is_past", [True, False])
async def test_value_by_whatever_is_asked_adds_up_to_the_account(
    tenant: TenantUnderTest, is_past: bool
) -> None:
    setting, _ = await _stocked(tenant)
    as_of = tenant.now.date() if is_past else None
    tools, others = setting.item_ids
    here, there = setting.location_ids
    async with tenant.read() as reader:

        async def told(by: str, **where: Any) -> list[tuple[Any, ...]]:
            listing = await stock_values(
                reader,
                by=by,
                where=StockValueFilter(**where),
                request=PageRequest(),
                as_of=as_of,
            )
            assert await listing.count() == len(listing.page.rows)
            keys = ("item_id", "item_group", "location_id", "location_kind")
            return [
                (*(row[key] for key in keys if row[key]), row["quantity"], row["value_minor"])
                for row in (each._asdict() for each in listing.page.rows)
            ]

        # Of two at 1.01 with 0.03 of duty one is left, and one at 2.00; and three at 1.00.
        assert await stock_value(reader, [setting.entity_id], as_of) == {setting.entity_id: 603}
        account = await account_balances(reader, [setting.entity_id], ["inventory"], as_of)
        assert [each.amount_minor for each in account] == [603]
        assert await told("entity") == [(5, 603)]
        assert await told("item") == [(tools, 2, 303), (others, 3, 300)]
        assert await told("item_group") == [(3, 300), ("tools", 2, 303)]
        assert await told("location") == [(here, 2, 303), (there, 3, 300)]
        assert await told("location_kind") == [("owned", 5, 603)]
        assert await told("item", location_id=there) == [(others, 3, 300)]
        assert await told("entity", item_group="tools") == [(2, 303)]
    assert await violations(tenant) == []


async def test_what_an_item_is_worth_is_spread_over_places_to_the_cent(
    tenant: TenantUnderTest,
) -> None:
    setting = await new_stock_setting(tenant, locations=3)
    for place in range(3):
        await _receive(setting, item=0, place=place, quantity=1, cost="0.33")
    await _receive(setting, item=0, place=0, quantity=1, cost="0.01")
    async with tenant.read() as reader:
        listing = await stock_values(
            reader, by="location", where=StockValueFilter(), request=PageRequest()
        )
    assert [row.value_minor for row in listing.page.rows] == [50, 25, 25]


async def test_before_it_came_there_was_nothing(tenant: TenantUnderTest) -> None:
    setting, _ = await _stocked(tenant)
    yesterday = tenant.now.date() - timedelta(days=1)
    async with tenant.read() as reader:
        for by in ("entity", "location"):
            listing = await stock_values(
                reader,
                by=by,
                where=StockValueFilter(entity_id=setting.entity_id),
                request=PageRequest(),
                as_of=yesterday,
            )
            assert listing.page.rows == []


async def test_from_a_layer_to_its_issues_and_back(tenant: TenantUnderTest) -> None:
    setting, document = await _stocked(tenant)
    request = PageRequest()
    async with tenant.read() as reader:
        listing = await cost_layers(
            reader,
            where=CostFilter(source=("stock_document", document)),
            ordering=LAYER_ORDERINGS["valued_on"],
            request=request,
        )
        (layer,) = listing.page.rows
        assert (layer.quantity, layer.quantity_left, layer.value_now_minor) == (2, 1, 103)
        assert (layer.value_minor, layer.cost_minor, layer.currency) == (202, 205, "EUR")
        listing = await cost_issues(
            reader,
            where=CostFilter(layer_id=layer.id, item_id=setting.item_ids[0]),
            ordering=ISSUE_ORDERINGS["id"],
            request=request,
        )
        (issue,) = listing.page.rows
        assert (issue.contra, issue.value_minor, issue.cost_minor) == (
            "inventory_adjustment",
            101,
            102,
        )
        taken = await takings_of_issues(reader, issue_ids=[issue.id])
        assert [(row.layer_id, row.quantity) for row in taken[issue.id]] == [(layer.id, 1)]
        listing = await cost_layers(
            reader,
            where=CostFilter(issue_id=issue.id, is_open=True, standing="valued"),
            ordering=LAYER_ORDERINGS["id"],
            request=request,
        )
        assert [row.id for row in listing.page.rows] == [layer.id]
        assert (await cost_layers_of_ids(reader, ids=[layer.id, 0])).keys() == {layer.id}
        assert (await cost_issues_of_ids(reader, ids=[issue.id, 0])).keys() == {issue.id}


async def test_a_landed_cost_tells_its_charges_and_who_bears_them(
    tenant: TenantUnderTest,
) -> None:
    setting, document = await _stocked(tenant)
    request = PageRequest()
    async with tenant.read() as reader:
        listing = await cost_layers(
            reader,
            where=CostFilter(source=("stock_document", document)),
            ordering=LAYER_ORDERINGS["id"],
            request=request,
        )
        (layer,) = listing.page.rows
        found = await cost_changes(reader, where=CostFilter(layer_id=layer.id), request=request)
        assert [(row.kind, row.stock_minor, row.cause_kind) for row in found.page.rows] == [
            ("layer", 3, "landed_cost")
        ]
        cause = ("landed_cost", found.page.rows[0].cause_id)
        found = await cost_changes(reader, where=CostFilter(source=cause), request=request)
        assert [row.stock_minor for row in found.page.rows] == [-1, 3]
        landed = await landed_costs(
            reader, where=DocumentFilter(entity_id=setting.entity_id), request=request
        )
        (one,) = landed.page.rows
        charges = await charges_of_landed_costs(reader, landed_ids=[one.id])
        shares = await shares_of_landed_costs(reader, landed_ids=[one.id])
    assert [row.amount_minor for row in charges[one.id]] == [3]
    assert [(row.layer_id, row.amount_minor) for row in shares[one.id]] == [(layer.id, 3)]


async def test_how_an_entity_values_its_stock_is_told(tenant: TenantUnderTest) -> None:
    setting, _ = await _stocked(tenant)
    async with tenant.read() as reader:
        assert await costing_rule(reader, entity_id=setting.entity_id) is None
        (method,) = await costing_methods(reader, entity_id=setting.entity_id)
        assert (method.method, method.item_group) == ("fifo", None)
    async with tenant.work() as work:
        await set_costing_rule(work, entity_id=setting.entity_id, approval_above_minor=5)
    async with tenant.read() as reader:
        rule = await costing_rule(reader, entity_id=setting.entity_id)
    assert rule is not None
    assert (rule.negative_stock, rule.approval_above_minor, rule.currency) == ("refuse", 5, "EUR")


async def test_a_receipt_of_an_earlier_day_corrects_what_left_since(
    tenant: TenantUnderTest,
) -> None:
    setting, _ = await _stocked(tenant)
    await _receive(setting, item=0, place=0, quantity=1, cost="0.50", days_ago=3)
    async with tenant.read() as reader:
        listing = await cost_issues(
            reader, where=CostFilter(), ordering=ISSUE_ORDERINGS["id"], request=PageRequest()
        )
        assert [row.cost_minor for row in listing.page.rows] == [50]
        assert [row.value_minor for row in listing.page.rows] == [101]
    assert await violations(tenant) == []


async def test_costs_are_for_those_who_may_see_them(tenant: TenantUnderTest) -> None:
    async with tenant.read(as_=tenant.user("inventory.read")) as reader:
        with pytest.raises(NotPermitted):
            await stock_values(reader, by="entity", where=StockValueFilter(), request=PageRequest())

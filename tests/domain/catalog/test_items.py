"""Items are created, changed, reviewed and listed."""

import asyncio

import pytest
from sqlalchemy import select

from domain.catalog.operations.item_identifiers import assign_item_identifier
from domain.catalog.operations.items import activate_item, create_item, update_item
from domain.catalog.policy import IdentifierKey
from domain.catalog.queries.items import (
    ItemFilter,
    item_count,
    item_identifiers,
    item_units,
    items,
    items_of_ids,
)
from domain.kernel.errors import (
    CodeTaken,
    InvalidInput,
    InvalidState,
    NotFound,
    NotPermitted,
    StaleVersion,
)
from domain.kernel.models import EventRecord
from domain.kernel.paging import PageRequest
from tests.factories.masters import new_item
from tests.factories.tenants import TenantUnderTest, new_tenant


async def test_an_item_begins_with_its_base_unit(tenant: TenantUnderTest) -> None:
    item_id = await new_item(tenant, sku=" SOAP-1 ", name="Soap", base_unit="EA", tax_code="")
    async with tenant.read() as reader:
        item = (await items_of_ids(reader, ids=[item_id]))[item_id]
        units = (await item_units(reader, ids=[item_id]))[item_id]
    assert (item.sku, item.name, item.base_unit, item.tracking, item.status, item.tax_code) == (
        "SOAP-1", "Soap", "EA", "none", "active", None,
    )  # fmt: skip
    assert [(row.unit, row.numerator, row.denominator) for row in units] == [("EA", 1, 1)]


async def test_a_sku_is_given_once_even_at_the_same_moment(tenant: TenantUnderTest) -> None:
    outcomes = await asyncio.gather(
        *(new_item(tenant, sku="A") for _ in range(4)), return_exceptions=True
    )
    refused = [o for o in outcomes if isinstance(o, CodeTaken)]
    assert len(refused) == 3
    assert refused[0].fields == {"kind": "item", "value": "A"}
    other = await new_item(tenant, sku="B")
    with pytest.raises(CodeTaken):
        async with tenant.work() as work:
            await update_item(work, item_id=other, sku="A")
    async with tenant.read() as reader:
        assert await item_count(reader, where=ItemFilter()) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"sku": ""}, {"sku": None}, {"base_unit": "x" * 33}, {"base_unit": None},
        {"name": "x" * 256}, {"tracking": "batch"}, {"status": "new"}, {"description": "x" * 4001},
        {"description": "\x00"}, {"status": None},
    ],
)  # fmt: skip
async def test_what_can_never_be_right_is_refused(
    tenant: TenantUnderTest, fields: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput):
        await new_item(tenant, **fields)
    async with tenant.read() as reader:
        assert await item_count(reader, where=ItemFilter()) == 0


async def test_a_draft_is_activated_once(tenant: TenantUnderTest) -> None:
    item_id = await new_item(tenant, status="draft", sku="D")
    async with tenant.work() as work:
        await activate_item(work, item_id=item_id, expected_version=1)
    with pytest.raises(InvalidState) as refusal:
        async with tenant.work() as work:
            await activate_item(work, item_id=item_id)
    assert refusal.value.fields == {"state": "active", "allowed": ["update"]}
    async with tenant.read() as reader:
        row = (await items_of_ids(reader, ids=[item_id]))[item_id]
        events = await reader.values(
            select(EventRecord.type)
            .where(EventRecord.tenant_id == tenant.id)
            .order_by(EventRecord.id)
        )
    assert (row.status, row.version) == ("active", 2)
    assert events == ["catalog.item_created", "catalog.item_activated"]


async def test_a_stale_reader_changes_nothing(tenant: TenantUnderTest) -> None:
    item_id = await new_item(tenant)
    async with tenant.work() as work:
        await update_item(work, item_id=item_id, description="Line 1\nLine 2")
    with pytest.raises(StaleVersion):
        async with tenant.work() as work:
            await update_item(work, item_id=item_id, expected_version=1, description=None)
    async with tenant.read() as reader:
        row = (await items_of_ids(reader, ids=[item_id]))[item_id]
    assert (row.description, row.version) == ("Line 1\nLine 2", 2)


async def test_items_are_found_by_prefix_status_and_gtin(tenant: TenantUnderTest) -> None:
    ids = {sku: await new_item(tenant, sku=sku) for sku in ("B%1", "A1", "B_2", "A2")}
    await new_item(tenant, sku="D", status="draft")
    async with tenant.work() as work:
        key = IdentifierKey(scheme="gtin", value="036000291452")
        await assign_item_identifier(work, item_id=ids["A2"], key=key)
    async with tenant.read() as reader:
        for where, skus in (
            (ItemFilter(sku_prefix="A"), ["A1", "A2"]),
            (ItemFilter(sku_prefix="B%"), ["B%1"]),
            (ItemFilter(sku="A1"), ["A1"]),
            (ItemFilter(status="draft"), ["D"]),
            (ItemFilter(gtin="0036000291452"), ["A2"]),
            (ItemFilter(gtin="nonsense"), []),
        ):
            page = await items(reader, where=where, request=PageRequest())
            assert [row.sku for row in page.rows] == skus
            assert await item_count(reader, where=where) == len(skus)


async def test_other_tenants_see_and_change_nothing(tenant: TenantUnderTest) -> None:
    item_id = await new_item(tenant)
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    async with stranger.read() as reader:
        assert await items_of_ids(reader, ids=[item_id]) == {}
        assert await item_units(reader, ids=[item_id]) == {item_id: []}
        assert await item_identifiers(reader, ids=[item_id]) == {item_id: []}
        assert (await items(reader, where=ItemFilter(), request=PageRequest())).rows == []
    for change in (update_item, activate_item):
        with pytest.raises(NotFound):
            async with stranger.work() as work:
                await change(work, item_id=item_id)


async def test_reading_and_managing_ask_for_their_permissions(tenant: TenantUnderTest) -> None:
    async with tenant.read(as_=tenant.user("catalog.manage")) as reader:
        with pytest.raises(NotPermitted):
            await item_count(reader, where=ItemFilter())
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("catalog.read")) as work:
            await create_item(work, sku="A", name="A", base_unit="EA")

"""Stock is read by item and place; a partner sees its own, another tenant nothing."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import select

from domain.inventory.lines import ReceiptLine
from domain.inventory.models import StockMovement
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.operations.states import set_safety_stock
from domain.inventory.queries.availability import availability
from domain.inventory.queries.balances import (
    ORDERINGS,
    BalanceFilter,
    balances,
    balances_of_ids,
    balances_of_items,
)
from domain.inventory.queries.movements import (
    MovementFilter,
    documents_of_ids,
    movements,
    movements_of_ids,
    movements_of_references,
)
from domain.kernel.errors import NotPermitted
from domain.kernel.paging import PageRequest
from domain.kernel.reading import Reader
from tests.factories.statements import counted_statements
from tests.factories.stock import StockSetting, new_stock_setting
from tests.factories.tenants import TenantUnderTest, new_tenant

D = Decimal
ALL = PageRequest(size=100)


async def _stocked(tenant: TenantUnderTest) -> tuple[StockSetting, list[int], list[int]]:
    """Two items at two locations: 5 and 3 at the first, 2 and 7 at the second.

    Gives the setting, the documents and the balances."""
    setting = await new_stock_setting(tenant, locations=2, items=2)
    documents, balance_ids = [], []
    for location_id, quantities in zip(setting.location_ids, ((5, 3), (2, 7)), strict=True):
        lines = [
            ReceiptLine(item_id=item, quantity=D(quantity))
            for item, quantity in zip(setting.item_ids, quantities, strict=True)
        ]
        async with tenant.work() as work:
            document = await receive_stock(work, location_id=location_id, lines=lines)
        documents.append(document.document_id)
        balance_ids += document.balance_ids
    return setting, documents, balance_ids


def _ids(rows: Sequence[Any]) -> list[int]:
    return [row.id for row in rows]


async def test_balances_are_found_by_item_and_place(tenant: TenantUnderTest) -> None:
    setting, _, ids = await _stocked(tenant)
    async with tenant.read() as reader:
        for where, found in (
            ({}, [0, 1, 2, 3]),
            ({"item_id": setting.item_ids[1]}, [1, 3]),
            ({"location_id": setting.location_ids[1]}, [2, 3]),
            ({"owner_id": setting.entity_id, "condition": "new", "lot": ""}, [0, 1, 2, 3]),
            ({"condition": "used"}, []),
            ({"is_empty": True}, []),
            ({"is_empty": False, "item_id": setting.item_ids[0]}, [0, 2]),
        ):
            listing = await balances(reader, where=BalanceFilter(**where), request=ALL)  # type: ignore[arg-type]
            assert _ids(listing.page.rows) == [ids[n] for n in found]
            assert await listing.count() == len(found)
        ordered = await balances(
            reader,
            where=BalanceFilter(),
            ordering=replace(ORDERINGS["on_hand"], descending=True),
            request=ALL,
        )
        assert [row.on_hand for row in ordered.page.rows] == [7, 5, 3, 2]
        assert list(await balances_of_ids(reader, ids=[ids[2], 0])) == [ids[2]]
        of_items = await balances_of_items(reader, item_ids=setting.item_ids)
        assert {item: _ids(rows) for item, rows in of_items.items()} == {
            setting.item_ids[0]: [ids[0], ids[2]],
            setting.item_ids[1]: [ids[1], ids[3]],
        }


async def test_movements_are_found_by_balance_item_and_document(tenant: TenantUnderTest) -> None:
    setting, documents, ids = await _stocked(tenant)
    async with tenant.read() as reader:
        for where, found in (
            ({}, [3, 2, 1, 0]),
            ({"balance_id": ids[1]}, [1]),
            ({"item_id": setting.item_ids[0]}, [2, 0]),
            ({"location_id": setting.location_ids[1], "kind": "receipt"}, [3, 2]),
            ({"kind": "issue"}, []),
            ({"reference_kind": "stock_document", "reference_id": documents[0]}, [1, 0]),
            ({"from_at": tenant.now, "to_at": tenant.now}, [3, 2, 1, 0]),
        ):
            listing = await movements(reader, where=MovementFilter(**where), request=ALL)  # type: ignore[arg-type]
            assert [row.balance_id for row in listing.page.rows] == [ids[n] for n in found]
            assert await listing.count() == len(found)
        behind = await movements_of_references(
            reader, reference_kind="stock_document", reference_ids=[documents[1], 0]
        )
        assert [row.balance_id for row in behind[documents[1]]] == ids[2:]
        assert behind[0] == []
        movement_id = behind[documents[1]][0].id
        again = await movements_of_ids(reader, ids=[movement_id, 0])
        assert again[movement_id].item_id == setting.item_ids[0]
        found_documents = await documents_of_ids(reader, ids=documents)
        assert [found_documents[n].number for n in documents] == ["RC-1", "RC-2"]


async def test_availability_of_many_items_is_one_statement(tenant: TenantUnderTest) -> None:
    setting, _, _ = await _stocked(tenant)
    one, two = setting.item_ids
    here, there = setting.location_ids
    async with tenant.work() as work:
        await set_safety_stock(work, location_id=here, item_id=two, quantity=D(1))
    async with tenant.read() as reader:
        with counted_statements(tenant.engine) as statements:
            found = await availability(reader, item_ids=[two, one, 0])
        assert len(statements) == 1
        at_one = await availability(reader, item_ids=[two], location_ids=[there])
        used = await availability(reader, item_ids=[two], condition="used")
    assert [(a.location_id, a.on_hand, a.reserved, a.available) for a in found[two].locations] == [
        (here, D(3), D(0), D(2)),
        (there, D(7), D(0), D(7)),
    ]
    assert {(a.item_id, a.base_unit) for a in found[two].locations} == {(two, "EA")}
    totals = {item: (a.on_hand, a.reserved, a.available) for item, a in found.items()}
    assert totals == {one: (7, 0, 7), two: (10, 0, 9)}
    assert str(found[one].on_hand) == "7"
    assert at_one[two].available == 7
    assert (used[two].base_unit, used[two].available, used[two].locations) == ("EA", 0, [])


async def _everything(
    reader: Reader, setting: StockSetting, documents: list[int], ids: list[int]
) -> set[int]:
    """The locations of whatever any query gives when asked for all of this."""
    item_ids = setting.item_ids
    movement_ids = await reader.values(select(StockMovement.id))
    behind = await movements_of_references(
        reader, reference_kind="stock_document", reference_ids=documents
    )
    rows = [
        (await balances(reader, where=BalanceFilter(), request=ALL)).page.rows,
        (await balances_of_ids(reader, ids=ids)).values(),
        *(await balances_of_items(reader, item_ids=item_ids)).values(),
        (await movements(reader, where=MovementFilter(), request=ALL)).page.rows,
        (await movements_of_ids(reader, ids=movement_ids)).values(),
        *behind.values(),
        (await documents_of_ids(reader, ids=documents)).values(),
        *(found.locations for found in (await availability(reader, item_ids=item_ids)).values()),
    ]
    return {row.location_id for row in chain.from_iterable(rows)}


async def test_another_tenant_sees_none_of_it(tenant: TenantUnderTest) -> None:
    setting, documents, ids = await _stocked(tenant)
    other = await new_tenant(tenant.engine, now=tenant.now)
    async with tenant.read() as reader:
        assert await _everything(reader, setting, documents, ids) == set(setting.location_ids)
    async with other.read() as reader:
        assert await _everything(reader, setting, documents, ids) == set()
        listing = await balances(reader, where=BalanceFilter(), request=ALL)
        assert await listing.count() == 0


async def test_a_partner_sees_its_own_location_only(tenant: TenantUnderTest) -> None:
    setting, documents, ids = await _stocked(tenant)
    here = setting.location_ids[0]
    partner = replace(tenant.user("inventory.read"), location_id=here)
    async with tenant.read(as_=partner) as reader:
        assert await _everything(reader, setting, documents, ids) == {here}
        listing = await movements(reader, where=MovementFilter(), request=ALL)
        assert await listing.count() == 2


async def test_reading_stock_needs_the_permission(tenant: TenantUnderTest) -> None:
    async with tenant.read(as_=tenant.user("orders.read")) as reader:
        for reading in (
            availability(reader, item_ids=[1]),
            balances(reader, where=BalanceFilter(), request=ALL),
            movements(reader, where=MovementFilter(), request=ALL),
            documents_of_ids(reader, ids=[1]),
        ):
            with pytest.raises(NotPermitted, match=r"inventory\.read"):
                await reading

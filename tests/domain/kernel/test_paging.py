"""Lists by keyset: complete, in order, and stable while rows come and go."""

import pytest
from sqlalchemy import insert, select

from domain.entities.models import LegalEntity, Location
from domain.kernel.errors import InvalidInput
from domain.kernel.paging import (
    Ordering,
    Page,
    count_rows,
    fetch_page,
    list_pages,
    page_request,
)
from tests.factories.tenants import TenantUnderTest

NAMES = ["a", "b", "b", "c", "d"]
BY_NAME = Ordering((LegalEntity.name, LegalEntity.id))


@pytest.fixture
async def listed(tenant: TenantUnderTest) -> TenantUnderTest:
    async with tenant.work() as work:
        await work.execute(
            insert(LegalEntity),
            [
                {
                    "tenant_id": tenant.id,
                    "code": f"E{n}",
                    "name": name,
                    "country": "US",
                    "currency": "USD",
                    "created_at": tenant.now,
                }
                for n, name in enumerate(NAMES)
            ],
        )
    return tenant


async def _page(tenant: TenantUnderTest, ordering: Ordering = BY_NAME, **arguments: object) -> Page:
    async with tenant.read() as reader:
        statement = select(LegalEntity.code).where(LegalEntity.tenant_id == tenant.id)
        return await fetch_page(
            reader,
            statement,
            ordering=ordering,
            request=page_request(**arguments),  # type: ignore[arg-type]
        )


def _codes(page: Page) -> list[str]:
    return [row.code for row in page.rows]


async def test_pages_of_two_go_through_the_whole_list_once(listed: TenantUnderTest) -> None:
    seen: list[str] = []
    after = None
    while True:
        page = await _page(listed, first=2, after=after)
        seen += _codes(page)
        assert page.has_previous is (after is not None)
        if not page.has_next:
            break
        after = page.cursors[-1]
    assert seen == ["E0", "E1", "E2", "E3", "E4"]


async def test_the_same_list_runs_backward_from_its_end(listed: TenantUnderTest) -> None:
    page = await _page(listed, last=2)
    assert (_codes(page), page.has_previous, page.has_next) == (["E3", "E4"], True, False)
    page = await _page(listed, last=2, before=page.cursors[0])
    assert (_codes(page), page.has_previous, page.has_next) == (["E1", "E2"], True, True)


async def test_a_descending_list_pages_too(listed: TenantUnderTest) -> None:
    down = Ordering(BY_NAME.columns, descending=True)
    page = await _page(listed, down, first=3)
    assert _codes(page) == ["E4", "E3", "E2"]
    assert _codes(await _page(listed, down, first=3, after=page.cursors[-1])) == ["E1", "E0"]


async def test_a_row_added_before_the_cursor_does_not_shift_the_next_page(
    listed: TenantUnderTest,
) -> None:
    page = await _page(listed, first=2)
    async with listed.work() as work:
        values = {"code": "E9", "name": "a", "country": "US", "currency": "USD"}
        await work.execute(
            insert(LegalEntity).values(tenant_id=listed.id, created_at=listed.now, **values)
        )
    assert _codes(await _page(listed, first=2, after=page.cursors[-1])) == ["E2", "E3"]


async def test_the_count_is_of_the_whole_list(listed: TenantUnderTest) -> None:
    async with listed.read() as reader:
        statement = select(LegalEntity.id).where(LegalEntity.tenant_id == listed.id)
        assert await count_rows(reader, statement) == 5


@pytest.mark.parametrize("cursor", ["", "x", "W10", "WyJhIl0", "WzEsMl0", "bnVsbA", "é"])
async def test_a_foreign_cursor_is_refused_as_such(listed: TenantUnderTest, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        await _page(listed, first=2, after=cursor)


@pytest.mark.parametrize(
    "arguments", [{"first": -1}, {"first": 101}, {"last": 101}, {"first": 1, "last": 1}]
)
def test_sizes_out_of_bounds_are_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        page_request(**arguments)


async def test_the_same_page_of_every_parent_comes_at_once(listed: TenantUnderTest) -> None:
    async with listed.work() as work:
        entities = list(await work.values(select(LegalEntity.id).order_by(LegalEntity.id)))[:3]
        places = [("A1", 0), ("A2", 0), ("A3", 0), ("B1", 1)]
        await work.execute(
            insert(Location),
            [
                {
                    "tenant_id": listed.id,
                    "code": code,
                    "name": code,
                    "kind": "owned",
                    "entity_id": entities[n],
                    "created_at": listed.now,
                }
                for code, n in places
            ],
        )
    statement = select(Location.code).where(Location.tenant_id == listed.id)
    async with listed.read() as reader:
        for request, wanted in (
            (page_request(first=2), [["A1", "A2"], ["B1"], []]),
            (page_request(last=2), [["A2", "A3"], ["B1"], []]),
        ):
            listings = await list_pages(
                reader,
                statement,
                parent=Location.entity_id,
                ids=entities,
                ordering=Ordering((Location.code,)),
                request=request,
            )
            assert [_codes(each.page) for each in listings] == wanted
            more = [(each.page.has_next, each.page.has_previous) for each in listings]
            assert more[0] == (not request.backward, request.backward)
            assert more[1:] == [(False, False)] * 2
            assert [await each.count() for each in listings] == [3, 1, 0]

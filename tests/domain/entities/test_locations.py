"""Locations: their kind, owner, time zone and cut-off."""

from dataclasses import replace
from datetime import UTC, time

import pytest

from domain.entities.operations.locations import create_location, update_location
from domain.entities.queries.locations import (
    LocationFilter,
    location_count,
    locations,
    locations_of_ids,
)
from domain.entities.queries.parties import (
    PartyFilter,
    parties_of_ids,
    party_addresses,
    party_count,
)
from domain.kernel.errors import CodeTaken, InvalidInput, NotFound, NotPermitted, StaleVersion
from domain.kernel.paging import PageRequest
from tests.factories.masters import new_entity, new_location, new_party
from tests.factories.tenants import TenantUnderTest, new_tenant


async def test_a_location_keeps_its_address_zone_and_cut_off(tenant: TenantUnderTest) -> None:
    entity_id = await new_entity(tenant)
    location_id = await new_location(
        tenant,
        entity_id=entity_id,
        kind="third_party",
        time_zone="America/New_York",
        cut_off_time=time(16, 30),
        line1=" 1 Dock Road ",
        line2="",
        country="US",
    )
    async with tenant.read() as reader:
        row = (await locations_of_ids(reader, ids=[location_id]))[location_id]
    assert (row.kind, row.entity_id, row.time_zone, row.cut_off_time, row.line1, row.line2) == (
        "third_party", entity_id, "America/New_York", time(16, 30), "1 Dock Road", None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"kind": "garage"}, "kind"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": "Europe"}, "time_zone"),
        ({"time_zone": "a\x00"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"cut_off_time": time(9, tzinfo=UTC)}, "cut_off_time"),
        ({"country": "Germany"}, "country"),
        ({"line1": "a\nb"}, "line1"),
        ({"name": None}, "name"),
    ],
)
async def test_what_can_never_be_right_is_refused(
    tenant: TenantUnderTest, fields: dict[str, object], path: str
) -> None:
    entity_id = await new_entity(tenant)
    with pytest.raises(InvalidInput) as refusal:
        await new_location(tenant, entity_id=entity_id, **fields)
    assert refusal.value.path == (path,)
    async with tenant.read() as reader:
        assert await location_count(reader, where=LocationFilter()) == 0


async def test_a_location_is_changed_by_who_read_the_latest(tenant: TenantUnderTest) -> None:
    entity_id = await new_entity(tenant)
    location_id = await new_location(tenant, entity_id=entity_id, cut_off_time=time(12))
    other = await new_location(tenant, entity_id=entity_id, code="OTHER")
    async with tenant.work() as work:
        await update_location(
            work, location_id=location_id, expected_version=1, cut_off_time=None, status="closed"
        )
    for fields, refusal in (
        ({"expected_version": 1, "name": "Late"}, StaleVersion),
        ({"code": "OTHER"}, CodeTaken),
        ({"entity_id": 10**12}, NotFound),
        ({"entity_id": None}, InvalidInput),
    ):
        with pytest.raises(refusal):
            async with tenant.work() as work:
                await update_location(work, location_id=location_id, **fields)
    async with tenant.read() as reader:
        row = (await locations_of_ids(reader, ids=[location_id, other]))[location_id]
        assert (row.cut_off_time, row.status, row.version) == (None, "closed", 2)
        page = await locations(reader, where=LocationFilter(status="active"), request=PageRequest())
        assert [found.id for found in page.rows] == [other]
        assert await location_count(reader, where=LocationFilter(entity_id=entity_id)) == 2
        assert await location_count(reader, where=LocationFilter(kind="store")) == 0


async def test_another_tenants_entity_owns_nothing_here(tenant: TenantUnderTest) -> None:
    entity_id = await new_entity(tenant)
    location_id = await new_location(tenant, entity_id=entity_id)
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    with pytest.raises(NotFound):
        await new_location(stranger, entity_id=entity_id)
    with pytest.raises(NotFound):
        async with stranger.work() as work:
            await update_location(work, location_id=location_id, name="Mine")
    async with stranger.read() as reader:
        assert await locations_of_ids(reader, ids=[location_id]) == {}
        assert await location_count(reader, where=LocationFilter()) == 0
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("entities.read")) as work:
            await create_location(work, code="A", name="A", kind="owned", entity_id=entity_id)


async def test_a_3pl_sees_its_own_place_and_a_customer_no_list(tenant: TenantUnderTest) -> None:
    entity_id = await new_entity(tenant)
    mine, other = [await new_location(tenant, entity_id=entity_id) for _ in range(2)]
    party_id = await new_party(tenant)
    warehouse = replace(tenant.user("entities.read"), location_id=mine)
    async with tenant.read(as_=warehouse) as reader:
        assert list(await locations_of_ids(reader, ids=[mine, other])) == [mine]
        assert await location_count(reader, where=LocationFilter()) == 1
        assert await party_count(reader, where=PartyFilter()) == 0
        assert await parties_of_ids(reader, ids=[party_id]) == {}
        assert await party_addresses(reader, ids=[party_id]) == {party_id: []}
    customer = replace(tenant.user("entities.read"), party_id=party_id)
    async with tenant.read(as_=customer) as reader:
        assert await location_count(reader, where=LocationFilter()) == 0
        assert list(await locations_of_ids(reader, ids=[mine])) == [mine]

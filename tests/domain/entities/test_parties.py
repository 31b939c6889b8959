"""Parties: their roles, their tree, their addresses and the codes they are known by."""

import asyncio
from dataclasses import replace

import pytest

from domain.entities.operations.parties import update_party
from domain.entities.operations.party_addresses import (
    AddressUnderCode,
    remove_party_address,
    set_party_addresses,
)
from domain.entities.operations.party_identifiers import (
    assign_party_identifier,
    remove_party_identifier,
)
from domain.entities.outcomes import PartyCodeTaken, PartyCycle
from domain.entities.party_lookup import find_party
from domain.entities.queries.parties import (
    PartyFilter,
    parties,
    parties_of_ids,
    party_addresses,
    party_count,
    party_identifiers,
)
from domain.kernel.errors import CodeTaken, InvalidInput, NotFound, StaleVersion
from domain.kernel.paging import PageRequest
from tests.factories.masters import new_channel, new_entity, new_party
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest, new_tenant


async def _parent(tenant: TenantUnderTest, party_id: int, parent_id: int | None) -> None:
    async with tenant.work() as work:
        await update_party(work, party_id=party_id, parent_id=parent_id)


async def _parents(tenant: TenantUnderTest, *ids: int) -> list[int | None]:
    async with tenant.read() as reader:
        rows = await parties_of_ids(reader, ids=ids)
    return [rows[party_id].parent_id for party_id in ids]


async def test_nobody_stands_above_itself(tenant: TenantUnderTest) -> None:
    a, b, c = [await new_party(tenant) for _ in range(3)]
    await _parent(tenant, b, a)
    await _parent(tenant, c, b)
    for above in (a, b, c):
        with pytest.raises(PartyCycle) as refusal:
            await _parent(tenant, a, above)
        assert refusal.value.fields == {"party_id": a, "parent_id": above}
    assert await _parents(tenant, a, b, c) == [None, a, b]
    await _parent(tenant, b, None)
    await _parent(tenant, a, c)
    assert await _parents(tenant, a, b, c) == [c, None, b]


async def test_two_who_close_a_cycle_at_once_do_not_both_succeed(tenant: TenantUnderTest) -> None:
    for _ in range(5):
        a, b = await new_party(tenant), await new_party(tenant)
        outcomes = await asyncio.gather(
            _parent(tenant, a, b), _parent(tenant, b, a), return_exceptions=True
        )
        assert sorted(type(outcome) for outcome in outcomes if outcome) == [PartyCycle]
        assert sorted(p is None for p in await _parents(tenant, a, b)) == [False, True]


async def test_a_party_is_something_to_us(tenant: TenantUnderTest) -> None:
    with pytest.raises(InvalidInput):
        await new_party(tenant, is_customer=False)
    party_id = await new_party(tenant, code="A")
    await new_party(tenant, code="B", is_customer=False, is_carrier=True)
    for fields, refusal in (
        ({"is_customer": False}, InvalidInput),
        ({"is_customer": None}, InvalidInput),
        ({"currency": "XXX"}, InvalidInput),
        ({"email": "no address"}, InvalidInput),
        ({"email": "@a"}, InvalidInput),
        ({"status": "gone"}, InvalidInput),
        ({"code": "B"}, CodeTaken),
        ({"bill_to_id": 10**12}, NotFound),
        ({"name": "Late", "expected_version": 7}, StaleVersion),
    ):
        with pytest.raises(refusal):
            async with tenant.work() as work:
                await update_party(work, party_id=party_id, **fields)
    async with tenant.work() as work:
        await update_party(work, party_id=party_id, is_customer=False, is_supplier=True)
    async with tenant.read() as reader:
        row = (await parties_of_ids(reader, ids=[party_id]))[party_id]
        assert (row.code, row.is_customer, row.is_supplier, row.version) == ("A", False, True, 2)
        for role, codes in (("supplier", ["A"]), ("carrier", ["B"]), ("customer", [])):
            page = await parties(reader, where=PartyFilter(role=role), request=PageRequest())
            assert [found.code for found in page.rows] == codes


async def _addresses(tenant: TenantUnderTest, party_id: int) -> list[tuple[str, str, str | None]]:
    async with tenant.read() as reader:
        rows = (await party_addresses(reader, ids=[party_id]))[party_id]
    return [(row.kind, row.code, row.line1) for row in rows]


async def test_an_address_stands_once_under_its_kind_and_code(tenant: TenantUnderTest) -> None:
    party_id = await new_party(tenant)
    first = [
        AddressUnderCode(kind="ship_to", code="1", address={"line1": "Old", "city": "Ulm"}),
        AddressUnderCode(kind="bill_to", code="1", address={"line1": "Bill"}),
    ]
    second = [AddressUnderCode(kind="ship_to", code="1", address={"line1": "New"})]
    for addresses in (first, second):
        async with tenant.work() as work:
            await set_party_addresses(work, party_id=party_id, addresses=addresses)
    assert await _addresses(tenant, party_id) == [("bill_to", "1", "Bill"), ("ship_to", "1", "New")]
    async with tenant.work() as work:
        await remove_party_address(work, party_id=party_id, kind="bill_to", code="1")
        with pytest.raises(NotFound):
            await remove_party_address(work, party_id=party_id, kind="bill_to", code="1")
    assert await _addresses(tenant, party_id) == [("ship_to", "1", "New")]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (AddressUnderCode(kind="home", code="2", address={}), ("addresses", 1, "kind")),
        (AddressUnderCode(kind="ship_to", code="", address={}), ("addresses", 1, "code")),
        (
            AddressUnderCode(kind="ship_to", code="2", address={"country": "XX"}),
            ("addresses", 1, "country"),
        ),
        (AddressUnderCode(kind="ship_to", code=" 1 ", address={}), ("addresses",)),
    ],
)
async def test_a_wrong_address_is_pointed_at_and_none_is_written(
    tenant: TenantUnderTest, wrong: AddressUnderCode, path: tuple[str | int, ...]
) -> None:
    party_id = await new_party(tenant)
    right = AddressUnderCode(kind="ship_to", code="1", address={})
    with pytest.raises(InvalidInput) as refusal:
        async with tenant.work() as work:
            await set_party_addresses(work, party_id=party_id, addresses=[right, wrong])
    assert refusal.value.path == path
    assert await _addresses(tenant, party_id) == []


async def _know(tenant: TenantUnderTest, party_id: int, value: str, channel: int | None) -> None:
    async with tenant.work() as work:
        await assign_party_identifier(work, party_id=party_id, value=value, channel_id=channel)


async def test_a_party_is_found_by_the_first_code_that_is_known(tenant: TenantUnderTest) -> None:
    entity_id = await new_entity(tenant)
    here, there = [await new_channel(tenant, entity_id=entity_id) for _ in range(2)]
    a, b, c = [await new_party(tenant) for _ in range(3)]
    for party_id, value, channel in (
        (a, "1", here), (b, "1", None), (c, "1", there), (c, "2", None), (c, "2", None),
    ):  # fmt: skip
        await _know(tenant, party_id, value, channel)
    async with tenant.read() as reader:
        with counted_statements(tenant.engine) as seen:
            assert await find_party(reader, channel_id=here, values=["0", " 1 ", "2"]) == a
        assert len(seen) == 1
        assert await find_party(reader, channel_id=there, values=["1"]) == c
        assert await find_party(reader, channel_id=None, values=["1"]) == b
        assert await find_party(reader, channel_id=here, values=["2", "1"]) == c
        assert await find_party(reader, channel_id=here, values=["3", "", " "]) is None
        identifiers = (await party_identifiers(reader, ids=[c]))[c]
    assert [(row.channel_id, row.value) for row in identifiers] == [(None, "2"), (there, "1")]


async def test_a_code_of_another_party_is_refused_with_its_name(tenant: TenantUnderTest) -> None:
    holder, other = await new_party(tenant, code="HOLDER"), await new_party(tenant)
    await _know(tenant, holder, "1", None)
    with pytest.raises(PartyCodeTaken) as refusal:
        await _know(tenant, other, "1", None)
    assert refusal.value.fields == {
        "kind": "party identifier", "value": "1", "party_id": holder, "party_code": "HOLDER",
    }  # fmt: skip
    async with tenant.work() as work:
        await remove_party_identifier(work, party_id=holder, value="1")
        with pytest.raises(NotFound):
            await remove_party_identifier(work, party_id=holder, value="1")
    await _know(tenant, other, "1", None)


async def test_a_partner_sees_itself_and_no_neighbour(tenant: TenantUnderTest) -> None:
    mine, neighbour = await new_party(tenant), await new_party(tenant)
    for party_id in (mine, neighbour):
        await _know(tenant, party_id, f"code of {party_id}", None)
        async with tenant.work() as work:
            address = AddressUnderCode(kind="ship_to", code="1", address={})
            await set_party_addresses(work, party_id=party_id, addresses=[address])
    partner = replace(tenant.user("entities.read"), party_id=mine)
    async with tenant.read(as_=partner) as reader:
        ids = [mine, neighbour]
        assert list(await parties_of_ids(reader, ids=ids)) == [mine]
        assert await party_count(reader, where=PartyFilter()) == 1
        for children in (party_addresses, party_identifiers):
            found = await children(reader, ids=ids)
            assert [len(found[party_id]) for party_id in ids] == [1, 0]


async def test_other_tenants_see_and_refer_to_nothing(tenant: TenantUnderTest) -> None:
    party_id = await new_party(tenant)
    channel_id = await new_channel(tenant, entity_id=await new_entity(tenant))
    await _know(tenant, party_id, "1", None)
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    own = await new_party(stranger)
    for attempt in (
        lambda: new_party(stranger, parent_id=party_id),
        lambda: new_party(stranger, bill_to_id=party_id),
        lambda: _parent(stranger, own, party_id),
        lambda: _parent(stranger, party_id, own),
        lambda: _know(stranger, own, "1", channel_id),
        lambda: _know(stranger, party_id, "1", None),
    ):
        with pytest.raises(NotFound):
            await attempt()
    async with stranger.read() as reader:
        assert await parties_of_ids(reader, ids=[party_id]) == {}
        assert await party_count(reader, where=PartyFilter()) == 1
        assert await find_party(reader, channel_id=channel_id, values=["1"]) is None

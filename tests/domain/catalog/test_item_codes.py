"""One item, many codes: which is believed first, who has it, and GS1's check digit."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog.gtin import check_digit, normalised_gtin
from domain.catalog.item_lookup import FoundItem, ItemCodeQuery, find_items
from domain.catalog.operations.item_identifiers import (
    assign_item_identifier,
    remove_item_identifier,
)
from domain.catalog.operations.item_units import set_item_unit
from domain.catalog.outcomes import ItemCodeTaken
from domain.catalog.policy import IdentifierKey
from domain.catalog.queries.items import item_identifiers
from domain.kernel.errors import InvalidInput, NotFound
from tests.factories.masters import new_channel, new_entity, new_item, new_party
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest, new_tenant

GTIN = "4006381333931"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("4006381333931", "04006381333931"),
        ("0036000291452", "00036000291452"),
        ("036000291452", "00036000291452"),
        ("0 36000-29145 2", "00036000291452"),
        ("96385074", "00000096385074"),
        ("10614141000415", "10614141000415"),
        ("4006381333932", None),
        ("4006381333391", None),
        ("36000291452", None),
        ("400638133393", None),
        ("00000000", None),
        ("00000000000000", None),
        ("", None),
        ("40063813339³1", None),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", None),
        ("ABCDEFGH", None),
    ],
)
def test_a_gtin_is_its_14_digits_or_none(written: str, normal: str | None) -> None:
    assert normalised_gtin(written) == normal


@given(st.text("0123456789", min_size=13, max_size=13).filter(lambda d: d.strip("0")))
def test_exactly_one_check_digit_is_right(digits: str) -> None:
    right = [d for d in "0123456789" if normalised_gtin(digits + d) is not None]
    assert right == [str(check_digit(digits))]


@given(st.text("0123456789", min_size=12, max_size=12), st.data())
def test_every_single_wrong_digit_is_noticed(digits: str, data: st.DataObject) -> None:
    number = digits + str(check_digit(digits))
    place = data.draw(st.integers(0, 12))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    assert normalised_gtin(number[:place] + wrong + number[place + 1 :]) is None


async def _assign(
    tenant: TenantUnderTest, item_id: int, unit: str | None = None, **key: object
) -> None:
    async with tenant.work() as work:
        await assign_item_identifier(work, item_id=item_id, key=IdentifierKey(**key), unit=unit)


async def _codes(tenant: TenantUnderTest, item_id: int) -> list[tuple[str, str, str | None]]:
    async with tenant.read() as reader:
        rows = (await item_identifiers(reader, ids=[item_id]))[item_id]
    return [(row.scheme, row.value, row.unit) for row in rows]


async def test_a_code_is_given_once_and_says_who_has_it(tenant: TenantUnderTest) -> None:
    holder, other = await new_item(tenant, sku="HOLDER"), await new_item(tenant)
    await _assign(tenant, holder, scheme="gtin", value="036000291452")
    with pytest.raises(ItemCodeTaken) as refusal:
        await _assign(tenant, other, scheme="gtin", value="00036000291452")
    assert refusal.value.fields == {
        "kind": "gtin code", "value": "00036000291452", "item_id": holder, "sku": "HOLDER",
    }  # fmt: skip
    assert await _codes(tenant, other) == []


async def test_the_same_code_on_two_channels_is_two_codes(tenant: TenantUnderTest) -> None:
    entity_id = await new_entity(tenant)
    one, two = [await new_channel(tenant, entity_id=entity_id) for _ in range(2)]
    first, second = await new_item(tenant), await new_item(tenant)
    await _assign(tenant, first, scheme="channel", value="100", channel_id=one)
    await _assign(tenant, second, scheme="channel", value="100", channel_id=two)
    await _assign(tenant, second, scheme="customer", value="100", party_id=await new_party(tenant))
    assert await _codes(tenant, second) == [("channel", "100", None), ("customer", "100", None)]


async def test_a_partner_sees_no_other_partners_codes(tenant: TenantUnderTest) -> None:
    mine, neighbour = await new_party(tenant), await new_party(tenant)
    item_id = await new_item(tenant)
    await _assign(tenant, item_id, scheme="gtin", value=GTIN)
    await _assign(tenant, item_id, scheme="customer", value="MINE", party_id=mine)
    await _assign(tenant, item_id, scheme="customer", value="THEIRS", party_id=neighbour)
    gtin = "04006381333931"
    buyer = replace(tenant.user("catalog.read"), party_id=mine)
    third_party = replace(tenant.user("catalog.read"), location_id=1)
    seen = []
    for caller in (buyer, third_party):
        async with tenant.read(as_=caller) as reader:
            rows = (await item_identifiers(reader, ids=[item_id]))[item_id]
        seen.append([row.value for row in rows])
    assert seen == [["MINE", gtin], [gtin]]


async def test_given_again_the_unit_of_a_code_changes(tenant: TenantUnderTest) -> None:
    item_id = await new_item(tenant)
    async with tenant.work() as work:
        await set_item_unit(work, item_id=item_id, unit="case", numerator=Decimal(12))
    await _assign(tenant, item_id, scheme="gtin", value=GTIN)
    await _assign(tenant, item_id, scheme="gtin", value=GTIN, unit="CS")
    assert await _codes(tenant, item_id) == [("gtin", "04006381333931", "case")]
    with pytest.raises(InvalidInput):
        await _assign(tenant, item_id, scheme="gtin", value=GTIN, unit="pallet")
    async with tenant.work() as work:
        key = IdentifierKey(scheme="gtin", value=GTIN)
        await remove_item_identifier(work, item_id=item_id, key=key)
        with pytest.raises(NotFound):
            await remove_item_identifier(work, item_id=item_id, key=key)
    assert await _codes(tenant, item_id) == []


@pytest.mark.parametrize(
    "key",
    [
        {"scheme": "gtin", "value": "4006381333932"},
        {"scheme": "gtin", "value": GTIN, "channel_id": 1},
        {"scheme": "channel", "value": "1"},
        {"scheme": "customer", "value": "1"},
        {"scheme": "supplier", "value": "1", "channel_id": 1},
        {"scheme": "isbn", "value": "1"},
        {"scheme": "customer", "value": " ", "party_id": 1},
    ],
)
async def test_codes_that_can_never_be_right_are_refused(
    tenant: TenantUnderTest, key: dict[str, object]
) -> None:
    item_id = await new_item(tenant)
    with pytest.raises(InvalidInput):
        await _assign(tenant, item_id, **key)


async def test_codes_lead_to_items_in_their_order_by_one_statement(
    tenant: TenantUnderTest,
) -> None:
    channel_id = await new_channel(tenant, entity_id=await new_entity(tenant))
    party_id, neighbour = await new_party(tenant), await new_party(tenant)
    a, b, c, d = [await new_item(tenant, sku=sku) for sku in "ABCD"]
    async with tenant.work() as work:
        await set_item_unit(work, item_id=c, unit="case", numerator=Decimal(12))
    await _assign(tenant, a, scheme="channel", value="1", channel_id=channel_id)
    await _assign(tenant, b, scheme="customer", value="1", party_id=party_id)
    await _assign(tenant, b, scheme="customer", value="2", party_id=party_id)
    await _assign(tenant, d, scheme="customer", value="3", party_id=neighbour)
    await _assign(tenant, c, scheme="gtin", value=GTIN, unit="case")
    queries = [
        (("buyer", "1"),),
        (("buyer", "2"), ("gtin", GTIN)),
        (("vendor", "D"), ("ean", "0" + GTIN), ("buyer", "unknown")),
        (("vendor", "D"), ("upc", "4006381333932")),
        (("buyer", "3"),),
        (("product", "1"), ("style", "1"), ("attribute", "1")),
        (("variant", "1"), ("sku", "D")),
        (("sku", " D "),),
        (("buyer", "D"),),
        (),
    ]
    async with tenant.read() as reader:
        with counted_statements(tenant.engine) as seen:
            found = await find_items(
                reader,
                codes=[ItemCodeQuery(values) for values in queries],
                channel_id=channel_id,
                party_id=party_id,
            )
    assert len(seen) == 1
    assert [item and item.sku for item in found] == [
        "A", "B", "C", "D", None, None, "A", "D", None, None,
    ]  # fmt: skip
    assert found[2] == FoundItem(c, "C", "each", "case", "active")
    assert found[3] == FoundItem(d, "D", "each", None, "active")


async def test_codes_of_another_tenant_lead_nowhere(tenant: TenantUnderTest) -> None:
    channel_id = await new_channel(tenant, entity_id=await new_entity(tenant))
    item_id = await new_item(tenant, sku="A")
    await _assign(tenant, item_id, scheme="channel", value="1", channel_id=channel_id)
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    query = ItemCodeQuery((("variant", "1"), ("sku", "A")))
    async with stranger.read() as reader:
        found = await find_items(reader, codes=[query], channel_id=channel_id, party_id=None)
        assert found == [None]
    own = await new_item(stranger)
    for key in (
        {"scheme": "channel", "value": "9", "channel_id": channel_id},
        {"scheme": "customer", "value": "9", "party_id": await new_party(tenant)},
    ):
        with pytest.raises(NotFound):
            await _assign(stranger, own, **key)

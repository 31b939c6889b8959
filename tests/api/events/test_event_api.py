"""The log of events and its types, over GraphQL and as they happen."""

from datetime import timedelta

import pytest

from api.ids import global_id
from domain.entities.operations.parties import create_party, update_party
from domain.integration.event_types import event_catalogue, may_see, permission_of
from tenancy.permissions import ALL_PERMISSIONS
from tests.factories.api import ApiUnderTest
from tests.factories.events import ThingHappened, tell
from tests.factories.live_api import listening, subscriber
from tests.factories.masters import new_party
from tests.factories.tenants import TenantUnderTest, new_tenant

EVENTS = """
query($filter: EventFilter) {
  events(filter: $filter) {
    totalCount
    nodes {
      __typename id type occurredAt actor aggregate aggregateId
      ... on PartyCreated { code party { id name } }
      ... on PartyChanged { changed }
    }
  }
}
"""
WATCH = """
subscription($types: [String!], $after: ID) {
  eventHappened(types: $types, after: $after) { __typename id ... on PartyCreated { code } }
}
"""
READS = ("events.read", "entities.read")


async def _two_events(tenant: TenantUnderTest) -> int:
    async with tenant.work() as work:
        party = await create_party(work, code="NW", name="Northwind", is_customer=True)
    async with tenant.at(tenant.now + timedelta(hours=1)).work() as work:
        await update_party(work, party_id=party, name="Northwind Ltd")
    return party


async def test_events_have_the_fields_of_their_types_and_lead_to_objects_as_they_are_now(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    party = await _two_events(tenant)
    reader = await api.user(tenant, *READS)
    listed = (await reader.ask(EVENTS)).data["events"]
    assert listed["totalCount"] == 2
    changed, created = listed["nodes"]
    party_id = global_id("Party", party)
    assert created | {"id": ""} == {
        "__typename": "PartyCreated",
        "id": "",
        "type": "entities.party_created",
        "occurredAt": tenant.now.isoformat(),
        "actor": "system",
        "aggregate": "party",
        "aggregateId": party_id,
        "code": "NW",
        "party": {"id": party_id, "name": "Northwind Ltd"},
    }
    assert (changed["__typename"], changed["changed"]) == ("PartyChanged", ["name"])
    one = await reader.ask("query($id: ID!) { event(id: $id) { type } }", id=created["id"])
    assert one.data["event"] == {"type": "entities.party_created"}


@pytest.mark.parametrize(
    ("filter", "types"),
    [
        ({"types": ["entities.party_created"]}, ["PartyCreated"]),
        ({"occurredFrom": "2026-03-02T10:00:00Z"}, ["PartyChanged"]),
        ({"occurredUntil": "2026-03-02T10:00:00Z"}, ["PartyCreated"]),
        ({"types": []}, []),
    ],
)
async def test_events_are_found_by_type_and_moment(
    api: ApiUnderTest, tenant: TenantUnderTest, filter: dict[str, object], types: list[str]
) -> None:
    await _two_events(tenant)
    reader = await api.user(tenant, *READS)
    nodes = (await reader.ask(EVENTS, filter=filter)).data["events"]["nodes"]
    assert [node["__typename"] for node in nodes] == types


async def test_the_history_of_one_object_is_found(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    party = await _two_events(tenant)
    await new_party(tenant)
    reader = await api.user(tenant, *READS)
    filter = {"objectId": global_id("Party", party)}
    assert (await reader.ask(EVENTS, filter=filter)).data["events"]["totalCount"] == 2


async def test_nobody_sees_events_of_areas_that_are_not_theirs_to_read(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await _two_events(tenant)
    await tell(tenant, ThingHappened(aggregate_id=1))
    planner = await api.user(tenant, "events.read", "orders.read")
    nodes = (await planner.ask(EVENTS)).data["events"]["nodes"]
    assert [node["__typename"] for node in nodes] == ["OtherEvent"]
    types = {"types": ["entities.party_created"]}
    assert (await planner.ask(EVENTS, filter=types)).error_codes == ["FORBIDDEN"]
    owner = await api.user(tenant, *READS)
    known = (await owner.ask(EVENTS)).data["events"]["nodes"][-1]["id"]
    hidden = await planner.ask("query($id: ID!) { event(id: $id) { type } }", id=known)
    assert hidden.data["event"] is None
    without = await api.user(tenant, "entities.read")
    assert (await without.ask(EVENTS)).error_codes == ["FORBIDDEN"]


async def test_neither_partners_of_what_is_not_theirs_nor_other_tenants_see_any(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    party = await _two_events(tenant)
    partner = await api.user(tenant, *READS, party_id=party)
    assert (await partner.ask(EVENTS)).data["events"] == {"totalCount": 0, "nodes": []}
    other = await api.user(await new_tenant(tenant.engine, now=tenant.now), *READS)
    assert (await other.ask(EVENTS)).data["events"] == {"totalCount": 0, "nodes": []}


async def test_the_catalogue_tells_each_types_fields(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    reader = await api.user(tenant, "events.read", "orders.read")
    types = (
        await reader.ask(
            "{ eventTypes { eventType typeName aggregate description permission "
            "fields { name type description } } }"
        )
    ).data["eventTypes"]
    assert {each["permission"] for each in types} <= {"orders.read", "events.read"}
    (shipped,) = [each for each in types if each["eventType"] == "order.shipped"]
    assert (shipped["typeName"], shipped["aggregate"]) == ("OrderShipped", "order")
    fields = {field["name"]: field["type"] for field in shipped["fields"]}
    assert fields["trackingNumber"] == "String"
    assert fields["shipmentId"] == "ID"
    assert fields["shipment"] == "Shipment"
    assert all(each["description"] for each in types)


async def test_events_are_told_as_they_happen_to_whoever_may_see_them(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await _two_events(tenant)
    reader = await api.user(tenant, *READS)
    async with listening(api) as port, subscriber(port, reader.token or "") as watching:
        await watching.subscribe(WATCH, types=["entities.*"], after=global_id("Event", 1))
        told = [(await watching.next())["eventHappened"] for _ in range(2)]
        await tell(tenant, ThingHappened(aggregate_id=1))
        party = await new_party(tenant, code="NEW")
        api.services.feed.touched(tenant.id, [("thing", 1), ("party", party)])
        told.append((await watching.next())["eventHappened"])
    assert [each["__typename"] for each in told] == ["PartyCreated", "PartyChanged", "PartyCreated"]
    assert told[2]["code"] == "NEW"


@pytest.mark.parametrize(
    ("types", "code"), [(["no.such"], "BAD_INPUT"), (["order.placed"], "FORBIDDEN")]
)
async def test_a_listener_asks_for_types_that_there_are_and_that_it_may_see(
    api: ApiUnderTest, tenant: TenantUnderTest, types: list[str], code: str
) -> None:
    reader = await api.user(tenant, *READS)
    async with listening(api) as port, subscriber(port, reader.token or "") as watching:
        await watching.subscribe(WATCH, types=types)
        assert await watching.error_codes() == [code]


def test_every_event_type_of_the_product_has_an_area_to_be_read_and_a_name_of_its_own() -> None:
    catalogue = event_catalogue()
    assert {t for t in catalogue if permission_of(t) not in ALL_PERMISSIONS} == set()
    names = [each.name for each in catalogue.values()]
    assert len(names) == len(set(names))
    assert {t for t, each in catalogue.items() if not each.description} == set()
    assert may_see(lambda permission: False, "test.thing_happened")

"""Locations over GraphQL."""

from api.ids import global_id
from tests.factories.api import ApiUnderTest
from tests.factories.masters import new_entity, new_location
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest, new_tenant

FIELDS = """id code kind timeZone cutOffTime status version
  address { name line1 country } entity { code }"""
CREATE = f"""
mutation Create($input: CreateLocationInput!) {{
  createLocation(input: $input) {{ location {{ {FIELDS} }} userErrors {{ code message path }} }}
}}
"""
UPDATE = f"""
mutation Update($input: UpdateLocationInput!) {{
  updateLocation(input: $input) {{
    location {{ {FIELDS} }}
    userErrors {{ code ... on StaleVersionError {{ expected actual }} }}
  }}
}}
"""
LIST = """
query List($filter: LocationFilter) {
  locations(filter: $filter) { totalCount nodes { code entity { code } } }
}
"""


async def test_a_location_is_created_and_changed(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    entity_id = await new_entity(tenant, code="DE1")
    admin = await api.user(tenant, "entities.read", "entities.manage")
    wanted = {
        "code": "EAST",
        "name": "East",
        "kind": "THIRD_PARTY",
        "entityId": global_id("LegalEntity", entity_id),
        "timeZone": "Europe/Berlin",
        "cutOffTime": "15:30:00",
        "address": {"name": "Dock 4", "line1": "Hafen 1", "country": "DE"},
    }
    made = (await admin.ask(CREATE, input=wanted)).data["createLocation"]
    assert made["userErrors"] == []
    location = made["location"]
    assert location | {"id": ""} == {
        "id": "",
        "code": "EAST",
        "kind": "THIRD_PARTY",
        "timeZone": "Europe/Berlin",
        "cutOffTime": "15:30:00",
        "status": "active",
        "version": 1,
        "address": {"name": "Dock 4", "line1": "Hafen 1", "country": "DE"},
        "entity": {"code": "DE1"},
    }
    change = {"id": location["id"], "expectedVersion": 1, "cutOffTime": None}
    changed = await admin.ask(UPDATE, input=change | {"address": {"name": None}, "kind": "OWNED"})
    after = changed.data["updateLocation"]["location"]
    assert (after["cutOffTime"], after["kind"], after["version"]) == (None, "OWNED", 2)
    assert after["address"] == {"name": None, "line1": "Hafen 1", "country": "DE"}
    stale = (await admin.ask(UPDATE, input=change)).data["updateLocation"]
    assert stale == {
        "location": None,
        "userErrors": [{"code": "STALE_VERSION", "expected": 1, "actual": 2}],
    }


async def test_a_required_field_cannot_be_nulled_and_a_wrong_one_is_pointed_at(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    location_id = await new_location(tenant, entity_id=await new_entity(tenant))
    admin = await api.user(tenant, "entities.read", "entities.manage")
    for field, value in (("name", None), ("kind", None), ("entityId", None), ("timeZone", "Mars")):
        change = {"id": global_id("Location", location_id), field: value}
        assert (await admin.ask(UPDATE, input=change)).error_codes == ["BAD_INPUT"]


async def test_a_list_asks_for_its_entities_at_once(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    for code in ("A", "B", "C"):
        await new_location(tenant, entity_id=await new_entity(tenant), code=code, kind="store")
    admin = await api.user(tenant, "entities.read")
    with counted_statements(api.services.engine) as seen:
        found = (await admin.ask(LIST, filter={"kind": "STORE"})).data["locations"]
    assert found["totalCount"] == 3
    assert [node["code"] for node in found["nodes"]] == ["A", "B", "C"]
    assert len([text for text in seen if "FROM legal_entity" in text]) == 1


async def test_ids_of_another_tenant_are_no_ids(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    entity_id = await new_entity(tenant)
    location_id = await new_location(tenant, entity_id=entity_id)
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    other = await api.user(stranger, "entities.read", "entities.manage")
    entity = global_id("LegalEntity", entity_id)
    wanted = {"code": "A", "name": "A", "kind": "OWNED", "entityId": entity}
    assert (await other.ask(CREATE, input=wanted)).error_codes == ["NOT_FOUND"]
    change = {"id": global_id("Location", location_id), "name": "Mine"}
    assert (await other.ask(UPDATE, input=change)).error_codes == ["NOT_FOUND"]
    found = (await other.ask(LIST, filter={"entityId": entity})).data["locations"]
    assert found == {"totalCount": 0, "nodes": []}

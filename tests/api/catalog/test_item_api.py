"""Items over GraphQL."""

from typing import Any

from api.ids import global_id
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.masters import new_channel, new_entity, new_item, new_party
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest, new_tenant

ITEM = """id sku name description baseUnit tracking taxCode status version supportedActions
  units { unit numerator denominator }
  identifiers { scheme value unit channel { code } party { code } }"""
ERRORS = """userErrors { __typename code
  ... on BaseUnitInUseError { itemId baseUnit usedBy } ... on ItemCodeTakenError { itemId sku }
  ... on InvalidStateError { state allowed } ... on CodeTakenError { value } }"""


async def _run(caller: ApiCaller, mutation: str, type_: str, **input: object) -> dict[str, Any]:
    fields = f"item {{ {ITEM} }} {ERRORS}"
    text = f"mutation M($input: {type_}!) {{ {mutation}(input: $input) {{ {fields} }} }}"
    done: dict[str, Any] = (await caller.ask(text, input=input)).data[mutation]
    return done


async def test_an_item_goes_from_draft_to_active(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "catalog.read", "catalog.manage")
    wanted = {"sku": "SOAP", "name": "Soap", "baseUnit": "each", "status": "DRAFT"}
    made = await _run(admin, "createItem", "CreateItemInput", **wanted)
    assert made["userErrors"] == []
    assert made["item"] | {"id": ""} == {
        "id": "",
        "sku": "SOAP",
        "name": "Soap",
        "description": None,
        "baseUnit": "each",
        "tracking": "NONE",
        "taxCode": None,
        "status": "DRAFT",
        "version": 1,
        "supportedActions": ["UPDATE", "ACTIVATE"],
        "units": [{"unit": "each", "numerator": "1", "denominator": "1"}],
        "identifiers": [],
    }
    again = await _run(admin, "createItem", "CreateItemInput", **wanted)
    assert again["userErrors"] == [
        {"__typename": "CodeTakenError", "code": "CODE_TAKEN", "value": "SOAP"}
    ]
    item_id = made["item"]["id"]
    active = await _run(admin, "activateItem", "ActivateItemInput", id=item_id, expectedVersion=1)
    assert (active["item"]["status"], active["item"]["supportedActions"]) == ("ACTIVE", ["UPDATE"])
    twice = await _run(admin, "activateItem", "ActivateItemInput", id=item_id)
    assert twice["userErrors"] == [
        {"__typename": "InvalidStateError", "code": "INVALID_STATE", "state": "active",
         "allowed": ["update"]}
    ]  # fmt: skip
    changed = await _run(
        admin, "updateItem", "UpdateItemInput", id=item_id, tracking="LOT", description="Fine"
    )
    assert (changed["item"]["tracking"], changed["item"]["description"]) == ("LOT", "Fine")


async def test_units_are_set_and_the_base_unit_stays_one(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    one = global_id("Item", await new_item(tenant, sku="ONE"))
    admin = await api.user(tenant, "catalog.read", "catalog.manage")
    unit = await _run(
        admin, "setItemUnit", "SetItemUnitInput", itemId=one, unit="case", numerator="12"
    )
    assert unit["item"]["units"] == [
        {"unit": "case", "numerator": "12", "denominator": "1"},
        {"unit": "each", "numerator": "1", "denominator": "1"},
    ]
    base = await _run(
        admin, "setItemUnit", "SetItemUnitInput", itemId=one, unit="EA", numerator="2"
    )
    assert base["userErrors"] == [
        {"__typename": "BaseUnitInUseError", "code": "BASE_UNIT_IN_USE", "itemId": one,
         "baseUnit": "each", "usedBy": ["units"]}
    ]  # fmt: skip


async def test_codes_are_assigned_and_taken_away(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    one, two = [global_id("Item", await new_item(tenant, sku=sku)) for sku in ("ONE", "TWO")]
    shop = await new_channel(tenant, entity_id=await new_entity(tenant), code="SHOP")
    party = await new_party(tenant, code="CUST")
    admin = await api.user(
        tenant, "catalog.read", "catalog.manage", "channels.read", "entities.read"
    )
    await _run(admin, "setItemUnit", "SetItemUnitInput", itemId=one, unit="case", numerator="12")
    for code in (
        {"scheme": "GTIN", "value": "036000291452", "unit": "CS"},
        {"scheme": "CHANNEL", "value": "v1", "channelId": global_id("Channel", shop)},
        {"scheme": "CUSTOMER", "value": "c1", "partyId": global_id("Party", party)},
    ):
        done = await _run(
            admin, "assignItemIdentifier", "AssignItemIdentifierInput", itemId=one, **code
        )
        assert done["userErrors"] == []
    assert done["item"]["identifiers"] == [
        {"scheme": "CHANNEL", "value": "v1", "unit": None, "channel": {"code": "SHOP"},
         "party": None},
        {"scheme": "CUSTOMER", "value": "c1", "unit": None, "channel": None,
         "party": {"code": "CUST"}},
        {"scheme": "GTIN", "value": "00036000291452", "unit": "case", "channel": None,
         "party": None},
    ]  # fmt: skip
    gtin = {"scheme": "GTIN", "value": "0036000291452"}
    taken = await _run(
        admin, "assignItemIdentifier", "AssignItemIdentifierInput", itemId=two, **gtin
    )
    assert taken["userErrors"] == [
        {"__typename": "ItemCodeTakenError", "code": "ITEM_CODE_TAKEN", "itemId": one, "sku": "ONE"}
    ]
    gone = await _run(
        admin, "removeItemIdentifier", "RemoveItemIdentifierInput", itemId=one, **gtin
    )
    assert [code["scheme"] for code in gone["item"]["identifiers"]] == ["CHANNEL", "CUSTOMER"]


async def test_a_list_of_items_takes_one_statement_for_each_kind_of_child(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    for sku in ("A1", "A2", "B1"):
        await new_item(tenant, sku=sku)
    reader = await api.user(tenant, "catalog.read")
    with counted_statements(api.services.engine) as seen:
        page = await reader.ask(
            f'{{ items(filter: {{ skuPrefix: "A" }}) {{ totalCount nodes {{ {ITEM} }} }} }}'
        )
    assert [node["sku"] for node in page.data["items"]["nodes"]] == ["A1", "A2"]
    assert page.data["items"]["totalCount"] == 2
    assert [node["supportedActions"] for node in page.data["items"]["nodes"]] == [[], []]
    assert len([text for text in seen if "item" in text and "SELECT" in text]) == 4


async def test_ids_of_another_tenant_are_no_ids(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    item = global_id("Item", await new_item(tenant))
    channel = await new_channel(tenant, entity_id=await new_entity(tenant))
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    own = global_id("Item", await new_item(stranger))
    other = await api.user(stranger, "*")
    assign = """mutation M($input: AssignItemIdentifierInput!) {
      assignItemIdentifier(input: $input) { item { id } } }"""
    code = {"scheme": "CHANNEL", "value": "1", "channelId": global_id("Channel", channel)}
    for wanted in (code | {"itemId": item}, code | {"itemId": own}):
        assert (await other.ask(assign, input=wanted)).error_codes == ["NOT_FOUND"]
    node = await other.ask("query($id: ID!) { node(id: $id) { id } }", id=item)
    assert node.data["node"] is None

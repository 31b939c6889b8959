"""Custom fields over HTTP: registered, set on every kind of object, shown, and filtered by."""

from typing import Any

import pytest

from api.ids import global_id
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.client import Refused, first_field, operations
from tests.factories.masters import (
    new_channel,
    new_entity,
    new_item,
    new_location,
    new_party,
)
from tests.factories.orders import new_shop
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest, new_tenant

LISTS = {
    "ITEM": ("items", "Item"),
    "PARTY": ("parties", "Party"),
    "LOCATION": ("locations", "Location"),
    "LEGAL_ENTITY": ("legalEntities", "LegalEntity"),
    "CHANNEL": ("channels", "Channel"),
    "ORDER": ("orders", "Order"),
}


async def _send(caller: ApiCaller, name: str, /, **input: Any) -> Any:
    answer = await caller.ask(operations()[name], input=input, key=f"{name}-{input}"[:200])
    return first_field(name, answer.body)


async def _set(caller: ApiCaller, id: str, **values: str | None) -> Any:
    wanted = [{"field": field, "value": value} for field, value in values.items()]
    return await _send(caller, "SetCustomFields", id=id, values=wanted)


async def _objects(tenant: TenantUnderTest, subject: str) -> list[str]:
    """Two objects of the kind."""
    if subject == "ORDER":
        shop = await new_shop(tenant)
        orders = [await shop.place(shop.line(1)) for _ in range(2)]
        return [global_id("Order", order.order_id) for order in orders]
    entity = await new_entity(tenant)
    made = []
    for _ in range(2):
        row_id = {
            "ITEM": lambda: new_item(tenant),
            "PARTY": lambda: new_party(tenant),
            "LOCATION": lambda: new_location(tenant, entity_id=entity),
            "LEGAL_ENTITY": lambda: new_entity(tenant),
            "CHANNEL": lambda: new_channel(tenant, entity_id=entity),
        }[subject]()
        made.append(global_id(LISTS[subject][1], await row_id))
    return made


@pytest.mark.parametrize("subject", LISTS)
async def test_every_kind_of_object_has_custom_fields_and_is_found_by_them(
    api: ApiUnderTest, tenant: TenantUnderTest, subject: str
) -> None:
    caller = await api.user(tenant, "*")
    await _send(
        caller, "RegisterCustomField", subject=subject, code="level", type="DECIMAL", name="Level"
    )
    first, second = await _objects(tenant, subject)
    done = await _set(caller, first, level="1.50")
    assert done == {
        "object": {"id": first},
        "customFields": [{"field": {"code": "level"}, "value": "1.5"}],
        "userErrors": [],
    }
    await _set(caller, second, level="7")
    field, kind = LISTS[subject]
    query = (
        f"query ($filter: {kind}Filter) {{ {field}(filter: $filter) "
        "{ nodes { id customFields { field { name } value } } } }"
    )
    for condition, found in (
        ({"equals": "1.5"}, [first]),
        ({"from": "2"}, [second]),
        ({"to": "2"}, [first]),
        ({"in": ["7", "8"]}, [second]),
        ({"equals": "3"}, []),
    ):
        wanted = {"customFields": [{"field": "level", **condition}]}
        nodes = (await caller.ask(query, filter=wanted)).data[field]["nodes"]
        assert [node["id"] for node in nodes] == found, condition
    shown = (await caller.ask(query, filter={})).data[field]["nodes"]
    values = {node["id"]: node["customFields"] for node in shown}
    assert values[second] == [{"field": {"name": "Level"}, "value": "7"}]


async def test_a_reference_is_a_global_id_on_the_way_in_and_out(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    caller = await api.user(tenant, "*")
    fields = {"subject": "ITEM", "code": "maker", "type": "REFERENCE", "referenceTo": "PARTY"}
    await _send(caller, "RegisterCustomField", **fields)
    item, other = [global_id("Item", await new_item(tenant)) for _ in range(2)]
    maker = global_id("Party", await new_party(tenant))
    done = await _set(caller, item, maker=maker)
    assert done["customFields"] == [{"field": {"code": "maker"}, "value": maker}]
    found = await caller.ask(
        operations()["ItemsByCustomFields"],
        filter={"customFields": [{"field": "maker", "equals": maker}]},
    )
    assert [each["id"] for each in found.data["items"]["nodes"]] == [item]
    stranger = await new_party(await new_tenant(tenant.engine, now=tenant.now))
    for wrong in (global_id("Party", stranger), other):
        answer = await caller.ask(
            operations()["SetCustomFields"],
            input={"id": item, "values": [{"field": "maker", "value": wrong}]},
            key=f"wrong {wrong}",
        )
        assert answer.error_codes == ["NOT_FOUND"]


async def test_a_value_that_does_not_fit_is_refused_with_its_rule(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    caller = await api.user(tenant, "*")
    await _send(
        caller, "RegisterCustomField", subject="ITEM", code="size", type="CHOICE", choices=["S"]
    )
    item = global_id("Item", await new_item(tenant))
    with pytest.raises(Refused) as refused:
        await _set(caller, item, size="XL")
    (error,) = refused.value.errors
    assert (error["code"], error["field"], error["rule"]) == ("FIELD_REFUSED", "size", "one of S")


async def test_custom_fields_of_a_longer_list_take_no_more_statements(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    caller = await api.user(tenant, "*")
    await _send(caller, "RegisterCustomField", subject="ITEM", code="note", type="TEXT")
    taken = []
    for count in (1, 9):
        for _ in range(count):
            await _set(caller, global_id("Item", await new_item(tenant)), note="x")
        with counted_statements(api.services.engine) as statements:
            await caller.ask(operations()["ItemsByCustomFields"], first=10)
        taken.append(len([each for each in statements if "custom_field" in each]))
    assert taken == [1, 1]


async def test_who_may_not_see_them_gets_null_and_no_filter(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    caller = await api.user(tenant, "*")
    await _send(caller, "RegisterCustomField", subject="ITEM", code="note", type="TEXT")
    await _set(caller, global_id("Item", await new_item(tenant)), note="x")
    blind = await api.user(tenant, "catalog.read")
    query = operations()["ItemsByCustomFields"]
    nodes = (await blind.ask(query)).data["items"]["nodes"]
    assert [node["customFields"] for node in nodes] == [None]
    wanted = {"customFields": [{"field": "note", "equals": "x"}]}
    assert (await blind.ask(query, filter=wanted)).error_codes == ["FORBIDDEN"]

"""Parties over GraphQL."""

from api.ids import global_id
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.masters import new_channel, new_entity, new_party
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest

PARTY = """id code roles status version parent { code } billTo { code }
  addresses { kind code address { line1 city } } identifiers { value channel { code } }"""
ERRORS = """userErrors { __typename code message path
  ... on PartyCycleError { partyId parentId } ... on PartyCodeTakenError { partyId partyCode } }"""


def _mutation(mutation: str, type_: str) -> str:
    fields = f"party {{ {PARTY} }} {ERRORS}"
    return f"mutation M($input: {type_}!) {{ {mutation}(input: $input) {{ {fields} }} }}"


async def _run(caller: ApiCaller, mutation: str, type_: str, **input: object) -> dict[str, object]:
    done: dict[str, object] = (await caller.ask(_mutation(mutation, type_), input=input)).data[
        mutation
    ]
    return done


STORE = {
    "code": "STORE1",
    "name": "Store 1",
    "isCustomer": True,
    "isCarrier": True,
    "addresses": [
        {"kind": "SHIP_TO", "code": "0001", "address": {"line1": "Main St", "city": "Reno"}}
    ],
}


async def test_a_party_is_created_with_addresses_and_put_under_another(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    parent = global_id("Party", await new_party(tenant, code="GROUP"))
    admin = await api.user(tenant, "entities.read", "entities.manage")
    links = {"parentId": parent, "billToId": parent}
    made = await _run(admin, "createParty", "CreatePartyInput", **STORE, **links)
    assert made["userErrors"] == []
    party = made["party"]
    assert isinstance(party, dict)
    assert party | {"id": ""} == {
        "id": "",
        "code": "STORE1",
        "roles": ["CUSTOMER", "CARRIER"],
        "status": "ACTIVE",
        "version": 1,
        "parent": {"code": "GROUP"},
        "billTo": {"code": "GROUP"},
        "addresses": STORE["addresses"],
        "identifiers": [],
    }
    cycle = await _run(admin, "updateParty", "UpdatePartyInput", id=parent, parentId=party["id"])
    assert cycle == {
        "party": None,
        "userErrors": [
            {
                "__typename": "PartyCycleError",
                "code": "PARTY_CYCLE",
                "message": "The party would stand above itself.",
                "path": ["parentId"],
                "partyId": parent,
                "parentId": party["id"],
            }
        ],
    }
    free = await _run(
        admin, "updateParty", "UpdatePartyInput", id=party["id"], parentId=None, status="CLOSED"
    )
    assert isinstance(free["party"], dict)
    assert (free["party"]["parent"], free["party"]["status"]) == (None, "CLOSED")


async def test_addresses_and_codes_are_set_and_taken_away(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    one, two = [global_id("Party", await new_party(tenant, code=code)) for code in ("ONE", "TWO")]
    channel_id = await new_channel(tenant, entity_id=await new_entity(tenant), code="EDI")
    admin = await api.user(tenant, "entities.read", "entities.manage", "channels.read")
    address = {"kind": "BILL_TO", "code": "1", "address": {"line1": "X"}}
    done = await _run(
        admin, "setPartyAddresses", "SetPartyAddressesInput", partyId=one, addresses=[address]
    )
    assert done["party"]["addresses"] == [  # type: ignore[index]
        {"kind": "BILL_TO", "code": "1", "address": {"line1": "X", "city": None}}
    ]
    gone = await _run(
        admin, "removePartyAddress", "RemovePartyAddressInput", partyId=one, kind="BILL_TO",
        code="1",
    )  # fmt: skip
    assert gone["party"]["addresses"] == []  # type: ignore[index]
    code = {"value": "0925485US00", "channelId": global_id("Channel", channel_id)}
    known = await _run(admin, "assignPartyIdentifier", "PartyIdentifierInput", partyId=one, **code)
    assert known["party"]["identifiers"] == [  # type: ignore[index]
        {"value": "0925485US00", "channel": {"code": "EDI"}}
    ]
    taken = await _run(admin, "assignPartyIdentifier", "PartyIdentifierInput", partyId=two, **code)
    error = taken["userErrors"][0]  # type: ignore[index]
    assert (error["code"], error["partyId"], error["partyCode"]) == ("PARTY_CODE_TAKEN", one, "ONE")
    unknown = await _run(
        admin, "removePartyIdentifier", "PartyIdentifierInput", partyId=one, **code
    )
    assert unknown["party"]["identifiers"] == []  # type: ignore[index]


async def test_a_list_asks_for_parents_and_addresses_at_once(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    parents = [await new_party(tenant, is_supplier=True) for _ in range(3)]
    for parent in parents:
        await new_party(tenant, parent_id=parent)
    admin = await api.user(tenant, "entities.read")
    with counted_statements(api.services.engine) as seen:
        page = (await admin.ask(f"{{ parties {{ nodes {{ {PARTY} }} }} }}")).data["parties"]
    assert len(page["nodes"]) == 6
    assert len([s for s in seen if "FROM party_address" in s]) == 1
    assert len([s for s in seen if "FROM party_identifier" in s]) == 1
    assert len([s for s in seen if "FROM party \n" in s or "FROM party\n" in s]) == 2
    suppliers = await admin.ask("{ parties(filter: { role: SUPPLIER }) { totalCount } }")
    assert suppliers.data["parties"]["totalCount"] == 3


async def test_a_customer_sees_only_itself(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    mine, neighbour = await new_party(tenant, code="MINE"), await new_party(tenant)
    customer = await api.user(tenant, "entities.read", party_id=mine)
    page = (await customer.ask("{ parties { totalCount nodes { code } } }")).data["parties"]
    assert page == {"totalCount": 1, "nodes": [{"code": "MINE"}]}
    node = await customer.ask(
        "query($id: ID!) { node(id: $id) { id } }", id=global_id("Party", neighbour)
    )
    assert node.data["node"] is None

"""Channels over GraphQL."""

from api.ids import global_id
from tests.factories.api import ApiUnderTest
from tests.factories.masters import new_channel, new_entity, new_party
from tests.factories.tenants import TenantUnderTest, new_tenant

CHANNEL = """id code kind source currency onUnknownItem onUnknownParty priceSource splitAllowed
  hasSigningSecret status version entity { code } defaultParty { code }"""
CREATE = f"""
mutation Create($input: CreateChannelInput!) {{
  createChannel(input: $input) {{ channel {{ {CHANNEL} }} userErrors {{ code }} }}
}}
"""
UPDATE = f"""
mutation Update($input: UpdateChannelInput!) {{
  updateChannel(input: $input) {{ channel {{ {CHANNEL} }} userErrors {{ code }} }}
}}
"""
SECRET = f"""
mutation Secret($input: SetChannelSecretInput!) {{
  setChannelSecret(input: $input) {{ channel {{ {CHANNEL} }} userErrors {{ code }} }}
}}
"""
LIST = "query List($filter: ChannelFilter) { channels(filter: $filter) { nodes { code } } }"


async def test_a_channel_is_created_changed_and_given_a_secret(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    entity_id, party_id = await new_entity(tenant, code="DE1"), await new_party(tenant, code="WEB")
    admin = await api.user(tenant, "channels.read", "channels.manage", "entities.read")
    wanted = {
        "code": "SHOP",
        "name": "Shop",
        "kind": "STOREFRONT",
        "source": "SHOPIFY",
        "entityId": global_id("LegalEntity", entity_id),
    }
    made = (await admin.ask(CREATE, input=wanted)).data["createChannel"]
    assert made["userErrors"] == []
    assert made["channel"] | {"id": ""} == {
        "id": "",
        "code": "SHOP",
        "kind": "STOREFRONT",
        "source": "SHOPIFY",
        "currency": "EUR",
        "onUnknownItem": "EXCEPTION",
        "onUnknownParty": "EXCEPTION",
        "priceSource": "DOCUMENT",
        "splitAllowed": True,
        "hasSigningSecret": False,
        "status": "active",
        "version": 1,
        "entity": {"code": "DE1"},
        "defaultParty": None,
    }
    channel_id = made["channel"]["id"]
    change = {"defaultPartyId": global_id("Party", party_id), "onUnknownItem": "CREATE_DRAFT"}
    changed = (await admin.ask(UPDATE, input=change | {"id": channel_id})).data["updateChannel"]
    assert changed["channel"]["defaultParty"] == {"code": "WEB"}
    assert changed["channel"]["onUnknownItem"] == "CREATE_DRAFT"
    secret = "shpss_0123456789abcdef"
    answer = await admin.ask(SECRET, input={"id": channel_id, "secret": secret})
    assert answer.data["setChannelSecret"]["channel"]["hasSigningSecret"] is True
    assert secret not in str(answer.body)
    weak = await admin.ask(SECRET, input={"id": channel_id, "secret": "tooshort"})
    assert weak.error_codes == ["BAD_INPUT"]
    assert "tooshort" not in str(weak.body)


async def test_channels_are_listed_by_their_filters(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    entity_id = await new_entity(tenant)
    await new_channel(tenant, entity_id=entity_id, code="A")
    await new_channel(tenant, entity_id=entity_id, code="B", kind="edi", source="x12")
    reader = await api.user(tenant, "channels.read")
    for filter, codes in (
        (None, ["A", "B"]),
        ({"kind": "EDI"}, ["B"]),
        ({"source": "SHOPIFY", "entityId": global_id("LegalEntity", entity_id)}, ["A"]),
    ):
        page = (await reader.ask(LIST, filter=filter)).data["channels"]
        assert [node["code"] for node in page["nodes"]] == codes


async def test_ids_of_another_tenant_are_no_ids(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    channel_id = await new_channel(tenant, entity_id=await new_entity(tenant))
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    other = await api.user(stranger, "*")
    wanted = {"id": global_id("Channel", channel_id), "secret": "x" * 20}
    assert (await other.ask(SECRET, input=wanted)).error_codes == ["NOT_FOUND"]
    assert (await other.ask(LIST)).data["channels"]["nodes"] == []

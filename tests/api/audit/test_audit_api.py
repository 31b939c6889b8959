"""The audit log over HTTP: who, what, for whom, through which document; and its chain."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from api.ids import global_id
from domain.kernel.audit_chain import seal_audit
from domain.kernel.models import AuditEntry
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.client import first_field, operations
from tests.factories.masters import new_party
from tests.factories.tenants import TenantUnderTest

CREATE = """
mutation MakeParty($input: CreatePartyInput!) {
  createParty(input: $input) { party { id } userErrors { code } }
}
"""
UPDATE = """
mutation RenameParty($input: UpdatePartyInput!) {
  updateParty(input: $input) { party { id } userErrors { code } }
}
"""


async def _log(caller: ApiCaller, **filter: Any) -> list[dict[str, Any]]:
    answer = await caller.ask(operations()["AuditLog"], filter=filter, first=50)
    nodes: list[dict[str, Any]] = first_field("AuditLog", answer.body)["nodes"]
    return nodes


async def _party(caller: ApiCaller) -> str:
    made = await caller.ask(CREATE, input={"code": "P", "name": "Old", "isCustomer": True})
    return str(made.data["createParty"]["party"]["id"])


async def test_an_entry_says_who_did_what_to_what_and_through_which_document(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    caller = await api.user(tenant, "*")
    party = await _party(caller)
    await caller.ask(UPDATE, input={"id": party, "name": "New"})
    renamed, made = await _log(caller, recordId=party)
    assert (made["action"], made["recordId"], made["subject"]) == ("create_party", party, "party")
    assert made["document"] == f"graphql:MakeParty#{sha256(CREATE.encode()).hexdigest()[:16]}"
    assert renamed["action"] == "update_party"
    assert renamed["changes"] == [{"field": "name", "before": '"Old"', "after": '"New"'}]
    assert renamed["actor"]["kind"] == "user"
    assert renamed["actor"]["id"] is not None
    assert renamed["onBehalfOf"] is None


async def test_the_log_is_narrowed_by_each_of_its_filters(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    caller = await api.user(tenant, "*")
    party = await _party(caller)
    await caller.ask(UPDATE, input={"id": party, "name": "New"})
    await new_party(tenant)
    renamed, made = await _log(caller, recordId=party)
    me = made["actor"]["id"]
    assert await _log(caller, actorId=me) == [renamed, made]
    assert await _log(caller, action="update_party") == [renamed]
    assert await _log(caller, document="graphql:Rename") == [renamed]
    assert await _log(caller, subject="party", actorId=me, action="create_party") == [made]
    assert await _log(caller, since=made["occurredAt"], actorId=me) == [renamed, made]
    assert await _log(caller, until=made["occurredAt"], actorId=me) == []
    answer = await caller.ask(
        operations()["AuditLog"], filter={"recordId": party, "subject": "order"}
    )
    assert answer.error_codes == ["BAD_INPUT"]


async def test_a_partners_entry_says_for_whom(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    party = await new_party(tenant)
    buyer = replace(tenant.user("orders.place", name="buyer"), party_id=party)
    async with tenant.work(as_=buyer) as work:
        work.audit("place_order", subject="order", subject_id=1)
    (entry,) = await _log(await api.user(tenant, "audit.read"), action="place_order")
    assert entry["onBehalfOf"] == {"kind": "party", "id": global_id("Party", party), "name": None}


async def test_the_record_is_shown_to_who_may_see_it(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    party = await new_party(tenant)
    query = "{ auditEntries { nodes { recordId record { __typename id } } } }"
    seeing = await api.user(tenant, "audit.read", "entities.read")
    blind = await api.user(tenant, "audit.read")
    shown = (await seeing.ask(query)).data["auditEntries"]["nodes"][-1]
    hidden = (await blind.ask(query)).data["auditEntries"]["nodes"][-1]
    wanted = global_id("Party", party)
    assert shown["record"] == {"__typename": "Party", "id": wanted}
    assert hidden == {"recordId": wanted, "record": None}


async def test_the_head_of_the_chain_is_shown_and_a_kept_one_is_found_again(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    caller = await api.user(tenant, "*")
    before = first_field("AuditChain", (await caller.ask(operations()["AuditChain"])).body)
    assert before == {"position": 0, "head": None, "sealedAt": None, "waiting": 0}
    party = await _party(caller)
    async with tenant.work() as work:
        assert await seal_audit(work) == 1
    chain = first_field("AuditChain", (await caller.ask(operations()["AuditChain"])).body)
    assert (chain["position"], chain["waiting"]) == (1, 0)
    (made,) = await _log(caller, recordId=party)
    assert made["seal"] == {"position": 1, "hash": chain["head"]}
    kept = await caller.ask(operations()["AuditHash"], position=1)
    assert kept.data == {"auditHash": chain["head"]}
    beyond = await caller.ask(operations()["AuditHash"], position=2)
    assert beyond.data == {"auditHash": None}


async def test_a_partner_cannot_read_the_log_even_with_the_permission(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    party = await new_party(tenant)
    partner = await api.user(tenant, "audit.read", party_id=party)
    answer = await partner.ask(operations()["AuditLog"])
    assert answer.error_codes == ["FORBIDDEN"]
    buyer = replace(tenant.user("audit.read"), party_id=party)
    async with tenant.read(as_=buyer) as reader:
        assert await reader.values(select(AuditEntry.id)) == []

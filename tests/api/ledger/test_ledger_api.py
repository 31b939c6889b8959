"""The books over GraphQL: journals, accounts, the trial balance, and a reversal."""

from typing import Any

from sqlalchemy import select

from api.ids import global_id
from domain.entities.models import LegalEntity
from domain.ledger.charts.accounts import STANDARD_ACCOUNTS
from domain.ledger.posting import post
from tests.factories.api import ApiUnderTest
from tests.factories.books import concession, entity_of, new_entry
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest, new_tenant

READS = ("ledger.read", "entities.read")
JOURNALS = """
query Journals($filter: JournalFilter, $orderBy: JournalOrder, $first: Int, $after: String) {
  journals(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id number milestone supportedActions entity { id } reversedBy { number }
            lines { leg amount { amount currency } account { id code name kind } } }
  }
}
"""
TRIAL_BALANCE = """
query TrialBalance($entity: ID!, $upTo: Date) {
  trialBalance(entityId: $entity, upTo: $upTo) {
    code kind account { id } debit { amount } credit { amount } balance { amount currency }
  }
}
"""
ACCOUNTS = """
query Accounts($entity: ID) {
  accounts(entityId: $entity, first: 100) { totalCount nodes { id code name entity { id } } }
}
"""
ACCOUNT_LINES = """
query AccountLines($account: ID!) {
  accountLines(accountId: $account) {
    totalCount nodes { leg amount { amount } journal { number reverses { number } } }
  }
}
"""
REVERSE = """
mutation Reverse($input: ReverseJournalInput!) {
  reverseJournal(input: $input) {
    reversal { number description reverses { number } lines { leg amount { amount } } }
    userErrors { __typename code ... on ReversalRefusedError { number reason } }
  }
}
"""


async def _posted(tenant: TenantUnderTest) -> tuple[str, list[str]]:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        ids = await post(
            work,
            [
                new_entry(entity_id),
                concession(entity_id, 4),
                concession(entity_id, 5, order_id=71),
            ],
        )
    return global_id("LegalEntity", entity_id), [global_id("Journal", n) for n in ids]


async def _code(tenant: TenantUnderTest) -> str:
    async with tenant.read() as reader:
        return str(
            await reader.value(select(LegalEntity.code).where(LegalEntity.tenant_id == tenant.id))
        )


async def test_journals_are_listed_with_their_lines(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    entity, ids = await _posted(tenant)
    caller = await api.user(tenant, *READS, "ledger.post")
    listed = (await caller.ask(JOURNALS, first=2)).data["journals"]
    assert (listed["totalCount"], listed["pageInfo"]["hasNextPage"]) == (3, True)
    assert [node["id"] for node in listed["nodes"]] == [ids[2], ids[1]]
    rest = (await caller.ask(JOURNALS, after=listed["pageInfo"]["endCursor"])).data["journals"]
    (receipt,) = rest["nodes"]
    assert receipt["entity"] == {"id": entity}
    assert receipt["supportedActions"] == []
    assert listed["nodes"][0]["supportedActions"] == ["REVERSE"]
    line = receipt["lines"][0]
    del line["account"]["id"]
    assert line == {
        "leg": "inventory",
        "amount": {"amount": "12.50", "currency": "EUR"},
        "account": {"code": "1200", "name": "Inventory", "kind": "ASSET"},
    }


async def test_journals_are_found_by_what_caused_them(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    entity, ids = await _posted(tenant)
    code = await _code(tenant)
    caller = await api.user(tenant, *READS)
    wanted: tuple[tuple[dict[str, Any], list[str]], ...] = (
        ({"orderId": global_id("Order", 70)}, [ids[1]]),
        ({"sourceId": global_id("Shipment", 5)}, [ids[2]]),
        ({"sourceId": global_id("StockDocument", 1)}, [ids[0]]),
        ({"entityId": entity, "milestone": "shipment_revenue"}, [ids[1], ids[2]]),
        ({"number": f"{code}-2026-1"}, [ids[0]]),
        ({"toOn": "2026-03-01"}, []),
        ({"fromOn": "2026-03-02"}, ids),
    )
    order_by = {"field": "POSTED_ON", "direction": "ASC"}
    for filter, found in wanted:
        nodes = (await caller.ask(JOURNALS, filter=filter, orderBy=order_by)).data["journals"]
        assert [node["id"] for node in nodes["nodes"]] == found
    odd = await caller.ask(JOURNALS, filter={"sourceId": global_id("Account", 1)})
    assert odd.error_codes == ["NOT_FOUND"]


async def test_many_journals_cost_no_more_statements_than_one(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await _posted(tenant)
    caller = await api.user(tenant, *READS)
    counts = []
    await caller.ask(JOURNALS, first=2)
    for first in (1, 3):
        with counted_statements(tenant.engine) as statements:
            await caller.ask(JOURNALS, first=first)
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_the_trial_balance_and_its_accounts(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    entity, _ = await _posted(tenant)
    code = await _code(tenant)
    caller = await api.user(tenant, *READS)
    lines = (await caller.ask(TRIAL_BALANCE, entity=entity)).data["trialBalance"]
    assert [
        (line["code"], line["kind"], line["debit"]["amount"], line["balance"]["amount"])
        for line in lines
    ] == [
        ("1200", "ASSET", "12.50", "12.50"),
        ("2050", "LIABILITY", "0.00", "-12.50"),
        ("2200", "LIABILITY", "0.00", "-3.80"),
        ("4000", "INCOME", "0.00", "-20.00"),
        ("4900", "INCOME", "23.80", "23.80"),
    ]
    early = await caller.ask(TRIAL_BALANCE, entity=entity, upTo="2026-03-01")
    assert early.data["trialBalance"] == []
    accounts = (await caller.ask(ACCOUNTS, entity=entity)).data["accounts"]
    assert accounts["totalCount"] == len(STANDARD_ACCOUNTS)
    assert accounts["nodes"][0]["entity"] == {"id": entity}
    posted = (await caller.ask(ACCOUNT_LINES, account=lines[-1]["account"]["id"])).data
    assert posted["accountLines"]["totalCount"] == 2
    assert [node["journal"]["number"] for node in posted["accountLines"]["nodes"]] == [
        f"{code}-2026-3",
        f"{code}-2026-2",
    ]


async def test_a_journal_is_reversed(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    _, ids = await _posted(tenant)
    code = await _code(tenant)
    caller = await api.user(tenant, *READS, "ledger.post")
    wanted = {"id": ids[1], "reason": "wrong customer"}
    done = (await caller.ask(REVERSE, input=wanted)).data["reverseJournal"]
    assert done == {
        "reversal": {
            "number": f"{code}-2026-4",
            "description": "wrong customer",
            "reverses": {"number": f"{code}-2026-2"},
            "lines": [
                {"leg": "discount", "amount": {"amount": "-11.90"}},
                {"leg": "revenue", "amount": {"amount": "10.00"}},
                {"leg": "tax", "amount": {"amount": "1.90"}},
            ],
        },
        "userErrors": [],
    }
    again = (await caller.ask(REVERSE, input=wanted)).data["reverseJournal"]
    assert again == {
        "reversal": None,
        "userErrors": [
            {
                "__typename": "ReversalRefusedError",
                "code": "REVERSAL_REFUSED",
                "number": f"{code}-2026-2",
                "reason": "It is reversed already.",
            }
        ],
    }
    nodes = (await caller.ask(JOURNALS, filter={"number": f"{code}-2026-2"})).data["journals"][
        "nodes"
    ]
    assert (nodes[0]["reversedBy"], nodes[0]["supportedActions"]) == (
        {"number": f"{code}-2026-4"},
        [],
    )


async def test_the_books_are_closed_to_others(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    entity, ids = await _posted(tenant)
    nobody = await api.user(tenant, "orders.read")
    for document in (JOURNALS, ACCOUNTS):
        assert (await nobody.ask(document)).error_codes == ["FORBIDDEN"]
    reverse = {"id": ids[1], "reason": "x"}
    reader = await api.user(tenant, *READS)
    assert (await reader.ask(REVERSE, input=reverse)).error_codes == ["FORBIDDEN"]
    other = await api.user(await new_tenant(tenant.engine, now=tenant.now), *READS, "ledger.post")
    assert (await other.ask(JOURNALS, filter={"entityId": entity})).data["journals"]["nodes"] == []
    assert (await other.ask(ACCOUNTS, entity=entity)).data["accounts"]["totalCount"] == 0
    assert (await other.ask(TRIAL_BALANCE, entity=entity)).data["trialBalance"] == []
    assert (await other.ask(REVERSE, input=reverse)).error_codes == ["NOT_FOUND"]
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert (await other.ask(node, id=ids[0])).data["node"] is None
    assert (await reader.ask(node, id=ids[0])).data["node"] == {"id": ids[0]}

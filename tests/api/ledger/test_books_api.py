"""Charts, rates, rules, journals by hand and reports over the API, and what they refuse."""

from typing import Any

from api.ids import global_id
from domain.ledger.accounts import accounts_of_roles
from domain.ledger.books import open_books
from domain.ledger.periods import ready_period, set_period_status
from domain.ledger.policy import HARD_CLOSED
from domain.ledger.posting import post
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.books import POSTED_ON, concession, entity_of
from tests.factories.tenants import TenantUnderTest

RIGHTS = ("ledger.read", "ledger.post", "ledger.manage", "entities.read")
ERRORS = """userErrors { __typename code path
  ... on ExchangeRateMissingError { fromCurrency toCurrency on }
  ... on PeriodClosedError { on }
  ... on AccountInUseError { accountId }
  ... on JournalUnbalancedError { difference { amount currency } }
  ... on UnreadableJournalError { line }
}"""
WRITE = f"""
mutation Write($input: WriteManualJournalInput!) {{
  writeManualJournal(input: $input) {{
    manualJournal {{ status journal {{ lines {{ amount {{ amount currency }} project }} }} }}
    {ERRORS}
  }}
}}
"""
DRAFT = """
mutation Draft($input: DraftPostingRulesInput!) {
  draftPostingRules(input: $input) {
    version { id status rules { leg account { code } country } }
    userErrors { code }
  }
}
"""
TRY = """
query Try($id: ID!) {
  postingTrialRun(versionId: $id, changesOnly: true) {
    leg amount { amount } account { code } draftedAccount { code } journal { number }
  }
}
"""
ACTIVATE = """
mutation Activate($input: ActivatePostingRulesInput!) {
  activatePostingRules(input: $input) { version { status effectiveFrom } userErrors { code } }
}
"""
REPORTS = """
query Reports($entity: ID!, $on: Date!) {
  trialBalance(entityId: $entity, by: PROJECT) { code baseBalance { amount currency } }
  generalLedger(filter: { entityId: $entity, role: "revenue" }) {
    totalCount
    nodes { baseAmount { amount } journal { fiscalYear occurredOn } }
  }
  ledgerTurnover(filter: { entityId: $entity, role: "revenue" }) { balance { amount } }
  margins(entityIds: [$entity], fromOn: $on, toOn: $on) { revenue { amount } margin { amount } }
  fiscalPeriods(entityId: $entity, first: 1) { totalCount nodes { startsOn endsOn status } }
  bookSettings(entityId: $entity) { template calendar manualLimit { amount } }
}
"""


async def _setting(tenant: TenantUnderTest) -> tuple[str, dict[str, str]]:
    entity_id = await entity_of(tenant)
    roles = ["bank", "share_capital", "bad_debt", "inventory"]
    async with tenant.work() as work:
        await open_books(work, [entity_id])
        found = await accounts_of_roles(work, [entity_id], roles)
        january = await ready_period(work, entity_id, POSTED_ON.replace(month=1))
        await set_period_status(work, january.id, HARD_CLOSED)
        await post(work, [concession(entity_id, 3)])
    return global_id("LegalEntity", entity_id), {
        role: global_id("Account", row_id) for (_, role), row_id in found.items()
    }


def _journal(entity: str, *lines: tuple[str, str], **fields: Any) -> dict[str, Any]:
    return {
        "entityId": entity,
        "postedOn": POSTED_ON.isoformat(),
        "currency": "EUR",
        "description": "By hand",
        "lines": [{"accountId": a, "amount": m, "project": "P1"} for a, m in lines],
        **fields,
    }


async def _refused(caller: ApiCaller, wanted: dict[str, Any]) -> dict[str, Any]:
    done = (await caller.ask(WRITE, input=wanted)).data["writeManualJournal"]
    assert done["manualJournal"] is None
    (error,) = done["userErrors"]
    return {name: value for name, value in error.items() if name not in ("__typename", "path")}


async def test_a_journal_is_written_by_hand_or_told_why_not(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    entity, accounts = await _setting(tenant)
    caller = await api.user(tenant, *RIGHTS)
    bank, capital = accounts["bank"], accounts["share_capital"]
    good = _journal(entity, (bank, "5.00"), (capital, "-5.00"))
    done = (await caller.ask(WRITE, input=good)).data["writeManualJournal"]
    assert done == {
        "manualJournal": {
            "status": "POSTED",
            "journal": {
                "lines": [
                    {"amount": {"amount": "5.00", "currency": "EUR"}, "project": "P1"},
                    {"amount": {"amount": "-5.00", "currency": "EUR"}, "project": "P1"},
                ]
            },
        },
        "userErrors": [],
    }
    for wanted, error in (
        (
            _journal(entity, (bank, "5.00"), (capital, "-4.99")),
            {
                "code": "JOURNAL_UNBALANCED",
                "difference": {"amount": "0.01", "currency": "EUR"},
            },
        ),
        (good | {"postedOn": "2026-01-31"}, {"code": "PERIOD_CLOSED", "on": "2026-01-31"}),
        (
            good | {"currency": "USD"},
            {
                "code": "EXCHANGE_RATE_MISSING",
                "fromCurrency": "USD",
                "toCurrency": "EUR",
                "on": "2026-03-02",
            },
        ),
        (
            _journal(entity, (accounts["inventory"], "5.00"), (capital, "-5.00")),
            {"code": "ACCOUNT_IN_USE", "accountId": accounts["inventory"]},
        ),
    ):
        assert await _refused(caller, wanted) == error
    reader = await api.user(tenant, "ledger.read")
    assert (await reader.ask(WRITE, input=good)).error_codes == ["FORBIDDEN"]


async def test_rules_are_tried_before_they_count(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    entity, accounts = await _setting(tenant)
    caller = await api.user(tenant, *RIGHTS)
    rule = {"milestone": "shipment_revenue", "leg": "discount", "accountId": accounts["bad_debt"]}
    wanted = {"entityId": entity, "rules": [rule]}
    draft = (await caller.ask(DRAFT, input=wanted)).data["draftPostingRules"]["version"]
    assert draft["rules"] == [{"leg": "discount", "account": {"code": "6100"}, "country": None}]
    (tried,) = (await caller.ask(TRY, id=draft["id"])).data["postingTrialRun"]
    assert tried.pop("journal")["number"].endswith("-2026-1")
    assert tried == {
        "leg": "discount",
        "amount": {"amount": "11.90"},
        "account": {"code": "4900"},
        "draftedAccount": {"code": "6100"},
    }
    now = {"id": draft["id"], "effectiveFrom": "2099-01-01"}
    done = (await caller.ask(ACTIVATE, input=now)).data["activatePostingRules"]
    assert done == {
        "version": {"status": "ACTIVE", "effectiveFrom": "2099-01-01"},
        "userErrors": [],
    }
    again = (await caller.ask(ACTIVATE, input=now)).data["activatePostingRules"]
    assert again == {"version": None, "userErrors": [{"code": "INVALID_STATE"}]}


async def test_the_books_are_reported(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    entity, _ = await _setting(tenant)
    caller = await api.user(tenant, *RIGHTS)
    told = (await caller.ask(REPORTS, entity=entity, on=POSTED_ON.isoformat())).data
    assert [(line["code"], line["baseBalance"]["amount"]) for line in told["trialBalance"]] == [
        ("2200", "-1.90"),
        ("4000", "-10.00"),
        ("4900", "11.90"),
    ]
    assert told["generalLedger"] == {
        "totalCount": 1,
        "nodes": [
            {
                "baseAmount": {"amount": "-10.00"},
                "journal": {"fiscalYear": 2026, "occurredOn": None},
            }
        ],
    }
    assert told["ledgerTurnover"] == [{"balance": {"amount": "-10.00"}}]
    assert told["margins"] == [{"revenue": {"amount": "-1.90"}, "margin": {"amount": "-1.90"}}]
    assert told["fiscalPeriods"] == {
        "totalCount": 12,
        "nodes": [{"startsOn": "2026-01-01", "endsOn": "2026-01-31", "status": "HARD_CLOSED"}],
    }
    assert told["bookSettings"] == {
        "template": "US_GAAP",
        "calendar": "MONTHS",
        "manualLimit": None,
    }

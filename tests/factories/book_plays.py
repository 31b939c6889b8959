"""The documents of bookkeepers, as somebody of the demo company sends them: in the books of an
entity of their own, so that no other play is disturbed."""

import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from api.ids import global_id, row_id_of
from domain.entities.operations.legal_entities import create_legal_entity
from domain.ledger.accounts import accounts_of_roles
from domain.ledger.books import open_books
from domain.ledger.models import FiscalPeriod
from domain.ledger.operations.posting_rules import draft_posting_rules
from domain.ledger.operations.rates import WantedRate, set_exchange_rates
from domain.ledger.periods import ready_period
from tests.factories.document_plays import Play, Scene, Variables, keyed

_serial = itertools.count(1)
ROLES = ("bank", "share_capital", "bad_debt", "cost_of_goods")


@dataclass(frozen=True, slots=True)
class Books:
    """An entity with books (global ids), its accounts by role, a draft of rules and a rate."""

    entity: str
    accounts: dict[str, str]
    draft: str
    rate: str
    today: date


async def books(scene: Scene) -> Books:
    """Books that nothing is posted in."""
    async with scene.stage.tenant.work() as work:
        entity_id = await create_legal_entity(
            work,
            code=f"BK{next(_serial)}",
            name="Books Ltd",
            country="GB",
            currency="GBP",
        )
        await open_books(work, [entity_id])
        found = await accounts_of_roles(work, [entity_id], ROLES)
        (rate_id,) = await set_exchange_rates(
            work,
            rates=[
                WantedRate(
                    from_currency="NOK",
                    to_currency="GBP",
                    valid_on=date(2001, 1, 1) + timedelta(days=next(_serial)),
                    rate=Decimal("0.07"),
                )
            ],
        )
        rule = {
            "milestone": "shipment_cost",
            "leg": "cost_of_goods",
            "account_id": found[entity_id, "bad_debt"],
        }
        draft = await draft_posting_rules(work, entity_id=entity_id, rules=[rule])
        today = work.now.date()
    return Books(
        global_id("LegalEntity", entity_id),
        {role: global_id("Account", row_id) for (_, role), row_id in found.items()},
        global_id("PostingRuleVersion", draft),
        global_id("ExchangeRate", rate_id),
        today,
    )


@dataclass(frozen=True, slots=True)
class Closable:
    """An entity with books, and the first period of them (global ids)."""

    entity: str
    period: str


async def closable(scene: Scene) -> Closable:
    """Books whose first period is open."""
    made = await books(scene)
    entity_id = row_id_of(made.entity, "LegalEntity")
    async with scene.stage.tenant.work() as work:
        await ready_period(work, entity_id, made.today)
        first = await work.value(
            select(FiscalPeriod.id)
            .where(FiscalPeriod.tenant_id == work.tenant_id, FiscalPeriod.entity_id == entity_id)
            .order_by(FiscalPeriod.starts_on)
        )
    return Closable(made.entity, global_id("FiscalPeriod", first))


async def closed(scene: Scene) -> Closable:
    """The same, softly closed."""
    made = await closable(scene)
    wanted = keyed(periodId=made.period, softly=True)
    await scene.stage.play("finance", "ClosePeriod", **wanted)
    return made


async def untouched(scene: Scene) -> Books:
    """The same, with nothing drafted."""
    made = await books(scene)
    await scene.stage.play("finance", "WithdrawPostingRules", input={"id": made.draft})
    return made


async def activated(scene: Scene) -> Books:
    """The same, with the draft in effect."""
    made = await books(scene)
    wanted = {"id": made.draft, "effectiveFrom": made.today.isoformat()}
    await scene.stage.play("finance", "ActivatePostingRules", input=wanted)
    return made


def _of(scene: Scene, **fields: object) -> Variables:
    return {"input": {"entityId": scene.prepared.entity, **fields}}


def _keyed(scene: Scene, **fields: object) -> Variables:
    return keyed(entityId=scene.prepared.entity, **fields)


def _journal(scene: Scene) -> Variables:
    accounts = scene.prepared.accounts
    return _keyed(
        scene,
        postedOn=scene.prepared.today.isoformat(),
        currency="GBP",
        description="Capital paid in",
        lines=[
            {"accountId": accounts["bank"], "amount": "100.00", "project": "START"},
            {"accountId": accounts["share_capital"], "amount": "-100.00"},
        ],
    )


def _rules(scene: Scene) -> Variables:
    rule = {
        "milestone": "shipment_cost",
        "leg": "cost_of_goods",
        "accountId": scene.prepared.accounts["cost_of_goods"],
        "country": "FR",
    }
    return _keyed(scene, rules=[rule], note="France apart")


def _us1(scene: Scene) -> str:
    return scene.id("LegalEntity", "legal_entity", "US1")


_PLAIN = "2026/01/02 Capital\n  Assets:Bank  £10.00\n  Equity:Capital\n"
BOOKKEEPING = {
    "ChartOfAccounts": Play("finance", lambda s: {"entityId": s.prepared.entity}, books),
    "CreateAccount": Play(
        "finance", lambda s: _keyed(s, code="6500", name="Rent", kind="EXPENSE"), books
    ),
    "UpdateAccount": Play(
        "finance",
        lambda s: {"input": {"id": s.prepared.accounts["bank"], "name": "House bank"}},
        books,
    ),
    "ChooseChart": Play(
        "finance",
        lambda s: _of(s, template="IFRS"),
        untouched,
    ),
    "FiscalPeriods": Play("finance", lambda s: {"entityId": _us1(s), "status": "OPEN"}),
    "SetFiscalCalendar": Play(
        "finance", lambda s: _of(s, calendar="WEEKS_445", startMonth=10), books
    ),
    "MakeFiscalYears": Play("finance", lambda s: _of(s, until="2028-01-01"), books),
    "SetManualJournalLimit": Play("finance", lambda s: _of(s, limit="500.00"), books),
    "ExchangeRates": Play("finance", lambda s: {"filter": {"fromCurrency": "NOK"}}, books),
    "SetExchangeRates": Play(
        "finance",
        lambda s: {
            "input": {
                "rates": [
                    {
                        "fromCurrency": "SEK",
                        "toCurrency": "GBP",
                        "rate": "0.0745",
                        "validOn": "2026-01-01",
                    }
                ]
            }
        },
    ),
    "DeleteExchangeRate": Play("finance", lambda s: {"input": {"id": s.prepared.rate}}, books),
    "SetTriangulationCurrency": Play("finance", lambda s: {"input": {"currency": "USD"}}),
    "PostingRules": Play("finance", lambda s: {"entityId": s.prepared.entity}, books),
    "TryPostingRules": Play("finance", lambda s: {"versionId": s.prepared.draft}, books),
    "DraftPostingRules": Play("finance", _rules, books),
    "CopyPostingRules": Play("finance", lambda s: keyed(id=s.prepared.draft), activated),
    "ActivatePostingRules": Play(
        "finance",
        lambda s: {
            "input": {
                "id": s.prepared.draft,
                "effectiveFrom": s.prepared.today.isoformat(),
            }
        },
        books,
    ),
    "WithdrawPostingRules": Play("finance", lambda s: {"input": {"id": s.prepared.draft}}, books),
    "ManualJournals": Play("finance", lambda s: {"entityId": s.prepared.entity}, books),
    "WriteManualJournal": Play("finance", _journal, books),
    "ImportPlainJournal": Play(
        "finance",
        lambda s: _keyed(s, content=_PLAIN, currencies=[{"symbol": "£", "currency": "GBP"}]),
        books,
    ),
    "Revaluations": Play("finance", lambda s: {"entityId": s.prepared.entity}, books),
    "RevalueForeignBalances": Play(
        "finance", lambda s: _keyed(s, asOf=s.prepared.today.isoformat()), books
    ),
    "TrialBalanceByDimension": Play(
        "finance", lambda s: {"entityId": _us1(s), "by": "CHANNEL", "fromOn": "2026-01-01"}
    ),
    "GeneralLedger": Play(
        "finance",
        lambda s: {"filter": {"entityId": _us1(s), "role": "inventory"}, "first": 5},
    ),
    "Margins": Play(
        "finance",
        lambda s: {"entityIds": [_us1(s)], "fromOn": "2026-01-01", "toOn": "2030-12-31"},
    ),
    "ClosingChecklist": Play("finance", lambda s: {"periodId": s.prepared.period}, closable),
    "ClosePeriod": Play(
        "finance", lambda s: keyed(periodId=s.prepared.period, softly=True), closable
    ),
    "SignClosingCheck": Play(
        "finance",
        lambda s: {
            "input": {
                "periodId": s.prepared.period,
                "check": "unmatched_receipts",
                "note": "The bill comes next month.",
            }
        },
        closable,
    ),
    "NameClosingOwner": Play(
        "finance",
        lambda s: {
            "input": {"entityId": s.prepared.entity, "check": "counts_overdue", "userId": None}
        },
        closable,
    ),
    "RequestPeriodReopening": Play(
        "finance", lambda s: keyed(periodId=s.prepared.period, reason="A late bill"), closed
    ),
}

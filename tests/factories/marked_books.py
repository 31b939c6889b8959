"""Books of a company with at least one object of every kind, under names that carry its mark."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

import app.subjects  # noqa: F401  (the checks are declared there)
from domain.finance.operations.closing import (
    close_period,
    name_closing_owner,
    request_period_reopening,
    sign_closing_check,
)
from domain.kernel.work import Work
from domain.ledger.entries import Dimensions
from domain.ledger.manual import ManualLine
from domain.ledger.models import FiscalPeriod
from domain.ledger.operations.accounts import create_account
from domain.ledger.operations.manual_journals import write_manual_journal
from domain.ledger.operations.posting_rules import activate_posting_rules, draft_posting_rules
from domain.ledger.operations.rates import (
    WantedRate,
    set_exchange_rates,
    set_triangulation_currency,
)
from domain.ledger.operations.revaluation import revalue_foreign_balances


async def keep_books(work: Work, mark: str, *, entity: int, channel: int) -> None:
    """Accounts of its own, a rate, rules in effect and drafted, a journal written by hand in a
    foreign currency, and a revaluation of it."""
    today = work.now.date()
    await set_exchange_rates(
        work,
        rates=[
            WantedRate(
                from_currency="USD",
                to_currency="EUR",
                valid_on=date(2020, 1, 1),
                rate=Decimal("0.9"),
                source=f"{mark} bank",
            )
        ],
    )
    await set_triangulation_currency(work, currency="USD")
    bank, capital = [
        await create_account(
            work, entity_id=entity, code=f"{mark}-{code}", name=f"{mark} {name}", kind=kind
        )
        for code, name, kind in (("B", "bank", "asset"), ("C", "capital", "equity"))
    ]
    rule = {
        "milestone": "shipment_cost",
        "leg": "cost_of_goods",
        "account_id": await create_account(
            work, entity_id=entity, code=f"{mark}-G", name=f"{mark} goods", kind="expense"
        ),
        "channel_id": channel,
        "project": f"{mark}-PROJECT",
    }
    for note in (f"{mark} rules", f"{mark} draft"):
        version = await draft_posting_rules(work, entity_id=entity, rules=[rule], note=note)
        if note.endswith("rules"):
            await activate_posting_rules(work, version_id=version, effective_from=today)
    said = Dimensions(channel_id=channel, project=f"{mark}-PROJECT")
    await write_manual_journal(
        work,
        entity_id=entity,
        posted_on=today,
        currency="USD",
        description=f"{mark} capital",
        lines=[
            ManualLine(account_id=bank, amount_minor=1000, dimensions=said),
            ManualLine(account_id=capital, amount_minor=-1000, dimensions=said),
        ],
    )
    await revalue_foreign_balances(work, entity_id=entity, as_of=today)


async def close_books(work: Work, mark: str, *, entity: int, user: int) -> None:
    """Somebody answers for a check, somebody signed for one of a period that was closed softly,
    and somebody wants that open again."""
    period = await work.value(
        select(FiscalPeriod.id)
        .where(FiscalPeriod.tenant_id == work.tenant_id, FiscalPeriod.entity_id == entity)
        .order_by(FiscalPeriod.starts_on)
    )
    await name_closing_owner(work, entity_id=entity, check="counts_overdue", user_id=user)
    await sign_closing_check(
        work, period_id=period, check="unmatched_receipts", note=f"{mark} accrues it"
    )
    await close_period(work, period_id=period, softly=True)
    await request_period_reopening(work, period_id=period, reason=f"{mark} forgot a bill")

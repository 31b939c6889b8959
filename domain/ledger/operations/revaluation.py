"""Open foreign balances are put at a day's rates at the end of a period."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import insert, update

from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.ledger.books import lock_books, opened_book
from domain.ledger.entries import Day, Entry
from domain.ledger.events import BalancesRevalued
from domain.ledger.facts import base_currency
from domain.ledger.models import Revaluation
from domain.ledger.periods import ready_period
from domain.ledger.posting import post
from domain.ledger.revaluing import MILESTONE, foreign_balances, revaluation_legs
from domain.ledger.reversing import reverse_journals


@dataclass(frozen=True, slots=True)
class Revalued:
    """A run: its id, the journal of the day and the one of the next that takes it back; none
    where everything stood at its worth."""

    revaluation_id: int
    journal_id: int | None
    reversal_id: int | None


@operation("ledger.post")
async def revalue_foreign_balances(work: Work, *, entity_id: int, as_of: date) -> Revalued:
    """Post the unrealised differences of an entity's open foreign balances at the rates of a day,
    and take them back on the next. Once more for the same day, it posts what is left to post.

    Allowed while the day's period is soft closed. Raises NotFound, InvalidInput,
    ExchangeRateMissing, PeriodClosed."""
    if as_of > work.now.date():
        raise InvalidInput("Must not be in the future.", path=("asOf",))
    await opened_book(work, entity_id)
    await ready_period(work, entity_id, as_of)
    await lock_books(work, [entity_id])
    legs = revaluation_legs(await foreign_balances(work, entity_id=entity_id, as_of=as_of))
    run_id = await work.value(
        insert(Revaluation)
        .values(
            tenant_id=work.tenant_id,
            entity_id=entity_id,
            as_of=as_of,
            created_by=work.principal.name,
            created_at=work.now,
        )
        .returning(Revaluation.id)
    )
    journal_ids = await post(
        work,
        [
            Entry(
                entity_id=entity_id,
                milestone=MILESTONE,
                source_kind=MILESTONE,
                source_id=run_id,
                currency=await base_currency(work, entity_id),
                legs=legs,
                posted_on=as_of,
                description=f"Foreign balances at the rates of {as_of}",
                day=Day.CLOSING,
            )
        ],
    )
    reversal_ids = await reverse_journals(
        work,
        journal_ids,
        description=f"Foreign balances as they were before {as_of}",
        posted_on=as_of + timedelta(days=1),
    )
    done = Revalued(run_id, next(iter(journal_ids), None), next(iter(reversal_ids), None))
    await _finish(work, entity_id, as_of, done)
    return done


async def _finish(work: Work, entity_id: int, as_of: date, done: Revalued) -> None:
    await work.execute(
        update(Revaluation)
        .where(Revaluation.tenant_id == work.tenant_id, Revaluation.id == done.revaluation_id)
        .values(journal_id=done.journal_id, reversal_id=done.reversal_id)
    )
    work.record(
        BalancesRevalued(
            aggregate_id=done.revaluation_id,
            entity_id=entity_id,
            as_of=as_of.isoformat(),
            journal_id=done.journal_id,
        )
    )
    work.audit(
        "revalue_foreign_balances",
        subject="revaluation",
        subject_id=done.revaluation_id,
        after={"as_of": as_of, "journal_id": done.journal_id, "reversal_id": done.reversal_id},
    )

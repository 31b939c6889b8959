"""The supplier answers an order line by line; the buyer decides about what differs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.inventory.lines import require_some
from domain.inventory.purchase_supply import lock_parts
from domain.kernel import text
from domain.kernel.errors import InvalidState, NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.procurement.answering import (
    ACCEPTED,
    PROPOSED,
    REFUSED,
    AnsweredLine,
    answers_of,
    asked_of,
    proposal_of,
    take_up,
    write_confirmation,
)
from domain.procurement.events import PurchaseOrderAnswered, PurchaseProposalDecided
from domain.procurement.models import PurchaseConfirmation, PurchaseConfirmationLine
from domain.procurement.policies.answers import is_as_asked
from domain.procurement.policies.states import UNDER_WAY
from domain.procurement.rows import lines_named, lines_of, lock_order, note, settle


@operation("procurement.confirm")
async def confirm_purchase_order(
    work: Work,
    *,
    order_id: int,
    lines: Sequence[AnsweredLine],
    external_reference: str | None = None,
    note_to_buyer: str | None = None,
) -> int:
    """The supplier says what of the lines comes when, at which price; each time for all of a line
    that is not sent yet.

    What is as the order wants it (not late, not less, not dearer) holds at once. What differs is a
    proposal: nothing changes by it before the buyer has accepted it. Gives the order's id. Raises
    NotFound, InvalidInput, QuantityNotExact, InvalidState, PromisedTooMuch."""
    require_some(lines)
    order = await lock_order(work, order_id, allowed=UNDER_WAY)
    await work.see_as_house()
    every = await lines_of(work, order_id)
    named = lines_named(every, [line.line_number for line in lines])
    coming = await lock_parts(work, [line.id for line in named])
    answers = await answers_of(work, named, lines, coming)
    holds = {n.id: is_as_asked(asked_of(n, coming[n.id]), answers[n.id]) for n in named}
    number = await write_confirmation(
        work, order_id, answers, holds, external_reference=external_reference, note=note_to_buyer
    )
    accepted = {line_id: answers[line_id] for line_id, as_asked in holds.items() if as_asked}
    changes = await take_up(work, order, every, accepted, coming)
    for line in named:
        fields = changes.setdefault(line.id, {})
        fields["first_answered_at"] = line.first_answered_at or work.now
    answered_at = order.answered_at or work.now
    status = await settle(work, order, every, changes, answered_at=answered_at)
    lines_told = {str(n.line_number): _plain(answers[n.id], holds[n.id]) for n in named}
    _tell_answered(work, order, status, number, _told(named, holds), lines_told)
    return order_id


def _tell_answered(
    work: Work,
    order: Row[Any],
    status: str,
    number: int,
    told: dict[bool, tuple[int, ...]],
    lines: dict[str, Any],
) -> None:
    work.record(
        PurchaseOrderAnswered(
            aggregate_id=order.id,
            number=order.number,
            supplier_id=order.supplier_id,
            status=status,
            confirmation=number,
            accepted_lines=told[True],
            proposed_lines=told[False],
        )
    )
    answer = {"confirmation": number, "lines": lines}
    note(work, "confirm_purchase_order", order, status=status, told=answer)


def _told(lines: Sequence[Row[Any]], holds: dict[int, bool]) -> dict[bool, tuple[int, ...]]:
    return {
        as_asked: tuple(line.line_number for line in lines if holds[line.id] is as_asked)
        for as_asked in (True, False)
    }


def _plain(given: Any, accepted: bool) -> dict[str, Any]:
    return {
        "promised": [[quantity, day] for quantity, day in given.promised],
        "cut": given.cut,
        "unit_price": given.unit_price,
        "accepted": accepted,
    }


@dataclass(frozen=True, slots=True)
class _Proposal:
    confirmation_id: int
    number: int
    rows: list[Row[Any]]

    @property
    def line_ids(self) -> list[int]:
        return sorted({row.line_id for row in self.rows})


@operation("procurement.manage")
async def decide_purchase_proposal(
    work: Work,
    *,
    order_id: int,
    confirmation: int,
    accept: bool,
    lines: Sequence[int] | None = None,
    reason: str | None = None,
) -> int:
    """The buyer accepts or refuses what a confirmation (by its number in the order) proposes: all
    of it, or some lines by their numbers.

    Accepted, it holds as far as the goods were not sent meanwhile; refused, the line stays as it
    was, and the supplier may answer anew. Gives the order's id. Raises NotFound, InvalidInput,
    InvalidState when nothing of it waits."""
    reason = text.optional(reason, path=("reason",))
    order = await lock_order(work, order_id, allowed=UNDER_WAY)
    every = await lines_of(work, order_id)
    wanted = every if lines is None else lines_named(every, lines)
    proposal = await _proposal(work, order_id, confirmation, {line.id for line in wanted})
    named = [line for line in every if line.id in proposal.line_ids]
    changes: dict[int, dict[str, Any]] = {}
    if accept:
        answers = {
            line.id: proposal_of([row for row in proposal.rows if row.line_id == line.id])
            for line in named
        }
        coming = await lock_parts(work, proposal.line_ids)
        changes = await take_up(work, order, every, answers, coming)
    await _decide(work, proposal, accept=accept, reason=reason)
    status = await settle(work, order, every, changes)
    _tell_decided(work, order, proposal, named, status, accept=accept, reason=reason)
    return order_id


def _tell_decided(
    work: Work,
    order: Row[Any],
    proposal: _Proposal,
    lines: Sequence[Row[Any]],
    status: str,
    *,
    accept: bool,
    reason: str | None,
) -> None:
    numbers = tuple(line.line_number for line in lines)
    work.record(
        PurchaseProposalDecided(
            aggregate_id=order.id,
            number=order.number,
            supplier_id=order.supplier_id,
            status=status,
            confirmation=proposal.number,
            accepted=accept,
            lines=numbers,
        )
    )
    told = {"confirmation": proposal.number, "accepted": accept, "lines": list(numbers)}
    note(work, "decide_purchase_proposal", order, status=status, told=told, reason=reason)


async def _proposal(work: Work, order_id: int, number: int, line_ids: set[int]) -> _Proposal:
    confirmation_id = await work.value(
        select(PurchaseConfirmation.id).where(
            PurchaseConfirmation.tenant_id == work.tenant_id,
            PurchaseConfirmation.order_id == order_id,
            PurchaseConfirmation.number == number,
        )
    )
    if confirmation_id is None:
        raise NotFound("confirmation")
    rows = await work.rows(
        select(*PurchaseConfirmationLine.__table__.c)
        .where(
            PurchaseConfirmationLine.tenant_id == work.tenant_id,
            PurchaseConfirmationLine.confirmation_id == confirmation_id,
            PurchaseConfirmationLine.line_id.in_(line_ids),
            PurchaseConfirmationLine.status == PROPOSED,
        )
        .order_by(PurchaseConfirmationLine.id)
    )
    if not rows:
        message = "Nothing of this confirmation waits for a decision."
        raise InvalidState(message, state="decided", allowed=[])
    return _Proposal(confirmation_id, number, list(rows))


async def _decide(work: Work, proposal: _Proposal, *, accept: bool, reason: str | None) -> None:
    await work.execute(
        update(PurchaseConfirmationLine)
        .where(
            PurchaseConfirmationLine.tenant_id == work.tenant_id,
            PurchaseConfirmationLine.id.in_([row.id for row in proposal.rows]),
        )
        .values(status=ACCEPTED if accept else REFUSED)
    )
    await work.execute(
        update(PurchaseConfirmation)
        .where(
            PurchaseConfirmation.tenant_id == work.tenant_id,
            PurchaseConfirmation.id == proposal.confirmation_id,
        )
        .values(decided_at=work.now, decided_by=work.actor.principal.name, decision_reason=reason)
    )

"""Keeping decisions: stock is reserved, allocations and the reasons for them become rows."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from domain.allocation.demand import LineDecision, Reasons, Verdict
from domain.allocation.models import Allocation, AllocationDecision
from domain.allocation.pool_counting import Drawn, count_drawn
from domain.allocation.shelf import Take
from domain.intercompany.trading import Expected, expect_trades
from domain.inventory.reservations import Wanted, reserve
from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.value_objects import value_object
from domain.kernel.work import Actor, Work

_REASONS = tuple(each.name for each in fields(Reasons))


@value_object()
class Decided:
    """A decision on one order line, on whose behalf it was made (None: the work's)."""

    order_id: int
    line_id: int
    owner_id: int
    policy_id: int | None
    decision: LineDecision
    by: Actor | None = None


async def keep(work: Work, decided: Sequence[Decided], *, trigger: str) -> None:
    """Reserve what was given, and write allocations and decisions. The balances are locked."""
    await _write_decisions(work, decided, trigger)
    gives = [(each, take) for each in decided for take in each.decision.takes]
    if not gives:
        return
    wanted = [
        Wanted(
            balance_id=take.balance_id,
            order_line_id=each.line_id,
            quantity=take.quantity,
            reference_id=each.order_id,
            by=each.by,
        )
        for each, take in gives
    ]
    first, _ = gives[0]
    reservations = await reserve(
        work, wanted, reference_kind="order", reference_id=first.order_id, are_locked=True
    )
    rows = [
        _allocation(work, each, take, reservation_id)
        for (each, take), reservation_id in zip(gives, reservations, strict=True)
    ]
    if any(take.source is not None for _, take in gives):
        ids = await insert_ids(work, Allocation, rows)
        await expect_trades(work, _expected(gives, ids))
    else:
        await insert_rows(work, Allocation, rows)
    drawn = [
        Drawn(take.pool_id, take.balance_id, take.quantity)
        for _, take in gives
        if take.pool_id is not None
    ]
    await count_drawn(work, drawn)


def _expected(gives: Sequence[tuple[Decided, Take]], ids: Sequence[int]) -> list[Expected]:
    """What of it has to be bought from other entities when it leaves."""
    return [
        Expected(
            order_id=each.order_id,
            order_line_id=each.line_id,
            allocation_id=allocation_id,
            quantity=take.quantity,
            agreement_ids=take.source.agreement_ids,
        )
        for (each, take), allocation_id in zip(gives, ids, strict=True)
        if take.source is not None
    ]


def _allocation(work: Work, decided: Decided, take: Take, reservation_id: int) -> dict[str, Any]:
    return {
        "order_id": decided.order_id,
        "order_line_id": decided.line_id,
        "location_id": take.location_id,
        "owner_id": take.owner(decided.owner_id),
        "is_traded": take.source is not None,
        "lead_days": 0 if take.source is None else take.source.lead_days,
        "balance_id": take.balance_id,
        "reservation_id": reservation_id,
        "quantity": take.quantity,
        "pool_id": take.pool_id,
        "created_at": work.now,
    }


async def _write_decisions(work: Work, decided: Sequence[Decided], trigger: str) -> None:
    if not decided:
        return
    await insert_rows(
        work,
        AllocationDecision,
        [
            {
                "order_id": each.order_id,
                "order_line_id": each.line_id,
                "policy_id": each.policy_id,
                "trigger": trigger,
                "requested": each.decision.requested,
                "allocated": each.decision.given,
                "candidates": [_short_verdict(verdict) for verdict in each.decision.verdicts],
                "because": _short_reasons(each.decision.reasons),
                "decided_at": work.now,
            }
            for each in decided
        ],
    )


def _short_verdict(verdict: Verdict) -> list[Any]:
    """Read back by `queries.decisions`; criterion values stand last, where there are any."""
    told = list(verdict)
    return told if told[-1] is not None else told[:-1]


def _short_reasons(reasons: Reasons | None) -> dict[str, Any] | None:
    if reasons is None:
        return None
    said = {name: getattr(reasons, name) for name in _REASONS}
    return {name: value for name, value in said.items() if value}

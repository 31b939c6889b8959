"""Keeping decisions: stock is reserved, allocations and the reasons for them become rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from domain.allocation.models import Allocation, AllocationDecision
from domain.allocation.policy import LineDecision
from domain.allocation.shelf import Take
from domain.inventory.reservations import Wanted, reserve
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on one order line; `trigger` is what made it be decided."""

    order_id: int
    line_id: int
    owner_id: int
    policy_id: int | None
    decision: LineDecision


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
        )
        for each, take in gives
    ]
    first, _ = gives[0]
    reservations = await reserve(work, wanted, reference_kind="order", reference_id=first.order_id)
    rows = [
        _allocation(work, each, take, reservation_id)
        for (each, take), reservation_id in zip(gives, reservations, strict=True)
    ]
    await work.execute(insert(Allocation), rows)


def _allocation(work: Work, decided: Decided, take: Take, reservation_id: int) -> dict[str, Any]:
    return {
        "tenant_id": work.tenant_id,
        "order_id": decided.order_id,
        "order_line_id": decided.line_id,
        "location_id": take.location_id,
        "owner_id": decided.owner_id,
        "balance_id": take.balance_id,
        "reservation_id": reservation_id,
        "quantity": take.quantity,
        "created_at": work.now,
    }


async def _write_decisions(work: Work, decided: Sequence[Decided], trigger: str) -> None:
    if not decided:
        return
    await work.execute(
        insert(AllocationDecision),
        [
            {
                "tenant_id": work.tenant_id,
                "order_id": each.order_id,
                "order_line_id": each.line_id,
                "policy_id": each.policy_id,
                "trigger": trigger,
                "requested": each.decision.requested,
                "allocated": each.decision.given,
                "candidates": [
                    {
                        "location_id": verdict.location_id,
                        "rank": verdict.rank,
                        "available": verdict.available,
                        "given": verdict.given,
                        "rule": verdict.rule,
                    }
                    for verdict in each.decision.verdicts
                ],
                "decided_at": work.now,
            }
            for each in decided
        ],
    )

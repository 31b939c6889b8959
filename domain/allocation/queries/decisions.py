"""Reads of why stock comes from where it comes."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.engine import Row

from domain.allocation.demand import Bought
from domain.allocation.models import AllocationDecision
from domain.allocation.rules import CHOSEN, RULES
from domain.entities.models import Location
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrderLine

# The parts of a verdict in the order in which they are kept.
VERDICT = ("location_id", "rank", "available", "given", "rule", "values")


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one location had for a line, what it gave, and the rule that says why.

    `values` are its values under the strategy's criteria, by their names in their order."""

    location_id: int
    location_code: str
    rank: int | None
    available: Decimal
    given: Decimal
    chosen: bool
    rule: str
    reason: str
    values: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """One decision on one line, the latest last.

    `strategies` gave, `skipped` were passed over (code, the condition that failed), `dropped`
    are soft constraints that gave way. `stands_for` is the item that was ordered, where another
    one stands in for it. `pools` are the protected pools that gave, `kept_by` those that kept
    stock from the line (pool, base units), `bought` what other entities gave, and under which trade
    agreements."""

    line_id: int
    line_number: int
    item_id: int
    policy_id: int | None
    trigger: str
    requested: Decimal
    allocated: Decimal
    decided_at: datetime
    candidates: tuple[Candidate, ...]
    strategies: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    criteria: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    stands_for: int | None = None
    pools: tuple[tuple[int, Decimal], ...] = ()
    kept_by: tuple[tuple[int, Decimal], ...] = ()
    bought: tuple[Bought, ...] = ()


@query("allocation.read")
async def explain_allocations(
    reader: Reader, *, order_ids: Collection[int]
) -> dict[int, list[Explanation]]:
    """Why the stock of each order comes from where it comes, by order id: for each line its
    decisions, for each decision every candidate location."""
    return await _explained(reader, AllocationDecision.order_id.in_(order_ids))


@query("allocation.read")
async def explain_line(reader: Reader, *, line_id: int) -> list[Explanation]:
    """The decisions on one order line, the latest last."""
    found = await _explained(reader, AllocationDecision.order_line_id == line_id)
    return [each for decisions in found.values() for each in decisions]


async def _explained(reader: Reader, wanted: ColumnElement[bool]) -> dict[int, list[Explanation]]:
    rows = await reader.rows(
        select(*AllocationDecision.__table__.c, SalesOrderLine.line_number, SalesOrderLine.item_id)
        .join(
            SalesOrderLine,
            and_(
                SalesOrderLine.tenant_id == AllocationDecision.tenant_id,
                SalesOrderLine.id == AllocationDecision.order_line_id,
            ),
        )
        .where(
            AllocationDecision.tenant_id == reader.tenant_id,
            SalesOrderLine.tenant_id == reader.tenant_id,
            wanted,
        )
        .order_by(SalesOrderLine.line_number, AllocationDecision.id)
    )
    codes = await _location_codes(
        reader, {_long(each)["location_id"] for row in rows for each in row.candidates}
    )
    explained: dict[int, list[Explanation]] = defaultdict(list)
    for row in rows:
        explained[row.order_id].append(_explanation(row, codes))
    return dict(explained)


def _explanation(row: Row[Any], codes: dict[int, str]) -> Explanation:
    because = row.because or {}
    criteria = tuple(because.get("criteria", ()))
    return Explanation(
        line_id=row.order_line_id,
        line_number=row.line_number,
        item_id=row.item_id,
        policy_id=row.policy_id,
        trigger=row.trigger,
        requested=row.requested,
        allocated=row.allocated,
        decided_at=row.decided_at,
        candidates=tuple(_candidate(_long(each), codes, criteria) for each in row.candidates),
        strategies=tuple(because.get("strategies", ())),
        skipped=tuple((code, condition) for code, condition in because.get("skipped", ())),
        criteria=criteria,
        dropped=tuple(because.get("dropped", ())),
        stands_for=because.get("stands_for"),
        pools=_quantities(because.get("pools", ())),
        kept_by=_quantities(because.get("kept_by", ())),
        bought=tuple(_bought(*each) for each in because.get("bought", ())),
    )


def _quantities(kept: Collection[Any]) -> tuple[tuple[int, Decimal], ...]:
    return tuple((pool_id, Decimal(quantity)) for pool_id, quantity in kept)


def _bought(owner_id: int, quantity: str, agreement_ids: Sequence[int] = ()) -> Bought:
    return Bought(owner_id, Decimal(quantity), tuple(agreement_ids))


def _long(kept: list[Any] | dict[str, Any]) -> dict[str, Any]:
    """A verdict as it was kept, by names; the first ones were kept by their names already."""
    if isinstance(kept, dict):
        return kept
    return dict(zip(VERDICT, kept, strict=False))


def _candidate(each: dict[str, Any], codes: dict[int, str], criteria: tuple[str, ...]) -> Candidate:
    return Candidate(
        location_id=each["location_id"],
        location_code=codes.get(each["location_id"], ""),
        rank=each["rank"],
        available=Decimal(each["available"]),
        given=Decimal(each["given"]),
        chosen=each["rule"] in CHOSEN,
        rule=each["rule"],
        reason=RULES[each["rule"]],
        values=tuple(zip(criteria, each.get("values") or (), strict=False)),
    )


async def _location_codes(reader: Reader, location_ids: Collection[int]) -> dict[int, str]:
    rows = await reader.rows(
        select(Location.id, Location.code).where(
            Location.tenant_id == reader.tenant_id, Location.id.in_(location_ids)
        )
    )
    return {row.id: row.code for row in rows}

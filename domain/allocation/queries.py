"""Reads of allocation: policies, what was allocated, and why."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.engine import Row

from domain.allocation.holdings import OPEN, RELEASED, holdings_of
from domain.allocation.models import (
    Allocation,
    AllocationDecision,
    AllocationPolicy,
    AllocationPolicyLocation,
)
from domain.allocation.policy import CHOSEN, RULES
from domain.entities.models import Location
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrderLine


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one location had for a line, what it gave, and the rule that says why."""

    location_id: int
    location_code: str
    rank: int | None
    available: Decimal
    given: Decimal
    chosen: bool
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One decision on one line, the latest last."""

    line_id: int
    line_number: int
    item_id: int
    policy_id: int | None
    trigger: str
    requested: Decimal
    allocated: Decimal
    decided_at: datetime
    candidates: tuple[Candidate, ...]


@query("allocation.read")
async def explain_allocations(
    reader: Reader, *, order_ids: Collection[int]
) -> dict[int, list[Explanation]]:
    """Why the stock of each order comes from where it comes, by order id: for each line its
    decisions, for each decision every candidate location."""
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
            AllocationDecision.order_id.in_(order_ids),
            SalesOrderLine.tenant_id == reader.tenant_id,
        )
        .order_by(SalesOrderLine.line_number, AllocationDecision.id)
    )
    codes = await _location_codes(
        reader, {each["location_id"] for row in rows for each in row.candidates}
    )
    explained: dict[int, list[Explanation]] = defaultdict(list)
    for row in rows:
        explained[row.order_id].append(_explanation(row, codes))
    return dict(explained)


def _explanation(row: Row[Any], codes: dict[int, str]) -> Explanation:
    return Explanation(
        line_id=row.order_line_id,
        line_number=row.line_number,
        item_id=row.item_id,
        policy_id=row.policy_id,
        trigger=row.trigger,
        requested=row.requested,
        allocated=row.allocated,
        decided_at=row.decided_at,
        candidates=tuple(_candidate(each, codes) for each in row.candidates),
    )


def _candidate(each: dict[str, Any], codes: dict[int, str]) -> Candidate:
    return Candidate(
        location_id=each["location_id"],
        location_code=codes.get(each["location_id"], ""),
        rank=each["rank"],
        available=Decimal(each["available"]),
        given=Decimal(each["given"]),
        chosen=each["rule"] in CHOSEN,
        rule=each["rule"],
        reason=RULES[each["rule"]],
    )


async def _location_codes(reader: Reader, location_ids: Collection[int]) -> dict[int, str]:
    rows = await reader.rows(
        select(Location.id, Location.code).where(
            Location.tenant_id == reader.tenant_id, Location.id.in_(location_ids)
        )
    )
    return {row.id: row.code for row in rows}


@query("allocation.read")
async def allocations_of_orders(
    reader: Reader, *, order_ids: Collection[int]
) -> dict[int, Sequence[Row[Any]]]:
    """The allocations of many orders at once, by order id, oldest first."""
    rows = await reader.rows(
        select(*Allocation.__table__.c)
        .where(Allocation.tenant_id == reader.tenant_id, Allocation.order_id.in_(order_ids))
        .order_by(Allocation.id)
    )
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(row)
    return dict(found)


@query("allocation.read")
async def allocation_policy(reader: Reader, *, policy_id: int) -> Row[Any] | None:
    """One version of a policy, or None."""
    return (await allocation_policies_by_ids(reader, policy_ids=[policy_id])).get(policy_id)


@query("allocation.read")
async def allocation_policies_by_ids(
    reader: Reader, *, policy_ids: Collection[int]
) -> dict[int, Row[Any]]:
    """Versions of policies by their ids; what is not there is left out."""
    rows = await reader.rows(
        select(*AllocationPolicy.__table__.c).where(
            AllocationPolicy.tenant_id == reader.tenant_id, AllocationPolicy.id.in_(policy_ids)
        )
    )
    return {row.id: row for row in rows}


@query("allocation.read")
async def allocation_policies(
    reader: Reader, *, request: PageRequest, statuses: Collection[str] | None = None
) -> Listing:
    """A page of all versions of all policies, the newest first."""
    statement = select(*AllocationPolicy.__table__.c).where(
        AllocationPolicy.tenant_id == reader.tenant_id
    )
    if statuses is not None:
        statement = statement.where(AllocationPolicy.status.in_(statuses))
    ordering = Ordering((AllocationPolicy.id,), descending=True)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("allocation.read")
async def locations_of_policies(
    reader: Reader, *, policy_ids: Collection[int]
) -> dict[int, list[int]]:
    """The locations of each policy in the order in which they are asked, by policy id."""
    rows = await reader.rows(
        select(AllocationPolicyLocation.policy_id, AllocationPolicyLocation.location_id)
        .where(
            AllocationPolicyLocation.tenant_id == reader.tenant_id,
            AllocationPolicyLocation.policy_id.in_(policy_ids),
        )
        .order_by(AllocationPolicyLocation.policy_id, AllocationPolicyLocation.rank)
    )
    ranked: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        ranked[row.policy_id].append(row.location_id)
    return dict(ranked)


@dataclass(frozen=True, slots=True)
class OrderWork:
    """Whether stock is kept for an order that no warehouse works on, and whether one works."""

    reserved: bool = False
    at_work: bool = False


@query("orders.read")
async def work_of_orders(reader: Reader, *, order_ids: Collection[int]) -> dict[int, OrderWork]:
    """What decides on what may be done with orders now, by order id."""
    found: dict[int, set[str]] = defaultdict(set)
    for each in await holdings_of(reader, order_ids):
        found[each.order_id].add(each.status)
    return {
        order_id: OrderWork(OPEN in statuses, RELEASED in statuses)
        for order_id, statuses in found.items()
    }

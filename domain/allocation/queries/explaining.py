"""Why a line is served from where it is, why from nowhere else, why it waits, and for what."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.allocation.demand import NOWHERE, LineDecision, Verdict
from domain.allocation.holding_up import Holder, Release, holders, releases
from domain.allocation.policy import DemandLine, decide
from domain.allocation.queries.decisions import Explanation, explain_line
from domain.allocation.queries.pools import stock_pools_by_ids
from domain.allocation.rejections import barred_places
from domain.allocation.rules import CHOSEN, RULES
from domain.allocation.shelf import ZERO
from domain.allocation.supply import Supply, Want, pools_for, read_stock, supply_of
from domain.entities.models import Location
from domain.kernel.errors import NotFound
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrder, SalesOrderLine


@dataclass(frozen=True, slots=True)
class Answer:
    """Why a location serves a line or does not, as things stand now; quantities in base units."""

    location_id: int
    verdict: Verdict
    chosen: bool
    reason: str


@dataclass(frozen=True, slots=True)
class LineExplained:
    """Everything about where one order line comes from.

    `decisions` are what was decided, the latest last. `answers` say of each location what would
    be decided now. `waits_because` are the rules that keep it waiting, empty when nothing waits.
    `holders` have the stock instead; `releases` are what would bring or free some."""

    line: Row[Any]
    order: Row[Any]
    policy_id: int | None
    decisions: tuple[Explanation, ...]
    answers: tuple[Answer, ...]
    waits_because: tuple[str, ...]
    holders: tuple[Holder, ...]
    releases: tuple[Release, ...]


@query("allocation.read")
async def explain_allocation(
    reader: Reader, *, line_id: int, at: datetime, location_ids: Collection[int] = ()
) -> LineExplained:
    """Explain one order line at this moment; `location_ids` are asked for in any case.

    Raises NotFound (order line, location)."""
    line, order = await _line(reader, line_id)
    await _require_locations(reader, location_ids)
    want = _want(order)
    supply = await supply_of(reader, [want], item_ids=[line.item_id], at=at)
    decision = await _decision(reader, supply, want, line)
    verdicts = decision.verdicts
    known = {each.location_id for each in verdicts}
    answers = [
        *(_answer(each) for each in verdicts),
        *(_answer(_unknown(each)) for each in location_ids if each not in known),
    ]
    waits = bool(line.backordered)
    places = [each.location_id for each in verdicts if each.rank is not None]
    free: list[Release] = []
    if waits:
        free += await _kept_by_pools(reader, decision, places)
        free += await releases(reader, line, order, places, supply)
    refused = dict.fromkeys(each.rule for each in verdicts if each.rule not in CHOSEN)
    return LineExplained(
        line=line,
        order=order,
        policy_id=supply.policy_id(order.channel_id, order.entity_id),
        decisions=tuple(await explain_line(reader, line_id=line_id)),
        answers=tuple(answers),
        waits_because=tuple(refused) if waits else (),
        holders=tuple(await holders(reader, line, places)) if waits else (),
        releases=tuple(free),
    )


async def _line(reader: Reader, line_id: int) -> tuple[Row[Any], Row[Any]]:
    line = await reader.row(
        select(*SalesOrderLine.__table__.c).where(
            SalesOrderLine.tenant_id == reader.tenant_id, SalesOrderLine.id == line_id
        )
    )
    if line is None:
        raise NotFound("order line")
    order = await reader.row(
        select(*SalesOrder.__table__.c).where(
            SalesOrder.tenant_id == reader.tenant_id, SalesOrder.id == line.order_id
        )
    )
    if order is None:
        raise NotFound("order line")
    return line, order


async def _require_locations(reader: Reader, location_ids: Collection[int]) -> None:
    if not location_ids:
        return
    known = await reader.values(
        select(Location.id).where(
            Location.tenant_id == reader.tenant_id, Location.id.in_(location_ids)
        )
    )
    if set(known) != set(location_ids):
        raise NotFound("location")


def _want(order: Row[Any]) -> Want:
    return Want(
        channel_id=order.channel_id,
        entity_id=order.entity_id,
        party_id=order.party_id,
        ship_to=order.ship_to,
        value_minor=order.subtotal_minor,
        currency=order.currency,
        service_level=order.service_level,
        substitutes_allowed=False,
    )


async def _decision(reader: Reader, supply: Supply, want: Want, line: Row[Any]) -> LineDecision:
    """What would be decided now of what waits; of a line of which nothing waits, of all of it."""
    stock = await read_stock(reader, [line.item_id], today=supply.at.date())
    wanted = line.backordered or line.quantity
    barred = await barred_places(reader, [line], at=supply.at)
    asked = DemandLine(
        line.item_id,
        wanted,
        barred=barred.get(line.id, NOWHERE),
        stopped=line.allocation_stopped,
    )
    demand = supply.demand(want, [asked])
    pools = await pools_for(reader, supply, [demand])
    [decision] = decide([demand], stock, capacity=supply.capacity, today=supply.today, pools=pools)
    return decision.lines[0]


async def _kept_by_pools(
    reader: Reader, decision: LineDecision, places: Sequence[int]
) -> list[Release]:
    """The protected pools that keep something from the line where the policy looks."""
    kept = dict(decision.reasons.kept_by) if decision.reasons is not None else {}
    if not kept:
        return []
    pools = await stock_pools_by_ids(reader, pool_ids=kept)
    return [
        Release(
            "protected_pool",
            pool.location_id or places[0],
            kept[pool_id],
            expires_at=pool.expires_at,
        )
        for pool_id, pool in sorted(pools.items())
    ]


def _answer(verdict: Verdict) -> Answer:
    chosen = verdict.rule in CHOSEN
    return Answer(verdict.location_id, verdict, chosen, RULES[verdict.rule])


def _unknown(location_id: int) -> Verdict:
    return Verdict(location_id, None, ZERO, ZERO, "not_in_policy")

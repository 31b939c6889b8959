"""A part of a plan is applied: its orders are locked, and each line gets what the plan has for it
as far as it is still there, and still wanted. Nothing is forced."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, column, func, literal, select, update
from sqlalchemy.engine import Row

from domain.allocation.events import OrderGaveUp
from domain.allocation.holdings import OPEN, holdings_of, reduce_holdings
from domain.allocation.keeping import Decided, keep
from domain.allocation.models import QUANTITY, AllocationRunLine
from domain.allocation.runs.demand import OpenLine, Rules
from domain.allocation.runs.open_lines import STILL_PLANNED, among, lines_again
from domain.allocation.runs.serving import Serving
from domain.allocation.runs.situation import prospect_of
from domain.allocation.settling import Standing, settle
from domain.allocation.shelf import ZERO
from domain.allocation.supply import Supply, lock_stock
from domain.inventory.reservations import Taken, release
from domain.kernel.work import Work
from domain.orders.events import OrderAllocated
from domain.orders.locking import lock_orders
from domain.orders.models import SalesOrderLine
from domain.orders.policy import FINAL

TRIGGER = "allocation_run"


@dataclass(slots=True)
class Part:
    """The run's lines of some orders, and what becomes of them: what each held by location, what
    is taken off which allocation, and what each line gets in the end."""

    lines: Sequence[Row[Any]]
    held: dict[int, dict[int, Decimal]] = field(default_factory=lambda: defaultdict(dict))
    kept: dict[int, dict[int, Decimal]] = field(default_factory=dict)
    given_up: dict[int, Decimal] = field(default_factory=dict)
    freed: dict[int, dict[int, Decimal]] = field(default_factory=lambda: defaultdict(dict))

    def planned_at(self, line: Row[Any]) -> dict[int, Decimal]:
        """What the plan has for a line, by location."""
        places: dict[int, Decimal] = defaultdict(Decimal)
        for _, location_id, quantity in line.takes:
            places[location_id] += Decimal(quantity)
        return places


@dataclass(frozen=True, slots=True)
class Applied:
    """How a part went: lines that are as planned, lines that are not, and items that got free."""

    applied: int
    stale: int
    item_ids: frozenset[int]


async def apply_part(work: Work, run: Row[Any], part: int) -> Applied:
    """Apply one part of a locked run, and write beside it what became of its lines."""
    lines = await _lines_of_part(work, run.id, part)
    orders = {each.id: each for each in await lock_orders(work, {row.order_id for row in lines})}
    doing = Part(lines)
    rows = {
        row.id: row
        for row in await lines_again(work, [line.order_line_id for line in lines])
        if orders[row.order_id].status not in FINAL
    }
    taken = await _given_up(work, doing, rows) if run.may_take_from_open else []
    in_turn = [rows[line.order_line_id] for line in lines if line.order_line_id in rows]
    prospect = await prospect_of(
        work, in_turn, Rules(), held=doing.freed, at=work.now, is_kept=True
    )
    # Order entry waits for the rest of the transaction where it wants one of these items.
    stock = await lock_stock(work, {line.item_id for line in lines if line.given or line.held})
    if taken:
        await release(work, taken, reference_kind="allocation_run", reference_id=run.id)
        await reduce_holdings(work, doing.given_up)
    serving = Serving(await prospect.over(work, stock))
    _serve(serving, doing)
    await keep(work, _decided(serving, orders, prospect.supply), trigger=TRIGGER)
    got = {line.order_id for line, decision in serving.decisions if decision.takes}
    lost = {line.order_id for line in lines if doing.freed.get(line.order_line_id)}
    standings = await settle(work, got | lost)
    _tell(work, run, doing, standings, got)
    return await _write(work, run, doing, serving, part)


async def _lines_of_part(work: Work, run_id: int, part: int) -> Sequence[Row[Any]]:
    """All of the run's lines of the part's orders, in the order of the queue.

    Each step goes by the keys of what it found: a run is applied right after it was written,
    when the planner knows nothing of its lines yet and would go through all of them each time."""
    of_run = (
        AllocationRunLine.tenant_id == work.tenant_id,
        AllocationRunLine.run_id == run_id,
    )
    orders = await work.values(
        select(AllocationRunLine.order_id).where(
            *of_run, AllocationRunLine.part == part, AllocationRunLine.status == STILL_PLANNED
        )
    )
    of_orders = await work.values(
        select(SalesOrderLine.id).where(
            SalesOrderLine.tenant_id == work.tenant_id,
            SalesOrderLine.order_id.in_(sorted(set(orders))),
        )
    )
    lines = await work.rows(
        select(*AllocationRunLine.__table__.c).where(
            *of_run, among(AllocationRunLine.order_line_id, of_orders)
        )
    )
    return sorted(lines, key=lambda line: line.position)


async def _given_up(work: Work, doing: Part, rows: Mapping[int, Row[Any]]) -> list[Taken]:
    """What lines have beyond what the plan leaves them where it is, to be released. A line that
    holds something else than when it was planned keeps it."""
    planned = {line.order_line_id: line for line in doing.lines if line.held > 0}
    mine: dict[int, list[Row[Any]]] = defaultdict(list)
    for each in await holdings_of(work, {line.order_id for line in doing.lines}):
        is_own = each.status == OPEN and not each.is_traded
        if is_own and each.order_line_id in planned and each.order_line_id in rows:
            mine[each.order_line_id].append(each)
    taken = []
    for line_id, allocations in mine.items():
        line = planned[line_id]
        stays = dict(doing.planned_at(line))
        doing.kept[line_id] = defaultdict(Decimal)
        if sum((each.quantity for each in allocations), ZERO) != line.held:
            for each in allocations:
                doing.kept[line_id][each.location_id] += each.quantity
            continue
        for each in allocations:
            keeps = min(each.quantity, stays.get(each.location_id, ZERO))
            stays[each.location_id] = stays.get(each.location_id, ZERO) - keeps
            doing.kept[line_id][each.location_id] += keeps
            if (freed := each.quantity - keeps) > 0:
                taken.append(Taken(reservation_id=each.reservation_id, quantity=freed))
                doing.given_up[each.id] = freed
                own = doing.freed[line_id]
                own[each.balance_id] = own.get(each.balance_id, ZERO) + freed
    return taken


def _serve(serving: Serving, doing: Part) -> None:
    by_line = {line.order_line_id: line for line in doing.lines}
    for line, together in serving.turns():
        if together is None:
            kept = doing.kept.get(line.id, {})
            for place, quantity in doing.planned_at(by_line[line.id]).items():
                more = quantity - kept.get(place, ZERO)
                serving.serve(line, min(more, serving.planned[line.id].missing), at=place)
        else:
            _serve_bundle(serving, doing, [by_line[each.id] for each in together], together)


def _serve_bundle(
    serving: Serving, doing: Part, planned: Sequence[Row[Any]], lines: Sequence[OpenLine]
) -> None:
    places = {place for each in planned for place in doing.planned_at(each)}
    wanted = [min(row.given, line.demanded) for row, line in zip(planned, lines, strict=True)]
    is_all = wanted == [line.demanded for line in lines]
    if places and (is_all or not planned[0].is_whole):
        serving.serve_bundle(lines, wanted, places=places)


def _decided(serving: Serving, orders: Mapping[int, Row[Any]], supply: Supply) -> list[Decided]:
    decided = []
    for line, decision in serving.decisions:
        if decision.takes:
            order = orders[line.order_id]
            verdicts = tuple(
                each._replace(rule="planned_by_run") if each.given else each
                for each in decision.verdicts
            )
            policy_id = supply.policy_id(order.channel_id, order.entity_id)
            made = replace(decision, verdicts=verdicts)
            decided.append(Decided(order.id, line.id, order.entity_id, policy_id, made))
    return decided


def _tell(
    work: Work, run: Row[Any], doing: Part, standings: Mapping[int, Standing], got: set[int]
) -> None:
    items: dict[int, set[int]] = defaultdict(set)
    for line in doing.lines:
        if doing.freed.get(line.order_line_id):
            items[line.order_id].add(line.item_id)
    for order_id, each in standings.items():
        work.audit(
            "apply_allocation_run",
            subject="order",
            subject_id=order_id,
            after={"status": each.status, "run": run.number},
            reason=TRIGGER,
        )
        told: dict[str, Any] = {
            "aggregate_id": order_id,
            "number": each.number,
            "status": each.status,
        }
        if order_id in got:
            work.record(OrderAllocated(**told, trigger=TRIGGER))
        if items[order_id]:
            gone = tuple(sorted(items[order_id]))
            work.record(OrderGaveUp(**told, run_id=run.id, item_ids=gone))


async def _write(work: Work, run: Row[Any], doing: Part, serving: Serving, part: int) -> Applied:
    """Say of each line of the part what it got: in the same transaction, so that a run that was
    cut off goes on after it."""
    figures: dict[int, tuple[Decimal, str]] = {}
    left: set[int] = set()
    for line in doing.lines:
        if line.part != part or line.status != "planned":
            continue
        planned = serving.planned.get(line.order_line_id)
        kept = sum(doing.kept.get(line.order_line_id, {}).values(), ZERO)
        got = kept + (ZERO if planned is None else planned.given)
        figures[line.id] = (got, "applied" if got == line.given else "stale")
        if got != line.given or doing.freed.get(line.order_line_id):
            left.add(line.item_id)
    await _write_lines(work, figures)
    stale = sum(status == "stale" for _, status in figures.values())
    return Applied(len(figures) - stale, stale, frozenset(left))


async def _write_lines(work: Work, figures: Mapping[int, tuple[Decimal, str]]) -> None:
    done = (
        func.unnest(
            literal(list(figures), ARRAY(BigInteger)),
            literal([got for got, _ in figures.values()], ARRAY(QUANTITY)),
            literal([status for _, status in figures.values()], ARRAY(Text)),
        )
        .table_valued(
            column("line_id", BigInteger), column("applied", QUANTITY), column("status", Text)
        )
        .render_derived(name="done")
    )
    await work.execute(
        update(AllocationRunLine)
        .where(
            AllocationRunLine.tenant_id == work.tenant_id,
            among(AllocationRunLine.id, figures),
            AllocationRunLine.id == done.c.line_id,
        )
        .values(applied=done.c.applied, status=done.c.status, applied_at=work.now)
    )

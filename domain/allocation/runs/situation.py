"""How things stand: the open lines in the order of the queue, their orders, and the stock.

Read in a few statements, however many lines there are; all but the stock and the pools before any
stock is locked. Each line is looked at again when the plan is applied."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.engine import Row

from domain.allocation.demand import DemandLine
from domain.allocation.facts import Lane
from domain.allocation.models import Allocation, LaneCost
from domain.allocation.rejections import barred_places
from domain.allocation.runs.demand import OpenLine, OpenOrder, Rules, Situation
from domain.allocation.runs.open_lines import Held, among
from domain.allocation.shelf import Stock
from domain.allocation.strategy import MOST_REJECTIONS
from domain.allocation.supply import Supply, Want, pools_for, supply_of
from domain.entities.models import Party
from domain.kernel.reading import Reader


@dataclass(frozen=True, slots=True)
class Prospect:
    """A situation without its stock, what it was read by, and what its lines hold."""

    situation: Situation
    supply: Supply
    held: Held

    async def over(self, reader: Reader, stock: Sequence[Stock]) -> Situation:
        """The situation over this stock, to which what the lines hold is added, with the pools as
        they are now: where it is to be kept, the stock is locked."""
        demands = [order.demand for order in self.situation.orders.values()]
        pools = await pools_for(reader, self.supply, demands)
        return replace(self.situation, stock=_with_held(stock, self.held), pools=pools)


async def prospect_of(
    reader: Reader,
    rows: Sequence[Row[Any]],
    rules: Rules,
    *,
    held: Held,
    at: datetime,
    is_kept: bool = False,
) -> Prospect:
    """How things stand for these lines, but for the stock. Lines that can only be decided together
    with others that are not among them are left out. `is_kept`: it is not only asked, but done."""
    wants = {row.order_id: _want(row) for row in rows}
    items = {row.item_id for row in rows}
    asked_for = list(wants.values())
    supply = await supply_of(reader, asked_for, item_ids=items, at=at, is_kept=is_kept)
    rows = _complete(rows, wants, supply)
    held = {row.id: held.get(row.id, {}) for row in rows if not _together(row, wants, supply)}
    rows = [row for row in rows if row.backordered > 0 or held.get(row.id)]
    orders = await _orders(reader, rows, wants, supply, held)
    barred = await barred_places(reader, rows, at=at)
    groups = await _customer_groups(reader, rows) if rules.weights else {}
    lines = []
    for row in rows:
        asked = _asked(row, supply, wants, barred.get(row.id, frozenset()))
        line = _open_line(row, asked, sum(held.get(row.id, {}).values(), Decimal(0)))
        whole = orders[row.order_id].whole
        bundle = -row.order_id if whole else asked.kit
        lines.append(replace(line, bundle=bundle, group=groups.get(row.party_id)))
    situation = Situation(
        lines=lines,
        orders=orders,
        stock=(),
        today=at.date(),
        capacity=supply.capacity,
        rules=rules,
    )
    return Prospect(situation, supply, held)


def _want(row: Row[Any]) -> Want:
    return Want(
        channel_id=row.channel_id,
        entity_id=row.entity_id,
        party_id=row.party_id,
        ship_to=row.ship_to,
        value_minor=row.subtotal_minor,
        currency=row.currency,
        service_level=row.service_level,
        substitutes_allowed=False,
    )


def _ships_complete(row: Row[Any], wants: Mapping[int, Want], supply: Supply) -> bool:
    want = wants[row.order_id]
    policy = supply.policy(want.channel_id, want.entity_id)
    return policy is not None and policy.on_shortage == "ship_complete"


def _together(row: Row[Any], wants: Mapping[int, Want], supply: Supply) -> bool:
    return row.kit_id is not None or _ships_complete(row, wants, supply)


def _complete(
    rows: Sequence[Row[Any]], wants: Mapping[int, Want], supply: Supply
) -> list[Row[Any]]:
    """Without what belongs to kits or whole orders of which other lines are out of the scope."""
    waiting: dict[int, int] = defaultdict(int)
    of_kit: dict[int, int] = defaultdict(int)
    for row in rows:
        waiting[row.order_id] += row.backordered > 0
        of_kit[row.kit_id or 0] += row.backordered > 0
    return [
        row
        for row in rows
        if not (_ships_complete(row, wants, supply) and waiting[row.order_id] < row.order_waiting)
        and not (row.kit_id is not None and of_kit[row.kit_id] < row.kit_lines)
    ]


def _asked(
    row: Row[Any], supply: Supply, wants: Mapping[int, Want], barred: frozenset[int]
) -> DemandLine:
    want = wants[row.order_id]
    policy = supply.policy(want.channel_id, want.entity_id)
    most = MOST_REJECTIONS if policy is None else policy.most_rejections
    return DemandLine(
        row.item_id,
        row.backordered,
        supply.facts.item_groups.get(row.item_id),
        kit=row.kit_id,
        per_kit=row.per_kit or Decimal(1),
        barred=barred,
        stopped=row.rejections >= most,
    )


def _open_line(row: Row[Any], asked: DemandLine, held: Decimal) -> OpenLine:
    # The key of the line itself stands last; it is the same for nobody.
    keys = [value for name, value in row._mapping.items() if name.startswith("key_")][:-1]
    return OpenLine(
        id=row.id,
        order_id=row.order_id,
        item_id=row.item_id,
        demanded=row.backordered + held,
        asked=asked,
        held=held,
        step=row.quantity / row.quantity_ordered if row.quantity_ordered else Decimal(1),
        due_on=row.promised_ship_on,
        net_minor=row.net_minor,
        quantity=row.quantity,
        keys=tuple(keys),
    )


async def _orders(
    reader: Reader,
    rows: Sequence[Row[Any]],
    wants: Mapping[int, Want],
    supply: Supply,
    held: Held,
) -> dict[int, OpenOrder]:
    places = await _placed_at(reader, {row.order_id for row in rows}, held)
    lanes = await _lanes(reader)
    found: dict[int, OpenOrder] = {}
    for row in rows:
        if row.order_id not in found:
            want = wants[row.order_id]
            placed_at = places.get(row.order_id, frozenset())
            demand = supply.demand(want, [], placed_at=placed_at)
            whole = _ships_complete(row, wants, supply)
            reached = {place: _lane_of(own, want) for place, own in lanes.items()}
            known = {place: lane for place, lane in reached.items() if lane is not None}
            found[row.order_id] = OpenOrder(
                demand=demand, currency=row.currency, lanes=known, whole=whole
            )
    return found


async def _placed_at(
    reader: Reader, order_ids: Collection[int], held: Held
) -> dict[int, frozenset[int]]:
    """Where orders are served from by what the run does not plan anew."""
    planned_anew = [line_id for line_id, own in held.items() if own]
    rows = await reader.rows(
        select(Allocation.order_id, Allocation.location_id)
        .where(
            Allocation.tenant_id == reader.tenant_id,
            among(Allocation.order_id, order_ids),
            Allocation.status != "cancelled",
            ~and_(Allocation.status == "open", among(Allocation.order_line_id, planned_anew)),
        )
        .distinct()
    )
    places: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        places[row.order_id].add(row.location_id)
    return {order_id: frozenset(found) for order_id, found in places.items()}


async def _lanes(reader: Reader) -> dict[int, list[Lane]]:
    names = ("location_id", "country", "region", "service_level")
    costs = (LaneCost.per_order_minor, LaneCost.per_unit_minor)
    lanes: dict[int, list[Lane]] = defaultdict(list)
    for row in await reader.rows(
        select(*(getattr(LaneCost, name) for name in names), *costs).where(
            LaneCost.tenant_id == reader.tenant_id
        )
    ):
        lanes[row.location_id].append(Lane(*tuple(row)))
    return lanes


def _lane_of(lanes: Sequence[Lane], want: Want) -> Lane | None:
    address = want.ship_to or {}
    route = (address.get("country"), address.get("region"), want.service_level)
    fitting = (lane for lane in lanes if lane.fits(*route))
    return max(fitting, key=lambda each: each.precision, default=None)


async def _customer_groups(reader: Reader, rows: Sequence[Row[Any]]) -> dict[int, str]:
    parties = {row.party_id for row in rows} - {None}
    found = await reader.rows(
        select(Party.id, Party.customer_group).where(
            Party.tenant_id == reader.tenant_id, among(Party.id, parties)
        )
    )
    return {row.id: row.customer_group for row in found if row.customer_group}


def _with_held(stock: Sequence[Stock], held: Held) -> list[Stock]:
    more: dict[int, Decimal] = defaultdict(Decimal)
    for own in held.values():
        for balance_id, quantity in own.items():
            more[balance_id] += quantity
    return [
        replace(each, available=each.available + more[each.balance_id])
        if each.balance_id in more
        else each
        for each in stock
    ]

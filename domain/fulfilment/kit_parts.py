"""Kits at one location: what belongs together of the lines of its work."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from domain.fulfilment.outcomes import KitIncomplete
from domain.fulfilment.progress import LocationWork
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.orders.models import SalesOrderLine

ZERO = Decimal(0)


async def rest_of_kits(
    work: Work, current: LocationWork, given_up: Mapping[int, Decimal]
) -> dict[int, Decimal]:
    """What else of the kits is not to be picked here when these quantities (base units, by
    fulfilment line) are not: by fulfilment line, as far as it is not picked yet."""
    parts = await _components(work, current, given_up)
    lost: dict[int, Decimal] = defaultdict(Decimal)
    for kit_id, lines in _by_kit(current, parts).items():
        for order_line, own in lines.items():
            gone = sum((given_up.get(line, ZERO) for line in own), ZERO)
            kits = (gone / parts[order_line].per_kit).to_integral_value(ROUND_CEILING)
            lost[kit_id] = max(lost[kit_id], kits)
    beside: dict[int, Decimal] = {}
    for kit_id, lines in _by_kit(current, parts).items():
        for order_line, own in lines.items():
            gone = sum((given_up.get(line, ZERO) for line in own), ZERO)
            wanted = lost[kit_id] * parts[order_line].per_kit - gone
            for line in own:
                free = current.progress[line].to_pick - given_up.get(line, ZERO)
                taken = min(max(free, ZERO), wanted)
                if taken > 0:
                    beside[line] = taken
                    wanted -= taken
    return beside


async def require_whole_kits(
    work: Work, current: LocationWork, shipped: Mapping[int, Decimal]
) -> None:
    """Raise KitIncomplete when a component would leave without the others that are here for the
    same kit. `shipped` are base units by fulfilment line."""
    parts = await _components(work, current, shipped)
    for kit_id, lines in _by_kit(current, parts).items():
        of_kit = [parts[order_line] for order_line in lines]
        if len(lines) < of_kit[0].kit_lines:
            continue
        here, gone = [], []
        for order_line, own in lines.items():
            per_kit = parts[order_line].per_kit
            here.append(sum((current.lines[n].quantity for n in own), ZERO) // per_kit)
            left = (current.lines[n].shipped + shipped.get(n, ZERO) for n in own)
            gone.append(sum(left, ZERO) / per_kit)
        whole = min(here)
        kits = {min(each, whole) for each in gone}
        if len(kits) > 1 or any(each != each.to_integral_value() for each in kits):
            raise KitIncomplete(
                "The components of a kit leave together, in whole kits.",
                path=("lines",),
                kit_id=kit_id,
                line_numbers=sorted(part.line_number for part in of_kit),
                kits=plain(min(kits).to_integral_value(ROUND_CEILING)),
            )


def _by_kit(
    current: LocationWork, parts: Mapping[int, Row[Any]]
) -> dict[int, dict[int, list[int]]]:
    """By kit: its order lines, each with its fulfilment lines here."""
    kits: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for line_id, line in current.lines.items():
        if (part := parts.get(line.order_line_id)) is not None:
            kits[part.kit_id][line.order_line_id].append(line_id)
    return kits


async def _components(
    work: Work, current: LocationWork, touched: Collection[int]
) -> dict[int, Row[Any]]:
    """The order lines of this work that are of kits, by id."""
    if not touched:
        return {}
    other = SalesOrderLine.__table__.alias("other")
    kit_lines = (
        select(func.count())
        .select_from(other)
        .where(
            other.c.tenant_id == SalesOrderLine.tenant_id,
            other.c.order_id == SalesOrderLine.order_id,
            other.c.kit_id == SalesOrderLine.kit_id,
        )
        .correlate(SalesOrderLine)
        .scalar_subquery()
    )
    rows = await work.rows(
        select(
            SalesOrderLine.id,
            SalesOrderLine.line_number,
            SalesOrderLine.kit_id,
            SalesOrderLine.per_kit,
            kit_lines.label("kit_lines"),
        ).where(
            SalesOrderLine.tenant_id == work.tenant_id,
            SalesOrderLine.order_id == current.order.id,
            SalesOrderLine.id.in_({line.order_line_id for line in current.lines.values()}),
            SalesOrderLine.kit_id.is_not(None),
        )
    )
    return {row.id: row for row in rows}

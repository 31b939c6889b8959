"""What a plan comes to: figures by which plans are compared. Pure; amounts in minor units."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal
from typing import Any

from domain.allocation.runs.costs import cost_of, parcels
from domain.allocation.runs.demand import OpenLine, Plan, Planned, Situation
from domain.allocation.shelf import ZERO
from domain.kernel.quantity import plain

SHARE = Decimal("0.0001")
CENT = Decimal("0.01")


def figures_of(situation: Situation, plan: Plan) -> dict[str, Any]:
    """The figures of a plan as they are kept; quantities in base units, shares from 0 to 1."""
    demanded = sum((each.line.demanded for each in plan.lines), ZERO)
    given = sum((each.given for each in plan.lines), ZERO)
    places = parcels(plan.lines)
    shipments = sum(len(each) for each in places.values())
    figures = {
        "lines": len(plan.lines),
        "orders": len(situation.orders),
        "lines_full": sum(not each.missing for each in plan.lines),
        "lines_waiting": sum(not each.takes for each in plan.lines),
        "lines_late": sum(is_late(each, situation) for each in plan.lines),
        "demanded": plain(demanded),
        "held": plain(sum((each.line.held for each in plan.lines), ZERO)),
        "given": plain(given),
        "fill_rate": plain((given / demanded).quantize(SHARE)) if demanded else Decimal(1),
        "values": _values(situation, plan.lines),
        "parcels": shipments,
        "splits": shipments - len(places),
        "cost_minor": plain(cost_of(situation, plan.lines).quantize(CENT)),
    }
    if (solved := plan.solved) is not None:
        figures["solver"] = {
            "status": solved.status,
            "gap": solved.gap,
            "greedy_cost_minor": plain(solved.greedy_cost_minor.quantize(CENT)),
            "is_greedy": solved.is_greedy,
        }
    return figures


def is_late(planned: Planned, situation: Situation) -> bool:
    """Whether a part of the line keeps waiting on the day it was promised for, or after."""
    due_on = planned.line.due_on
    return bool(planned.missing) and due_on is not None and due_on <= situation.today


def value_minor(line: OpenLine, quantity: Decimal) -> int:
    """What a part of the line is worth, rounded down to whole minor units."""
    worth = line.net_minor * quantity / line.quantity
    return int(worth.quantize(Decimal(1), rounding=ROUND_DOWN))


def _values(situation: Situation, planned: Iterable[Planned]) -> list[dict[str, Any]]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for each in planned:
        both = sums[situation.orders[each.line.order_id].currency]
        both[0] += value_minor(each.line, each.line.demanded)
        both[1] += value_minor(each.line, each.given)
    return [
        {"currency": currency, "demanded_minor": asked, "given_minor": given}
        for currency, (asked, given) in sorted(sums.items())
    ]

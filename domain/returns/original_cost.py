"""What goods that came back cost when they left: exactly what their shipment took with them. Goods
that no order tells count at what such goods are worth now."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.engine import Row

from domain.fulfilment.models import PickedSerial, ShipmentLine
from domain.inventory.models import SerialNumber
from domain.inventory.policy import Cost, value_at_average
from domain.inventory.valuation.kinds import Entered, Legs, Source, entered_legs, merged
from domain.inventory.valuation.returning import Returned, cost_of_issue, return_cost
from domain.kernel.work import Work
from domain.returns.policies.leaving import Left, shares_of

COST_OF_GOODS = "cost_of_goods"


@dataclass(frozen=True, slots=True)
class Costed:
    """What goods cost (minor units of their owner's currency), and the legs that say where that
    went, without what they cost no more."""

    cost_minor: int
    legs: Legs

    @property
    def whole_legs(self) -> Legs:
        """The legs of a journal."""
        return self.legs_against(COST_OF_GOODS)

    def legs_against(self, leg: str) -> Legs:
        """The legs of a journal that takes the cost from this one."""
        return merged(self.legs, ((leg, -self.cost_minor),))


async def put_back(
    work: Work, unit: Row[Any], order_line_id: int | None, disposed: Decimal
) -> Costed:
    """They are in stock again at what they cost; `disposed` of their order's line came before
    them. The balance is locked. Raises ReturnedMore."""
    parts = await _shipments(work, unit, order_line_id, disposed)
    returned = [
        Returned(
            unit.owner_id,
            unit.item_id,
            quantity,
            None if shipment_id is None else Source("shipment", shipment_id),
        )
        for shipment_id, quantity in parts
    ]
    entered: Sequence[Entered] = await return_cost(
        work, returned, source=Source("return_unit", unit.id)
    )
    return Costed(sum(each.value_minor for each in entered), entered_legs(entered))


async def gone_for(
    work: Work, unit: Row[Any], order_line_id: int | None, disposed: Decimal, *, leg: str
) -> Costed:
    """They do not come into stock: what they cost goes to this leg."""
    cost = 0
    for shipment_id, quantity in await _shipments(work, unit, order_line_id, disposed):
        if shipment_id is not None:
            cost += await _share(work, shipment_id, unit.item_id, quantity)
    return Costed(cost, ((leg, cost),))


async def _share(work: Work, shipment_id: int, item_id: int, quantity: Decimal) -> int:
    issues = await cost_of_issue(work, Source("shipment", shipment_id), [item_id])
    issue = issues.get(item_id)
    if issue is None:
        return 0
    return value_at_average(Cost(issue.quantity, issue.value_minor), quantity)


async def _shipments(
    work: Work, unit: Row[Any], order_line_id: int | None, disposed: Decimal
) -> Sequence[tuple[int | None, Decimal]]:
    """By which shipments the goods left: a piece by its own, others first in, first out."""
    if order_line_id is None:
        return [(None, unit.quantity)]
    if unit.serial is not None:
        own = await _of_piece(work, unit, order_line_id)
        if own is not None:
            return [(own, unit.quantity)]
    rows = await work.rows(
        select(ShipmentLine.shipment_id, ShipmentLine.quantity)
        .where(
            ShipmentLine.tenant_id == work.tenant_id, ShipmentLine.order_line_id == order_line_id
        )
        .order_by(ShipmentLine.id)
    )
    left = [Left(row.shipment_id, row.quantity) for row in rows]
    return shares_of(left, before=disposed, quantity=unit.quantity)


async def _of_piece(work: Work, unit: Row[Any], order_line_id: int) -> int | None:
    found: int | None = await work.value(
        select(PickedSerial.shipment_id)
        .join(
            SerialNumber,
            and_(
                SerialNumber.tenant_id == PickedSerial.tenant_id,
                SerialNumber.id == PickedSerial.serial_id,
            ),
        )
        .where(
            PickedSerial.tenant_id == work.tenant_id,
            SerialNumber.item_id == unit.item_id,
            SerialNumber.code == unit.serial,
            PickedSerial.shipment_id.is_not(None),
        )
        .order_by(PickedSerial.id.desc())
        .limit(1)
    )
    return found

"""What goods that came back cost when they left: exactly what their shipment took with them. Goods
that no order tells count at what such goods are worth now."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import and_, select

from domain.allocation.models import Allocation
from domain.fulfilment.models import FulfilmentLine, PickedSerial, ShipmentLine
from domain.inventory.models import SerialNumber
from domain.inventory.valuation.kinds import Entered, Legs, Source, entered_legs, merged
from domain.inventory.valuation.returning import Returned, return_cost, return_gone
from domain.kernel.work import Work
from domain.returns.policies.leaving import Left, shares_of
from domain.returns.unit_parts import UnitPart

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


async def put_back(work: Work, unit: UnitPart, order_line_id: int | None) -> Costed:
    """They are in stock again at what they cost. The balance is locked. Raises ReturnedMore."""
    returned = await _returned(work, unit, order_line_id)
    entered: Sequence[Entered] = await return_cost(
        work, returned, source=Source("return_unit", unit.id)
    )
    return Costed(sum(each.value_minor for each in entered), entered_legs(entered))


async def gone_for(work: Work, unit: UnitPart, order_line_id: int | None, *, leg: str) -> Costed:
    """They do not come into stock: what they cost goes to this leg. Raises ReturnedMore."""
    returned = await _returned(work, unit, order_line_id)
    source = Source("return_unit", unit.id)
    cost = sum(await return_gone(work, returned, leg=leg, source=source))
    return Costed(cost, ((leg, cost),))


async def _returned(work: Work, unit: UnitPart, order_line_id: int | None) -> list[Returned]:
    return [
        Returned(
            unit.owner_id,
            unit.item_id,
            quantity,
            None if shipment_id is None else Source("shipment", shipment_id),
        )
        for shipment_id, quantity in await _shipments(work, unit, order_line_id)
    ]


async def _shipments(
    work: Work, unit: UnitPart, order_line_id: int | None
) -> Sequence[tuple[int | None, Decimal]]:
    """By which shipments the seller's own goods left: a piece by its own, others first in, first
    out."""
    if order_line_id is None:
        return [(None, unit.quantity)]
    if unit.serial is not None:
        own = await _of_piece(work, unit)
        if own is not None:
            return [(own, unit.quantity)]
    rows = await work.rows(
        select(ShipmentLine.shipment_id, ShipmentLine.quantity)
        .join(
            FulfilmentLine,
            and_(
                FulfilmentLine.tenant_id == ShipmentLine.tenant_id,
                FulfilmentLine.id == ShipmentLine.fulfilment_line_id,
            ),
        )
        .join(
            Allocation,
            and_(
                Allocation.tenant_id == FulfilmentLine.tenant_id,
                Allocation.id == FulfilmentLine.allocation_id,
            ),
        )
        .where(
            ShipmentLine.tenant_id == work.tenant_id,
            ShipmentLine.order_line_id == order_line_id,
            ~Allocation.is_traded,
        )
        .order_by(ShipmentLine.id)
    )
    left = [Left(row.shipment_id, row.quantity) for row in rows]
    return shares_of(left, before=unit.before, quantity=unit.quantity)


async def _of_piece(work: Work, unit: UnitPart) -> int | None:
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

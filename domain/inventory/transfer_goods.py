"""What moves with a transfer: quantities as callers tell them, and balances beside each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.inventory.balances import Place, ensure_balances
from domain.inventory.goods import Goods, goods_of
from domain.inventory.lines import named_pieces
from domain.inventory.models import StockBalance
from domain.inventory.policy import AVAILABLE, ZERO
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.work import Work

FIT, DAMAGED = AVAILABLE, "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedLine:
    """What left of a line, or arrived: a quantity of a unit (the base unit if absent). `damaged`
    ones are part of an arrival. `serials` names every piece where the item has such, and
    `damaged_serials` those of them that are damaged."""

    line_number: int
    quantity: Decimal
    unit: str | None = None
    damaged: Decimal = ZERO
    serials: Sequence[str] = ()
    damaged_serials: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """What left of a line, or arrived, in base units, with the pieces where it has such."""

    quantity: Decimal = ZERO
    damaged: Decimal = ZERO
    has_pieces: bool = False
    serials: tuple[str, ...] = ()
    damaged_serials: tuple[str, ...] = ()

    def state_of(self, code: str) -> str:
        """The state in which a named piece came."""
        return DAMAGED if code in self.damaged_serials else FIT


async def moved_quantities(
    work: Work, planned: Sequence[Row[Any]], lines: Sequence[MovedLine]
) -> dict[int, Moved]:
    """What is told of each line, by its id. Raises NotFound, QuantityNotExact, and InvalidInput
    also when pieces are not named one by one."""
    by_number = {line.line_number: line for line in planned}
    goods = await goods_of(work, {line.item_id for line in planned})
    moved: dict[int, Moved] = {}
    for place, told in enumerate(lines):
        line = by_number.get(told.line_number)
        if line is None:
            raise NotFound("transfer line")
        if line.id in moved:
            raise InvalidInput("This line stands here twice.", path=("lines", place))
        moved[line.id] = _moved(goods[line.item_id], told, place)
    return moved


def _moved(goods: Goods, told: MovedLine, place: int) -> Moved:
    path = ("lines", place)
    quantity = goods.in_base(told.quantity, told.unit, path=(*path, "quantity"))
    damaged = goods.in_base(told.damaged, told.unit, path=(*path, "damaged"))
    if quantity < 0:
        raise InvalidInput("Must not be negative.", path=(*path, "quantity"))
    if not 0 <= damaged <= quantity:
        raise InvalidInput("Must be part of what arrived.", path=(*path, "damaged"))
    serials = named_pieces(told.serials, quantity, goods, path=path)
    broken = named_pieces(told.damaged_serials, damaged, goods, path=path, field="damaged_serials")
    if not set(broken) <= set(serials):
        message = "Must be among the pieces that arrived."
        raise InvalidInput(message, path=(*path, "damaged_serials"))
    return Moved(quantity, damaged, goods.tracking == "serial", serials, broken)


def named(moved: Moved) -> dict[str, Any]:
    """The pieces for the audit log; nothing where there are none."""
    return {"serials": list(moved.serials)} if moved.serials else {}


async def beside(
    work: Work, lines: Sequence[Row[Any]], location_id: int, owner_id: int
) -> dict[int, int]:
    """The balances of the same goods at another location, as this owner's, by the source's
    balance."""
    rows = await work.rows(
        select(
            StockBalance.id,
            StockBalance.item_id,
            StockBalance.condition,
            StockBalance.lot,
        ).where(
            StockBalance.tenant_id == work.tenant_id,
            StockBalance.id.in_([line.balance_id for line in lines]),
        )
    )
    places = {
        row.id: Place(row.item_id, location_id, owner_id, row.condition, row.lot) for row in rows
    }
    ids = await ensure_balances(work, list(places.values()))
    return {balance_id: ids[place] for balance_id, place in places.items()}


def note_transfer(
    work: Work,
    action: str,
    transfer: Row[Any],
    status: str,
    lines: Mapping[str, Any],
    reason: str | None = None,
) -> None:
    """Audit what was done with a transfer: its status, and the quantities of its lines by id."""
    work.audit(
        action,
        subject="transfer_order",
        subject_id=transfer.id,
        before={"status": transfer.status},
        after={"status": status, "lines": dict(lines)},
        reason=reason,
    )

"""How far stock may be corrected without anybody's yes is settled."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select, update

from domain.entities.models import Location
from domain.inventory.models import StockTolerance
from domain.kernel.errors import InvalidInput
from domain.kernel.governing import require_open
from domain.kernel.permissions import operation
from domain.kernel.records import require_record
from domain.kernel.turns import take_turn
from domain.kernel.work import Work

# As governance calls it.
KIND = "stock_tolerances"
_LIMITS = ("quantity", "percent", "value_minor")


@operation("inventory.manage")
async def set_stock_tolerance(
    work: Work,
    *,
    location_id: int | None = None,
    quantity: Decimal | None = None,
    percent: Decimal | None = None,
    value_minor: int | None = None,
) -> int:
    """Settle the tolerance of a location, or (without one) of all that have none of their own.

    A difference must keep every limit that is given: base units, percent of what was expected,
    minor units of the owner's currency. Gives the tolerance's id. Raises NotFound, InvalidInput,
    ChangeRequestRequired."""
    limits = {"quantity": quantity, "percent": percent, "value_minor": value_minor}
    require_limits(limits)
    await require_open(work, KIND)
    await require_record(work, Location.__table__, location_id, kind="location")
    await take_turn(work, "stock tolerances")
    before = await work.row(_of(location_id, select(*StockTolerance.__table__.c), work))
    if before is None:
        values = {"tenant_id": work.tenant_id, "location_id": location_id, **limits}
        tolerance_id = await work.value(
            insert(StockTolerance)
            .values(created_at=work.now, **values)
            .returning(StockTolerance.id)
        )
    else:
        tolerance_id = before.id
        changed = update(StockTolerance).values(**limits, version=StockTolerance.version + 1)
        await work.execute(_of(location_id, changed, work))
    work.audit(
        "set_stock_tolerance",
        subject="stock_tolerance",
        subject_id=tolerance_id,
        before=None if before is None else {name: getattr(before, name) for name in _LIMITS},
        after=limits,
    )
    return int(tolerance_id)


@operation("inventory.manage")
async def remove_stock_tolerance(work: Work, *, location_id: int | None = None) -> None:
    """Take a tolerance away: the standard holds for the location again; without a standard, every
    difference of a count or snapshot needs a yes. Raises ChangeRequestRequired."""
    await require_open(work, KIND)
    removed = await work.value(
        _of(location_id, delete(StockTolerance), work).returning(StockTolerance.id)
    )
    if removed is not None:
        work.audit("remove_stock_tolerance", subject="stock_tolerance", subject_id=removed)


def _of(location_id: int | None, statement: Any, work: Work) -> Any:
    return statement.where(
        StockTolerance.tenant_id == work.tenant_id,
        StockTolerance.location_id.is_not_distinct_from(location_id),
    )


def require_limits(limits: Mapping[str, Any]) -> None:
    """Raise InvalidInput unless at least one limit is given, and each is sensible."""
    given = {name: limit for name, limit in limits.items() if limit is not None}
    if not given:
        raise InvalidInput("Give at least one limit.", path=("quantity",))
    for name, limit in given.items():
        if not 0 <= limit <= 10**15 or (name == "percent" and limit > 10_000):
            raise InvalidInput("Must be between zero and a sensible number.", path=(name,))

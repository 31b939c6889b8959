"""What is done with goods that came back is decided, and done."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.inventory.policy import CONDITIONS as STOCK_CONDITIONS
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.returns.claims import add_to_lines, lock_sales
from domain.returns.disposing import dispose_of
from domain.returns.events import ReturnDisposed
from domain.returns.models import ReturnLine, ReturnUnit
from domain.returns.policies.states import DISPOSITIONS, disposition_problem, stock_condition
from domain.returns.rows import change_lines, lock_unit, note, settle, settle_receipt


@operation("returns.dispose")
async def dispose_return(
    work: Work,
    *,
    unit_id: int,
    kind: str,
    reason: str,
    condition_in_stock: str | None = None,
) -> int:
    """Do with a unit what is decided: restock, refurbish, quarantine, scrap, return_to_supplier,
    missing. The disposition's id.

    Into stock it comes at what it cost when it left; only what is restocked may be sold again at
    once. Raises NotFound, InvalidState (also for a unit that was disposed of), InvalidInput,
    ReturnedMore."""
    text.choice(kind, DISPOSITIONS, path=("kind",))
    reason = text.name(reason, path=("reason",))
    if condition_in_stock is not None:
        text.choice(condition_in_stock, STOCK_CONDITIONS, path=("condition_in_stock",))
    row, unit = await lock_unit(work, unit_id, allowed=("inspected",))
    problem = disposition_problem(kind, unit.condition)
    if problem is not None:
        raise InvalidInput(problem, path=("kind",))
    line = await _line(work, unit)
    sales = await lock_sales(work, [] if line.order_id is None else [line.order_id])
    disposition_id = await dispose_of(
        work,
        row,
        unit,
        line,
        sales,
        kind=kind,
        stock_condition=condition_in_stock or stock_condition(unit.condition),
        reason=reason,
    )
    await _count(work, unit, line)
    await settle_receipt(work, unit.receipt_id)
    status = await settle(work, row)
    _tell(work, row, unit, line, disposition_id, kind)
    note(
        work,
        "dispose_return",
        row,
        status=status,
        told={"unit_id": unit.id, "kind": kind, "quantity": unit.quantity},
        reason=reason,
    )
    return disposition_id


async def _line(work: Work, unit: Row[Any]) -> Row[Any]:
    row = await work.row(
        select(*ReturnLine.__table__.c).where(
            ReturnLine.tenant_id == work.tenant_id, ReturnLine.id == unit.line_id
        )
    )
    assert row is not None
    return row


async def _count(work: Work, unit: Row[Any], line: Row[Any]) -> None:
    await work.execute(
        update(ReturnUnit)
        .where(ReturnUnit.tenant_id == work.tenant_id, ReturnUnit.id == unit.id)
        .values(status="disposed", version=ReturnUnit.version + 1)
    )
    await change_lines(work, {line.id: {"disposed": line.disposed + unit.quantity}})
    if line.order_line_id is not None and unit.condition != "missing":
        await add_to_lines(work, {line.order_line_id: {"disposed": unit.quantity}})


def _tell(
    work: Work, row: Row[Any], unit: Row[Any], line: Row[Any], disposition_id: int, kind: str
) -> None:
    work.record(
        ReturnDisposed(
            aggregate_id=row.id,
            number=row.number,
            disposition_id=disposition_id,
            kind=kind,
            item_id=unit.item_id,
            item_ids=(unit.item_id,) if kind == "restock" else (),
            location_id=unit.location_id,
            quantity=f"{plain(unit.quantity):f}",
            order_id=line.order_id,
            order_line_id=line.order_line_id,
        )
    )

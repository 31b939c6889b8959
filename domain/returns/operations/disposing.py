"""What is done with goods that came back is decided, and done."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, select, update
from sqlalchemy.engine import Row

from domain.inventory.policy import CONDITIONS as STOCK_CONDITIONS
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.returns.booking import Disposed
from domain.returns.claims import add_to_lines, lock_sales
from domain.returns.disposing import dispose_of
from domain.returns.events import ReturnDisposed
from domain.returns.models import ReturnLine, ReturnUnit
from domain.returns.policies.states import DISPOSITIONS, disposition_problem, stock_condition
from domain.returns.rows import change_lines, lock_unit, note, settle, settle_receipt
from domain.returns.unit_parts import split_by_owner


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
    missing. The disposition's id; where the goods had several owners, each one's part becomes a
    unit with a disposition of its own, and that of what had been bought is what the trade agreement
    makes of it.

    Into stock it comes at what it cost when it left; only what is restocked may be sold again at
    once. Raises NotFound, InvalidState (also for a unit that was disposed of), InvalidInput,
    ReturnedMore."""
    reason = _sound(kind, reason, condition_in_stock)
    row, unit = await lock_unit(work, unit_id, allowed=("inspected",))
    problem = disposition_problem(kind, unit.condition)
    if problem is not None:
        raise InvalidInput(problem, path=("kind",))
    line = await _line(work, unit)
    sales = await lock_sales(work, [] if line.order_id is None else [line.order_id])
    before = sales.disposed(line.order_line_id)
    parts = await split_by_owner(work, unit, line.order_line_id, disposed=before, kind=kind)
    condition = condition_in_stock or stock_condition(unit.condition)
    disposed = await dispose_of(
        work, row, parts, line, kind=kind, stock_condition=condition, reason=reason
    )
    await _count(work, unit, line, disposed)
    await settle_receipt(work, unit.receipt_id)
    status = await settle(work, row)
    _tell(work, row, line, disposed)
    told = {"unit_id": unit.id, "kind": kind, "quantity": unit.quantity}
    note(work, "dispose_return", row, status=status, told=told, reason=reason)
    return next(each.id for each in disposed if each.becoming.part.id == unit.id)


def _sound(kind: str, reason: str, condition_in_stock: str | None) -> str:
    """The reason as it is kept."""
    text.choice(kind, DISPOSITIONS, path=("kind",))
    if condition_in_stock is not None:
        text.choice(condition_in_stock, STOCK_CONDITIONS, path=("condition_in_stock",))
    return text.name(reason, path=("reason",))


async def _line(work: Work, unit: Row[Any]) -> Row[Any]:
    row = await work.row(
        select(*ReturnLine.__table__.c).where(
            ReturnLine.tenant_id == work.tenant_id, ReturnLine.id == unit.line_id
        )
    )
    assert row is not None
    return row


async def _count(work: Work, unit: Row[Any], line: Row[Any], disposed: Sequence[Disposed]) -> None:
    """The units are done with, and whose their goods are now."""
    owners = {each.becoming.part.id: each.becoming.owner_id for each in disposed}
    await work.execute(
        update(ReturnUnit)
        .where(ReturnUnit.tenant_id == work.tenant_id, ReturnUnit.id.in_(sorted(owners)))
        .values(
            status="disposed",
            version=ReturnUnit.version + 1,
            owner_id=case(owners, value=ReturnUnit.id),
        )
    )
    await change_lines(work, {line.id: {"disposed": line.disposed + unit.quantity}})
    if line.order_line_id is not None and unit.condition != "missing":
        await add_to_lines(work, {line.order_line_id: {"disposed": unit.quantity}})


def _tell(work: Work, row: Row[Any], line: Row[Any], disposed: Sequence[Disposed]) -> None:
    for each in disposed:
        part, kind = each.becoming.part, each.becoming.kind
        work.record(
            ReturnDisposed(
                aggregate_id=row.id,
                number=row.number,
                disposition_id=each.id,
                kind=kind,
                item_id=part.item_id,
                item_ids=(part.item_id,) if kind == "restock" else (),
                location_id=part.location_id,
                quantity=f"{plain(part.quantity):f}",
                order_id=line.order_id,
                order_line_id=line.order_line_id,
            )
        )

"""The rows of returns: locked, changed, and what they say of how far a return has come."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.engine import Row

from domain.kernel.errors import InvalidState, NotFound
from domain.kernel.reading import Reader
from domain.kernel.records import lock_record
from domain.kernel.upserts import change_records
from domain.kernel.work import Work
from domain.returns.events import ReturnEnded
from domain.returns.models import (
    ReturnLine,
    ReturnReceipt,
    ReturnReplacement,
    ReturnRequest,
    ReturnUnit,
)
from domain.returns.policies.states import (
    APPROVED,
    CLOSED,
    ENDED,
    GOODS,
    MONEY,
    RECEIVING,
    LineState,
    is_done,
    receipt_status,
    request_actions,
)


async def lock_return(
    work: Work,
    return_id: int,
    *,
    allowed: Collection[str] | None = None,
    expected_version: int | None = None,
) -> Row[Any]:
    """The return, locked before orders and stock, as the caller may see it; from then on the work
    has the house's eyes. Raises NotFound, StaleVersion, InvalidState (state, allowed)."""
    row = await lock_record(
        work, ReturnRequest, return_id, kind="return", expected_version=expected_version
    )
    await work.see_as_house()
    if allowed is not None and row.status not in allowed:
        lines = [line_state(line) for line in await lines_of(work, return_id)]
        raise InvalidState(
            f"{row.number} is {row.status}.",
            state=row.status,
            allowed=request_actions(
                row.status, lines, pays=row.resolution in MONEY, may=work.principal.may
            ),
        )
    return row


async def lines_of(reader: Reader, return_id: int) -> list[Row[Any]]:
    """The return's lines in their order."""
    return list(
        await reader.rows(
            select(*ReturnLine.__table__.c)
            .where(ReturnLine.tenant_id == reader.tenant_id, ReturnLine.return_id == return_id)
            .order_by(ReturnLine.line_number)
        )
    )


def line_state(line: Any) -> LineState:
    """A line as the policies see it."""
    return LineState(
        status=line.status,
        quantity=line.quantity,
        received=line.received,
        accepted=line.accepted,
        disposed=line.disposed,
        credited=line.credited,
        given_up=line.given_up,
        replaced=line.replaced,
        earns=line.order_line_id is not None,
    )


async def change_lines(work: Work, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Write fields of lines of a locked return, by line id."""
    await change_records(work, ReturnLine, changes)


async def change_return(work: Work, return_id: int, **fields: Any) -> None:
    """Write fields of a locked return and raise its version."""
    await work.execute(
        update(ReturnRequest)
        .where(ReturnRequest.tenant_id == work.tenant_id, ReturnRequest.id == return_id)
        .values(**fields, version=ReturnRequest.version + 1)
    )


async def settle(work: Work, row: Row[Any]) -> str:
    """Bring an open return to the status that its lines say, and tell when it has ended. Gives the
    status. One that was closed by hand stays so."""
    if row.status in ENDED:
        return str(row.status)
    lines = [line_state(line) for line in await lines_of(work, row.id)]
    came = any(line.received or line.credited for line in lines)
    status = RECEIVING if came else APPROVED
    replaced = row.resolution not in GOODS or not await _waits_for_goods(work, row.id)
    if is_done(lines, pays=row.resolution in MONEY, replaced=replaced):
        status = CLOSED
    ended = {"ended_at": work.now} if status == CLOSED else {}
    await change_return(work, row.id, status=status, **ended)
    if ended:
        tell_end(work, row, status)
    return status


def tell_end(work: Work, row: Row[Any], status: str) -> None:
    """Say that a return has ended."""
    work.record(ReturnEnded(aggregate_id=row.id, number=row.number, status=status))


async def _waits_for_goods(work: Work, return_id: int) -> bool:
    waiting = exists().where(
        ReturnReplacement.tenant_id == work.tenant_id,
        ReturnReplacement.return_id == return_id,
        ReturnReplacement.status.in_(("requested", "due")),
    )
    return bool(await work.value(select(waiting)))


async def lock_unit(work: Work, unit_id: int, *, allowed: Collection[str]) -> tuple[Any, Any]:
    """A unit and its return, both locked, the return first. Raises NotFound, InvalidState."""
    return_id = await work.value(
        select(ReturnUnit.return_id).where(
            ReturnUnit.tenant_id == work.tenant_id, ReturnUnit.id == unit_id
        )
    )
    if return_id is None:
        raise NotFound("returned unit")
    row = await lock_record(work, ReturnRequest, return_id, kind="return")
    unit = await lock_record(work, ReturnUnit, unit_id, kind="returned unit")
    await work.see_as_house()
    if unit.status not in allowed:
        raise InvalidState(f"It is {unit.status}.", state=unit.status, allowed=[])
    return row, unit


async def settle_receipt(work: Work, receipt_id: int) -> str:
    """Bring a receipt to the status that its units say."""
    statuses = await work.values(
        select(ReturnUnit.status).where(
            ReturnUnit.tenant_id == work.tenant_id, ReturnUnit.receipt_id == receipt_id
        )
    )
    status = receipt_status(list(statuses))
    await work.execute(
        update(ReturnReceipt)
        .where(ReturnReceipt.tenant_id == work.tenant_id, ReturnReceipt.id == receipt_id)
        .values(status=status)
    )
    return status


def note(
    work: Work,
    action: str,
    row: Any,
    *,
    status: str,
    told: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Audit what was done to a return."""
    work.audit(
        action,
        subject="return",
        subject_id=row.id,
        before={"status": row.status},
        after={"status": status, **(told or {})},
        reason=reason,
    )


def order_ids_of(lines: Sequence[Any]) -> list[int]:
    """The orders that lines are of."""
    return sorted({line.order_id for line in lines if line.order_id is not None})

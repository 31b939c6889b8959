"""The rows of purchase orders: locked, written, and what they say of how far an order has come."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.engine import Row

from domain.inventory.purchase_supply import BoughtLine
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.grouping import grouped
from domain.kernel.reading import Reader
from domain.kernel.records import lock_record
from domain.kernel.upserts import change_records
from domain.kernel.work import Work
from domain.procurement.events import PurchaseOrderEnded
from domain.procurement.models import (
    PurchaseConfirmationLine,
    PurchaseOrder,
    PurchaseOrderLine,
)
from domain.procurement.policies.states import LineState, Pending, actions, status_of

KIND = "purchase order"


async def lock_order(
    work: Work, order_id: int, *, allowed: Collection[str], expected_version: int | None = None
) -> Row[Any]:
    """The order, locked before any balance, as the caller may see it.

    Raises NotFound, StaleVersion, InvalidState (state, allowed)."""
    row = await lock_record(
        work, PurchaseOrder, order_id, kind=KIND, expected_version=expected_version
    )
    if row.status not in allowed:
        pending = Pending(await has_proposal(work, order_id), bool(row.cancellation_asked_at))
        raise InvalidState(
            f"{row.number} is {row.status.replace('_', ' ')}.",
            state=row.status,
            allowed=actions(row.status, pending, may=work.principal.may),
        )
    return row


async def has_proposal(reader: Reader, order_id: int) -> bool:
    """Whether something of the order waits for the buyer's word."""
    waiting = exists().where(
        PurchaseConfirmationLine.tenant_id == reader.tenant_id,
        PurchaseConfirmationLine.order_id == order_id,
        PurchaseConfirmationLine.status == "proposed",
    )
    return bool(await reader.value(select(waiting)))


async def lines_of(reader: Reader, order_id: int) -> list[Row[Any]]:
    """The order's lines in their order."""
    return (await lines_of_orders(reader, [order_id]))[order_id]


async def lines_of_orders(reader: Reader, order_ids: Collection[int]) -> dict[int, list[Row[Any]]]:
    """The lines of each order in their order. One statement."""
    rows = await reader.rows(
        select(*PurchaseOrderLine.__table__.c)
        .where(
            PurchaseOrderLine.tenant_id == reader.tenant_id,
            PurchaseOrderLine.order_id.in_(order_ids),
        )
        .order_by(PurchaseOrderLine.order_id, PurchaseOrderLine.line_number)
    )
    return grouped(order_ids, rows, key="order_id")


def lines_named(
    lines: Sequence[Row[Any]], numbers: Iterable[int], *, once: bool = True
) -> list[Row[Any]]:
    """The lines with these numbers, in the order asked. Raises InvalidInput for one that is not
    there, or is named twice where each is named once."""
    by_number = {line.line_number: line for line in lines}
    found: list[Row[Any]] = []
    for place, number in enumerate(numbers):
        path = ("lines", place, "line_number")
        if number not in by_number:
            raise InvalidInput(f"The order has no line {number}.", path=path)
        if once and by_number[number] in found:
            raise InvalidInput(f"Line {number} is named twice.", path=path)
        found.append(by_number[number])
    return found


def bought(order: Row[Any], lines: Iterable[Row[Any]]) -> list[BoughtLine]:
    """The lines as supply needs to know them."""
    return [
        BoughtLine(
            line_id=line.id,
            item_id=line.item_id,
            location_id=order.location_id,
            owner_id=order.entity_id,
            supplier_id=order.supplier_id,
        )
        for line in lines
    ]


def states_of(
    lines: Iterable[Row[Any]], changes: Mapping[int, Mapping[str, Any]] | None = None
) -> list[LineState]:
    """What became of lines, with changes (fields by line id) that are about to be written."""
    names = ("quantity", "confirmed", "shipped", "received", "cancelled")
    return [
        LineState(
            **{
                name: (changes or {}).get(line.id, {}).get(name, getattr(line, name))
                for name in names
            }
        )
        for line in lines
    ]


async def settle(
    work: Work,
    order: Row[Any],
    lines: Sequence[Row[Any]],
    changes: Mapping[int, Mapping[str, Any]],
    **fields: Any,
) -> str:
    """Write what changed of lines (fields by line id) and of the order; its status follows from
    its lines unless one is given. That it has ended is told. Gives the status."""
    await change_records(work, PurchaseOrderLine, changes)
    status: str = fields.pop("status", None) or status_of(states_of(lines, changes))
    ended = {} if status_is_open(status) else {"ended_at": work.now}
    await change_order(work, order.id, status=status, **ended, **fields)
    if ended:
        await _supersede_proposals(work, order.id)
        work.record(
            PurchaseOrderEnded(
                aggregate_id=order.id,
                number=order.number,
                supplier_id=order.supplier_id,
                status=status,
            )
        )
    return status


async def _supersede_proposals(work: Work, order_id: int) -> None:
    await work.execute(
        update(PurchaseConfirmationLine)
        .where(
            PurchaseConfirmationLine.tenant_id == work.tenant_id,
            PurchaseConfirmationLine.order_id == order_id,
            PurchaseConfirmationLine.status == "proposed",
        )
        .values(status="superseded")
    )


def status_is_open(status: str) -> bool:
    """Whether something may still come of an order of this status."""
    return status not in ("received", "closed", "cancelled")


async def change_order(work: Work, order_id: int, **fields: Any) -> None:
    """Write fields of a locked order and raise its version."""
    await work.execute(
        update(PurchaseOrder)
        .where(PurchaseOrder.tenant_id == work.tenant_id, PurchaseOrder.id == order_id)
        .values(**fields, version=PurchaseOrder.version + 1)
    )


def note(
    work: Work,
    action: str,
    order: Row[Any],
    *,
    status: str,
    told: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Audit what was done to an order."""
    work.audit(
        action,
        subject="purchase_order",
        subject_id=order.id,
        before={"status": order.status},
        after={"status": status, **(told or {})},
        reason=reason,
    )

"""Purchase orders, and what hangs on them; a supplier sees its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, exists, select
from sqlalchemy.engine import Row

from domain.inventory.policies.purchases import ComingPart, Parts
from domain.inventory.purchase_supply import parts_of_lines
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.procurement.models import (
    PurchaseConfirmation,
    PurchaseConfirmationLine,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseReceipt,
    PurchaseReceiptLine,
    ShipNotice,
    ShipNoticeLine,
)

LATEST_FIRST = Ordering((PurchaseOrder.id,), descending=True)
_PROPOSAL_WAITS = (
    exists()
    .where(
        PurchaseConfirmationLine.tenant_id == PurchaseOrder.tenant_id,
        PurchaseConfirmationLine.order_id == PurchaseOrder.id,
        PurchaseConfirmationLine.status == "proposed",
    )
    .correlate(PurchaseOrder)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderFilter:
    """Which orders; what is None does not narrow. `proposal_waits`: with something that the buyer
    has to decide, or without."""

    status: str | None = None
    supplier_id: int | None = None
    location_id: int | None = None
    number: str | None = None
    proposal_waits: bool | None = None


@query("procurement.read")
async def purchase_orders(
    reader: Reader,
    *,
    where: PurchaseOrderFilter,
    ordering: Ordering = LATEST_FIRST,
    request: PageRequest,
) -> Listing:
    """A page of orders, the latest first, each with whether a proposal waits (proposal_waits)."""
    statement = all_orders(reader)
    for column, wanted in (
        (PurchaseOrder.status, where.status),
        (PurchaseOrder.supplier_id, where.supplier_id),
        (PurchaseOrder.location_id, where.location_id),
        (PurchaseOrder.number, where.number),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if where.proposal_waits is not None:
        waits = _PROPOSAL_WAITS
        statement = statement.where(waits if where.proposal_waits else ~waits)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("procurement.read")
async def purchase_orders_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The orders with these ids; an id of none that the caller may see is left out."""
    rows = await reader.rows(all_orders(reader).where(PurchaseOrder.id.in_(ids)))
    return {row.id: row for row in rows}


def all_orders(reader: Reader) -> Select[Any]:
    """Orders, each with whether a proposal waits for the buyer (proposal_waits)."""
    return select(*PurchaseOrder.__table__.c, _PROPOSAL_WAITS.label("proposal_waits")).where(
        PurchaseOrder.tenant_id == reader.tenant_id
    )


@query("procurement.read")
async def lines_of_orders(reader: Reader, *, order_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The lines of each order in their order, each with its order's currency."""
    rows = await reader.rows(
        select(*PurchaseOrderLine.__table__.c, PurchaseOrder.currency)
        .join(
            PurchaseOrder,
            and_(
                PurchaseOrder.tenant_id == PurchaseOrderLine.tenant_id,
                PurchaseOrder.id == PurchaseOrderLine.order_id,
            ),
        )
        .where(
            PurchaseOrderLine.tenant_id == reader.tenant_id,
            PurchaseOrderLine.order_id.in_(order_ids),
        )
        .order_by(PurchaseOrderLine.order_id, PurchaseOrderLine.line_number)
    )
    return grouped(order_ids, rows, key="order_id")


@query("procurement.read")
async def coming_of_lines(reader: Reader, *, line_ids: Sequence[int]) -> dict[int, Parts]:
    """What of each line is to come and when, the earliest first; none of a line that the caller
    may not see."""
    seen = await reader.values(
        select(PurchaseOrderLine.id).where(
            PurchaseOrderLine.tenant_id == reader.tenant_id, PurchaseOrderLine.id.in_(line_ids)
        )
    )
    # Supply is the house's; of its own lines a supplier is told what is to come.
    async with reader.house() as house:
        found = await parts_of_lines(house, seen)
    nothing: list[ComingPart] = []
    return {line_id: found.get(line_id, nothing) for line_id in line_ids}


@query("procurement.read")
async def confirmations_of_orders(
    reader: Reader, *, order_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The confirmations of each order, the first first."""
    rows = await reader.rows(
        select(*PurchaseConfirmation.__table__.c)
        .where(
            PurchaseConfirmation.tenant_id == reader.tenant_id,
            PurchaseConfirmation.order_id.in_(order_ids),
        )
        .order_by(PurchaseConfirmation.order_id, PurchaseConfirmation.number)
    )
    return grouped(order_ids, rows, key="order_id")


@query("procurement.read")
async def lines_of_confirmations(
    reader: Reader, *, confirmation_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The lines of each confirmation, with line_number, unit, base_unit and currency of the
    order's line."""
    table = PurchaseConfirmationLine
    rows = await reader.rows(
        _with_line(table, reader)
        .where(table.confirmation_id.in_(confirmation_ids))
        .order_by(table.confirmation_id, table.id)
    )
    return grouped(confirmation_ids, rows, key="confirmation_id")


@query("procurement.read")
async def notices_of_orders(
    reader: Reader, *, order_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The ship notices of each order, the first first."""
    rows = await reader.rows(
        select(*ShipNotice.__table__.c)
        .where(ShipNotice.tenant_id == reader.tenant_id, ShipNotice.order_id.in_(order_ids))
        .order_by(ShipNotice.order_id, ShipNotice.id)
    )
    return grouped(order_ids, rows, key="order_id")


@query("procurement.read")
async def lines_of_notices(
    reader: Reader, *, notice_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The lines of each ship notice, as of confirmations."""
    rows = await reader.rows(
        _with_line(ShipNoticeLine, reader)
        .where(ShipNoticeLine.notice_id.in_(notice_ids))
        .order_by(ShipNoticeLine.notice_id, ShipNoticeLine.id)
    )
    return grouped(notice_ids, rows, key="notice_id")


@query("procurement.read")
async def receipts_of_orders(
    reader: Reader, *, order_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The receipts of each order, the first first, each with its notice's number (or None)."""
    rows = await reader.rows(
        select(*PurchaseReceipt.__table__.c, ShipNotice.number.label("notice_number"))
        .outerjoin(
            ShipNotice,
            and_(
                ShipNotice.tenant_id == PurchaseReceipt.tenant_id,
                ShipNotice.id == PurchaseReceipt.notice_id,
            ),
        )
        .where(
            PurchaseReceipt.tenant_id == reader.tenant_id,
            PurchaseReceipt.order_id.in_(order_ids),
        )
        .order_by(PurchaseReceipt.order_id, PurchaseReceipt.id)
    )
    return grouped(order_ids, rows, key="order_id")


@query("procurement.read")
async def lines_of_receipts(
    reader: Reader, *, receipt_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The lines of each receipt, as of confirmations."""
    rows = await reader.rows(
        _with_line(PurchaseReceiptLine, reader)
        .where(PurchaseReceiptLine.receipt_id.in_(receipt_ids))
        .order_by(PurchaseReceiptLine.receipt_id, PurchaseReceiptLine.id)
    )
    return grouped(receipt_ids, rows, key="receipt_id")


def _with_line(table: Any, reader: Reader) -> Select[Any]:
    """Rows that name an order's line, with what of it they are shown by."""
    return (
        select(
            *table.__table__.c,
            PurchaseOrderLine.line_number,
            PurchaseOrderLine.unit,
            PurchaseOrderLine.item_id,
            PurchaseOrder.currency,
            PurchaseOrderLine.base_unit,
        )
        .select_from(table)
        .join(
            PurchaseOrderLine,
            and_(
                PurchaseOrderLine.tenant_id == table.tenant_id,
                PurchaseOrderLine.id == table.line_id,
            ),
        )
        .join(
            PurchaseOrder,
            and_(PurchaseOrder.tenant_id == table.tenant_id, PurchaseOrder.id == table.order_id),
        )
        .where(table.tenant_id == reader.tenant_id)
    )

"""What was bought and came, as suppliers' invoices are held against it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from sqlalchemy import BigInteger, and_, func, select
from sqlalchemy.engine import Row

from domain.finance.models import SupplierInvoice, SupplierInvoiceLine
from domain.finance.policies.matching import ZERO, Bought
from domain.kernel.money import exponent
from domain.kernel.reading import Reader
from domain.procurement.models import PurchaseOrderLine, PurchaseReceipt, PurchaseReceiptLine


@dataclass(frozen=True, slots=True)
class Came:
    """What of a line came by one stock document and on which day, and stands at, in minor units."""

    document_id: int
    quantity: Decimal
    value_minor: int
    on: date


@dataclass(frozen=True, slots=True)
class BoughtLine:
    """A line of an order with its row, what it is held against, and by which documents it came."""

    row: Row[Any]
    bought: Bought
    came: tuple[Came, ...]


async def bought_lines(
    reader: Reader, line_ids: Collection[int], *, currency: str, but: int | None = None
) -> dict[int, BoughtLine]:
    """Lines of orders in `currency` by their ids; what was billed of them before, apart from the
    supplier's invoice `but`. The order is locked by the caller."""
    rows = await reader.rows(
        select(*PurchaseOrderLine.__table__.c).where(
            PurchaseOrderLine.tenant_id == reader.tenant_id, PurchaseOrderLine.id.in_(line_ids)
        )
    )
    prices = {row.id: _unit_minor(row, currency) for row in rows}
    came: dict[int, list[Came]] = defaultdict(list)
    for receipt in await _receipts(reader, line_ids):
        value = _value(receipt.quantity, prices[receipt.line_id])
        came[receipt.line_id].append(
            Came(receipt.document_id, receipt.quantity, value, receipt.received_on)
        )
    billed = {row.purchase_line_id: row for row in await _billed(reader, line_ids, but)}
    return {
        row.id: BoughtLine(
            row, _bought(came[row.id], billed.get(row.id), prices[row.id]), tuple(came[row.id])
        )
        for row in rows
    }


def _bought(came: Sequence[Came], billed: Row[Any] | None, unit_minor: Decimal) -> Bought:
    return Bought(
        received=sum((each.quantity for each in came), ZERO),
        received_minor=sum(each.value_minor for each in came),
        billed=ZERO if billed is None else billed.quantity or ZERO,
        billed_received_minor=0 if billed is None else billed.received_minor,
        unit_minor=unit_minor,
    )


def _unit_minor(row: Row[Any], currency: str) -> Decimal:
    """The order's price of one base unit, in minor units."""
    with localcontext() as context:
        context.prec = 60
        price: Decimal = row.unit_price * row.quantity_ordered / row.quantity
        return price.scaleb(exponent(currency))


def _value(quantity: Decimal, unit_minor: Decimal) -> int:
    """As the receipt was booked: half up."""
    with localcontext() as context:
        context.prec = 60
        return int((quantity * unit_minor).to_integral_value(rounding=ROUND_HALF_UP))


async def _receipts(reader: Reader, line_ids: Collection[int]) -> Sequence[Row[Any]]:
    line = PurchaseReceiptLine
    return await reader.rows(
        select(
            line.line_id, line.quantity, PurchaseReceipt.document_id, PurchaseReceipt.received_on
        )
        .join(
            PurchaseReceipt,
            and_(
                PurchaseReceipt.tenant_id == line.tenant_id, PurchaseReceipt.id == line.receipt_id
            ),
        )
        .where(line.tenant_id == reader.tenant_id, line.line_id.in_(line_ids))
        .order_by(line.id)
    )


async def _billed(reader: Reader, line_ids: Collection[int], but: int | None) -> Sequence[Row[Any]]:
    line = SupplierInvoiceLine
    statement = (
        select(
            line.purchase_line_id,
            func.sum(line.quantity).filter(line.kind != "price").label("quantity"),
            func.sum(line.received_minor).cast(BigInteger).label("received_minor"),
        )
        .join(
            SupplierInvoice,
            and_(
                SupplierInvoice.tenant_id == line.tenant_id,
                SupplierInvoice.id == line.supplier_invoice_id,
            ),
        )
        .where(
            line.tenant_id == reader.tenant_id,
            line.purchase_line_id.in_(line_ids),
            SupplierInvoice.status.in_(("booked", "credited")),
        )
        .group_by(line.purchase_line_id)
    )
    if but is not None:
        statement = statement.where(SupplierInvoice.id != but)
    return await reader.rows(statement)

"""Billing: at shipment, at delivery, for a period, or by hand."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from domain.entities.models import Party
from domain.finance.billing import bill_shipments
from domain.finance.outcomes import NothingToBill
from domain.finance.policies.terms import DELIVERY, PERIOD, SHIPMENT, period_begin
from domain.finance.prepaying import note_prepayments
from domain.finance.terms import terms_of
from domain.fulfilment.models import Shipment
from domain.kernel.errors import NotFound
from domain.kernel.permissions import operation
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.orders.models import SalesOrder

# So many shipments are billed in one transaction of the periodic run.
PERIOD_PART = 500


@operation("finance.invoice")
async def bill_order(work: Work, *, order_id: int) -> list[int]:
    """Bill at once whatever of an order has left and was not billed; the invoices' ids.

    Raises NotFound, NothingToBill, ExchangeRateMissing."""
    order = select(SalesOrder.id).where(
        SalesOrder.tenant_id == work.tenant_id, SalesOrder.id == order_id
    )
    if await work.value(order) is None:
        raise NotFound("order")
    shipments = select(Shipment.id).where(
        Shipment.tenant_id == work.tenant_id, Shipment.order_id == order_id
    )
    invoices = await bill_shipments(work, await work.values(shipments), together=True)
    if not invoices:
        raise NothingToBill("Nothing of it has left that was not billed.")
    return invoices


@operation("finance.invoice")
async def bill_on_occasion(work: Work, *, shipment_id: int, occasion: str) -> list[int]:
    """Bill a shipment that has left ("shipment") or was delivered ("delivery"), if its customer
    is billed then, or should have been before; the invoices' ids. However often it is told, it is
    billed once."""
    shipment = await _billed_of(work, shipment_id)
    if shipment is None:
        return []
    entity_ids = [shipment.entity_id]
    party_ids = [] if shipment.party_id is None else [shipment.party_id]
    terms = await terms_of(work, party_ids=party_ids, entity_ids=entity_ids)
    agreed = terms.occasion(shipment.party_id, shipment.entity_id)
    # The terms may be others than when it left: at the last occasion whatever is due is billed.
    if agreed == PERIOD or (agreed == DELIVERY and occasion == SHIPMENT):
        return []
    return await bill_shipments(work, [shipment_id])


@operation("finance.invoice")
async def bill_periods(work: Work) -> int:
    """Bill what left in periods that are over, of customers who are billed by the period: one
    invoice for each customer, entity and currency. A part in one transaction; gives how many
    shipments it billed."""
    candidates = await _of_periods(work)
    if not candidates:
        return 0
    customers: dict[Any, list[int]] = defaultdict(list)
    for row in candidates:
        customers[row.entity_id, row.party_id, row.currency].append(row.id)
    part: list[int] = []
    for ids in customers.values():
        if part and len(part) + len(ids) > PERIOD_PART:
            break
        part += ids
    await bill_shipments(work, part, together=True)
    return len(part)


@operation("finance.pay")
async def note_paid_order(work: Work, *, order_id: int) -> None:
    """Record what the order's channel says was paid of it: on the channel's clearing account, once;
    what is billed of the order is settled with it."""
    await note_prepayments(work, [order_id])


async def _billed_of(reader: Reader, shipment_id: int) -> Row[Any] | None:
    return await reader.row(_unbilled(reader).where(Shipment.id == shipment_id))


async def _of_periods(work: Work) -> Sequence[Row[Any]]:
    """Unbilled shipments of earlier days whose customer is billed by the period, and whose period
    is over: every customer whole."""
    today = work.now.date()
    begins = datetime.combine(today, time.min, tzinfo=UTC)
    rows = await work.rows(
        _unbilled(work)
        .where(Shipment.shipped_at < begins, Shipment.owed_minor > 0)
        .order_by(Shipment.id)
    )
    terms = await terms_of(
        work,
        party_ids={row.party_id for row in rows if row.party_id is not None},
        entity_ids={row.entity_id for row in rows},
    )
    return [
        row
        for row in rows
        if terms.occasion(row.party_id, row.entity_id) == PERIOD
        and row.shipped_at.astimezone(UTC).date()
        < period_begin(today, terms.every(row.party_id, row.entity_id))
    ]


def _unbilled(reader: Reader) -> Any:
    return (
        select(
            Shipment.id,
            Shipment.shipped_at,
            SalesOrder.entity_id,
            SalesOrder.currency,
            func.coalesce(Party.bill_to_id, SalesOrder.party_id).label("party_id"),
        )
        .join(
            SalesOrder,
            (SalesOrder.tenant_id == Shipment.tenant_id) & (SalesOrder.id == Shipment.order_id),
        )
        .outerjoin(
            Party,
            (Party.tenant_id == SalesOrder.tenant_id) & (Party.id == SalesOrder.party_id),
        )
        .where(Shipment.tenant_id == reader.tenant_id, Shipment.invoice_id.is_(None))
    )

"""What left and is to be billed: shipments, their lines, and what they stand at in the books."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, and_, func, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.entities.models import Party
from domain.fulfilment.models import Shipment, ShipmentLine
from domain.kernel.grouping import grouped
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.ledger.models import Journal, JournalLine
from domain.orders.models import SalesOrder, SalesOrderLine

# Where taxes are the channel's own affair: what it says of them counts, be it nothing.
TAXING_CHANNELS = ("storefront", "marketplace")


@dataclass(frozen=True, slots=True)
class Billable:
    """A shipment with its order (one row), its lines, and what it stands at in the books as
    shipped and not invoiced, in minor units of the entity's currency."""

    row: Row[Any]
    lines: Sequence[Row[Any]]
    base_minor: int

    @property
    def billed_party_id(self) -> int | None:
        """Who is billed: whoever the customer names for it, else the customer."""
        party: int | None = self.row.bill_to_id or self.row.party_id
        return party

    @property
    def has_given_taxes(self) -> bool:
        """Whether its taxes are those that came with the order."""
        return bool(self.row.tax_minor) or self.row.channel_kind in TAXING_CHANNELS


async def lock_unbilled(work: Work, shipment_ids: Collection[int]) -> list[int]:
    """Of these shipments those that are still to be billed, locked in the order of their ids."""
    return list(
        await work.values(
            select(Shipment.id)
            .where(
                Shipment.tenant_id == work.tenant_id,
                Shipment.id.in_(shipment_ids),
                Shipment.invoice_id.is_(None),
                Shipment.owed_minor > 0,
            )
            .order_by(Shipment.id)
            .with_for_update()
        )
    )


async def billables_of(reader: Reader, shipment_ids: Sequence[int]) -> list[Billable]:
    """What there is to bill of shipments, in the order of their ids."""
    rows = await _shipments(reader, shipment_ids)
    lines = grouped(shipment_ids, await _lines(reader, shipment_ids), key="shipment_id")
    bases = await _bases(reader, shipment_ids)
    return [Billable(row, lines[row.id], bases.get(row.id, 0)) for row in rows]


async def _shipments(reader: Reader, ids: Sequence[int]) -> Sequence[Row[Any]]:
    return await reader.rows(
        select(
            Shipment.id,
            Shipment.number,
            Shipment.order_id,
            Shipment.location_id,
            Shipment.shipping_minor,
            Shipment.owed_minor,
            SalesOrder.number.label("order_number"),
            SalesOrder.entity_id,
            SalesOrder.party_id,
            SalesOrder.channel_id,
            SalesOrder.currency,
            SalesOrder.tax_minor,
            SalesOrder.ship_to,
            Channel.kind.label("channel_kind"),
            Party.bill_to_id,
        )
        .join(SalesOrder, _same(SalesOrder, Shipment.tenant_id, Shipment.order_id))
        .join(Channel, _same(Channel, SalesOrder.tenant_id, SalesOrder.channel_id))
        .outerjoin(Party, _same(Party, SalesOrder.tenant_id, SalesOrder.party_id))
        .where(Shipment.tenant_id == reader.tenant_id, Shipment.id.in_(ids))
        .order_by(Shipment.id)
    )


async def _lines(reader: Reader, ids: Sequence[int]) -> Sequence[Row[Any]]:
    line = ShipmentLine
    return await reader.rows(
        select(
            line.id,
            line.shipment_id,
            line.order_line_id,
            line.item_id,
            line.quantity,
            line.revenue_minor,
            line.tax_minor,
            func.coalesce(SalesOrderLine.description, Item.name).label("description"),
            Item.item_group,
        )
        .join(SalesOrderLine, _same(SalesOrderLine, line.tenant_id, line.order_line_id))
        .join(Item, _same(Item, line.tenant_id, line.item_id))
        .where(line.tenant_id == reader.tenant_id, line.shipment_id.in_(ids))
        .order_by(line.shipment_id, line.id)
    )


async def _bases(reader: Reader, ids: Sequence[int]) -> dict[int, int]:
    total = func.sum(JournalLine.base_amount_minor).cast(BigInteger).label("base")
    rows = await reader.rows(
        select(Journal.source_id, total)
        .join(JournalLine, _same_journal())
        .where(
            Journal.tenant_id == reader.tenant_id,
            Journal.source_kind == "shipment",
            Journal.source_id.in_(ids),
            JournalLine.leg == "unbilled",
        )
        .group_by(Journal.source_id)
    )
    return {row.source_id: row.base for row in rows}


def _same_journal() -> Any:
    return and_(JournalLine.tenant_id == Journal.tenant_id, JournalLine.journal_id == Journal.id)


def _same(table: Any, tenant: Any, row_id: Any) -> Any:
    return and_(table.tenant_id == tenant, table.id == row_id)

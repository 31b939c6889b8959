"""What another entity of the company sells to it, under names that carry a mark."""

from datetime import date
from decimal import Decimal

from domain.allocation.operations.place_order import place_order
from domain.allocation.ordering import OrderedLine
from domain.catalog.operations.items import create_item
from domain.entities.operations.legal_entities import create_legal_entity
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.intercompany.operations.agreements import agree_trade
from domain.intercompany.operations.settling import pay_debt
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.operations.transferring import WantedTransferLine, create_transfer
from domain.kernel.work import Work


async def trade_with_affiliate(
    work: Work,
    mark: str,
    *,
    entity: int,
    sites: tuple[int, int],
    channel: int,
    parties: tuple[int, int],
) -> None:
    """An agreement, an order of each party that is bought under it, of which one is shipped and
    partly paid, and goods that are to become the entity's."""
    affiliate = await create_legal_entity(
        work, code=f"{mark}-AF", name=f"{mark} affiliate", country="AT", currency="EUR"
    )
    item = await create_item(work, sku=f"{mark}-AFFILIATED", name=f"{mark} item", base_unit="EA")
    await agree_trade(
        work,
        supplier_id=affiliate,
        buyer_id=entity,
        effective_from=date(2026, 1, 1),
        currency="EUR",
        percent=Decimal(10),
        tax_code=f"{mark}-TAX",
        prices={item: Decimal(3)},
    )
    line = ReceiptLine(item_id=item, quantity=Decimal(20), unit_cost=Decimal(2))
    await receive_stock(work, location_id=sites[0], owner_id=affiliate, lines=[line])
    for party in parties:
        wanted = OrderedLine(item_id=item, quantity=Decimal(2), unit="EA", unit_price=Decimal(9))
        placed = await place_order(work, channel_id=channel, party_id=party, lines=[wanted])
        if party == parties[0]:
            await _ship(work, mark, placed.order_id)
    await pay_debt(
        work,
        creditor_id=affiliate,
        debtor_id=entity,
        currency="EUR",
        amount_minor=100,
        reference=f"{mark}-PAID",
    )
    await create_transfer(
        work,
        source_id=sites[0],
        destination_id=sites[1],
        owner_id=affiliate,
        buyer_id=entity,
        lines=[WantedTransferLine(item_id=item, quantity=Decimal(1))],
        reason=f"{mark} stock for the entity",
    )


async def _ship(work: Work, mark: str, order_id: int) -> None:
    for fulfilment_id in await release_order(work, order_id=order_id):
        await record_pick(work, fulfilment_order_id=fulfilment_id)
        await pack_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
        await ship_fulfilment_order(
            work, fulfilment_order_id=fulfilment_id, carrier=f"{mark} express"
        )

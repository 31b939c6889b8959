"""What a company buys, under names that carry a mark."""

from datetime import timedelta
from decimal import Decimal

from domain.kernel.work import Work
from domain.procurement.answering import AnsweredLine, PromisedPart
from domain.procurement.arriving import ReceivedPurchaseLine
from domain.procurement.drafts import WantedPurchaseLine
from domain.procurement.operations.confirming import confirm_purchase_order
from domain.procurement.operations.ordering import create_purchase_order, send_purchase_order
from domain.procurement.operations.receiving import receive_purchase_order
from domain.procurement.operations.shipping import SentLine, ship_purchase_order


async def buy(
    work: Work, mark: str, *, sites: tuple[int, int], suppliers: tuple[int, int], items: list[int]
) -> None:
    """Of each supplier a draft, an order that was just sent, and one that partly came."""
    for site, supplier, item in zip(sites, suppliers, items, strict=True):
        for step in range(3):
            order_id = await _order(work, f"{mark}-{supplier}-{step}", site, supplier, item)
            if step:
                await send_purchase_order(work, order_id=order_id)
        await _live_through(work, mark, order_id)


async def _order(work: Work, name: str, site: int, supplier: int, item: int) -> int:
    line = WantedPurchaseLine(
        item_id=item,
        quantity=Decimal(40),
        unit_price=Decimal("2.50"),
        wanted_on=work.now.date() + timedelta(days=9),
    )
    return await create_purchase_order(
        work,
        supplier_id=supplier,
        location_id=site,
        lines=[line],
        external_reference=name,
        note_to_supplier=f"{name} please",
    )


async def _live_through(work: Work, mark: str, order_id: int) -> None:
    day = work.now.date() + timedelta(days=20)
    await ship_purchase_order(
        work,
        order_id=order_id,
        number=f"{mark}-ASN",
        expected_on=day,
        lines=[SentLine(line_number=1, quantity=Decimal(10), lot=f"{mark}-LOT")],
        carrier=f"{mark} express",
        tracking_number=f"{mark}-TRACK",
    )
    parts = [PromisedPart(quantity=Decimal(30), delivers_on=day)]
    await confirm_purchase_order(
        work,
        order_id=order_id,
        lines=[AnsweredLine(line_number=1, parts=parts)],
        external_reference=f"{mark}-ANSWER",
        note_to_buyer=f"{mark} later",
    )
    await receive_purchase_order(
        work,
        order_id=order_id,
        lines=[ReceivedPurchaseLine(line_number=1, quantity=Decimal(8), damaged=Decimal(1))],
        ship_notice=f"{mark}-ASN",
        comment=f"{mark} came",
    )

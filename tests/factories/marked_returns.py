"""What comes back to a company, under names that carry a mark."""

from decimal import Decimal

from sqlalchemy import select

from domain.fulfilment.models import Shipment, ShipmentLine
from domain.kernel.work import Work
from domain.returns.arriving import ReturnedGoods
from domain.returns.asked import WantedReturn
from domain.returns.models import ReturnUnit
from domain.returns.operations.crediting import credit_return
from domain.returns.operations.disposing import dispose_return
from domain.returns.operations.inspecting import Finding, inspect_return
from domain.returns.operations.receiving import receive_return
from domain.returns.operations.requesting import request_return
from domain.returns.operations.setup import set_return_policy, set_return_reason

ONE = Decimal(1)


async def take_back(work: Work, mark: str, *, parties: tuple[int, int]) -> None:
    """Of each customer a return that came, was inspected, disposed of and credited; one that is
    to be replaced; and one that waits."""
    await set_return_reason(work, code=f"{mark}-WHY", name=f"{mark} unwanted")
    for party in parties:
        for step, (line_id, location_id) in enumerate(await _sent(work, party)):
            await _let(work, mark, step)
            return_id = await request_return(
                work,
                lines=[
                    WantedReturn(
                        order_line_id=line_id,
                        quantity=ONE,
                        reason=f"{mark}-WHY",
                        note=f"{mark} too small",
                    )
                ],
                resolution="replacement" if step == 1 else "refund",
                location_id=location_id,
                comment=f"{mark} sorry",
            )
            if step == 0:
                await _live_through(work, mark, return_id, line_id, location_id)


async def _let(work: Work, mark: str, step: int) -> None:
    rule = {
        "name": f"{mark} rule",
        "decision": "ask" if step == 2 else "approve",
        "carrier": f"{mark} express",
    }
    await set_return_policy(work, name=f"{mark} policy", rules=[rule])


async def _sent(work: Work, party: int) -> list[tuple[int, int]]:
    """Three times a line of an order of the party that was shipped, and from where."""
    rows = await work.rows(
        select(ShipmentLine.order_line_id, Shipment.location_id, ShipmentLine.quantity)
        .join(
            Shipment,
            (Shipment.tenant_id == ShipmentLine.tenant_id)
            & (Shipment.id == ShipmentLine.shipment_id),
        )
        .where(Shipment.tenant_id == work.tenant_id, Shipment.party_id == party)
        .order_by(ShipmentLine.id)
    )
    places = [(r.order_line_id, r.location_id) for r in rows for _ in range(int(r.quantity))]
    return places[:3]


async def _live_through(
    work: Work, mark: str, return_id: int, line_id: int, location_id: int
) -> None:
    item_id = await work.value(
        select(ShipmentLine.item_id).where(
            ShipmentLine.tenant_id == work.tenant_id, ShipmentLine.order_line_id == line_id
        )
    )
    receipt_id = await receive_return(
        work,
        return_id=return_id,
        location_id=location_id,
        lines=[ReturnedGoods(item_id=item_id, quantity=ONE)],
        carrier=f"{mark} express",
        tracking_number=f"{mark}-BACK",
        comment=f"{mark} wet",
    )
    unit_id = await work.value(
        select(ReturnUnit.id).where(
            ReturnUnit.tenant_id == work.tenant_id, ReturnUnit.receipt_id == receipt_id
        )
    )
    finding = Finding(condition="opened", notes=f"{mark} opened", photos=[f"{mark}.jpg"])
    await inspect_return(work, unit_id=unit_id, findings=[finding])
    await dispose_return(work, unit_id=unit_id, kind="restock", reason=f"{mark} fine")
    await credit_return(work, return_id=return_id, reason=f"{mark} came")
